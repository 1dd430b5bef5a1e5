#include <fmt/format.h>

#include <chrono>
#include <deque>
#include <thread>

#include "suite/base/error.h"
#include "suite/engine/executors/executor.h"
#include "suite/engine/session.h"

namespace plasticity {
namespace {

class Here final : public Executor {
 public:
  WorkEnd Run(const Work& work, const Said& said) override {
    std::deque<std::size_t> left(work.places.begin(), work.places.end());
    std::size_t taken = 0;  // cells in a row that another process was running
    while (!left.empty()) {
      const std::size_t place = left.front();
      left.pop_front();
      const std::string title = work.Title(place);
      try {
        if (StopRequested()) throw Interrupted();
        said(place, RunCell(work.cells[place], work.device, work.options, work.refusal, title));
        taken = 0;
      } catch (const CellTaken&) {
        if (work.cells.size() == 1) throw;
        left.push_back(place);
        if (++taken >= left.size()) std::this_thread::sleep_for(std::chrono::milliseconds(500));
      } catch (const RunError& error) {  // a checkpoint that cannot be read, say
        if (work.cells.size() == 1) throw;
        const std::optional<Result> failed =
            RecordFailure(work.cells[place], work.device, work.options, error.what(), std::nullopt);
        if (failed) said(place, {*failed});
      } catch (const Interrupted&) {
        fmt::print("{}  {}\n", title, kStoppedInWords);
        return WorkEnd::kStopped;
      }
      std::fflush(stdout);
    }
    return WorkEnd::kAll;
  }
};

}  // namespace

std::unique_ptr<Executor> MakeHere() { return std::make_unique<Here>(); }

}  // namespace plasticity
