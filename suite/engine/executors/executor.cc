#include "suite/engine/executors/executor.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

namespace plasticity {

std::string Work::Title(std::size_t place) const {
  std::size_t longest = 0;
  for (const Cell& cell : cells) longest = std::max(longest, cell.Title().size());
  return fmt::format(" [{:>{}}/{}] {:<{}}  seed {}", place + 1, std::to_string(cells.size()).size(),
                     cells.size(), cells[place].Title(), longest, cells[place].seed);
}

Work AllOf(const std::vector<Cell>& cells, at::Device device, const EngineOptions& options,
           Refusal refusal) {
  std::vector<std::size_t> places(cells.size());
  std::iota(places.begin(), places.end(), 0);
  return {cells, std::move(places), device, options, refusal};
}

int RunCells(Executor& executor, const Work& work) {
  int bad = 0;
  const WorkEnd end = executor.Run(work, [&](std::size_t place, const CellOutcome& outcome) {
    const std::string& state = outcome.result.state;
    if (state == "failed" || state == "diverged") ++bad;
    fmt::print("{}  {}\n", work.Title(place), InWords(outcome));
    const std::string advice = Advice(outcome.result);
    if (!advice.empty()) fmt::print("          {}\n", advice);
    std::fflush(stdout);
  });
  if (end == WorkEnd::kStopped) return kStopped;
  if (bad > 0) {
    fmt::print(stderr, "{} of {} cells did not end well; see above.\n", bad, work.places.size());
  }
  return bad > 0 ? 3 : 0;
}

}  // namespace plasticity
