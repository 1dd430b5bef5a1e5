#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "suite/engine/cell.h"
#include "suite/engine/options.h"
#include "suite/engine/runner.h"

namespace plasticity {

/// Cells to run, and how.
struct Work {
  const std::vector<Cell>& cells;   ///< all of a plan; they outlive the work
  std::vector<std::size_t> places;  ///< of those to run, in this order
  at::Device device = at::kCPU;
  EngineOptions options;
  Refusal refusal = Refusal::kSkip;

  /// What begins a cell's line: " [ 3/10] softhebb   seed 1".
  std::string Title(std::size_t place) const;
};

/// Work that has all cells in it.
Work AllOf(const std::vector<Cell>& cells, at::Device device, const EngineOptions& options,
           Refusal refusal);

/// How an executor's work came to its end.
enum class WorkEnd {
  kAll,        ///< every cell has its Result
  kStopped,    ///< the user stopped it
  kElsewhere,  ///< it goes on without this process
};

/// What is done about a cell that ended.
using Said = std::function<void(std::size_t place, const CellOutcome& outcome)>;

/// Takes open cells and runs them somewhere. What locks, polls or prints meanwhile is its own.
class Executor {
 public:
  virtual ~Executor() = default;
  virtual WorkEnd Run(const Work& work, const Said& said) = 0;
};

/// What a cell is likely to need.
struct Estimate {
  double seconds = 0;
  std::int64_t bytes = 0;  ///< of memory
  std::string refusal;     ///< why it will be skipped; empty: it will run
};

/// What executors need that have others run a plan's cells.
struct Crew {
  std::string plan;                 ///< its name
  std::vector<std::string> line;    ///< a command that runs cells of it: their run_ids with commas
                                    ///< between go behind it
  int jobs = 0;                     ///< cells at a time; 0: as the executor thinks right
  std::int64_t memory = 0;          ///< bytes that a cell may allocate; 0: no limit
  int threads = 1;                  ///< of a cell
  std::vector<Estimate> estimates;  ///< by cell
  double chunk_s = 300;             ///< seconds of cells that a Slurm task gets at least
  std::vector<std::string> slurm;   ///< options for sbatch
  bool wait = true;                 ///< Slurm: until all have ended
};

/// In this process, one after the other; those last that another process is running.
std::unique_ptr<Executor> MakeHere();
/// Each in a process of its own, so many at a time.
std::unique_ptr<Executor> MakeProcesses(Crew crew);
/// As a Slurm job array.
std::unique_ptr<Executor> MakeSlurm(Crew crew);

/// Runs cells and prints a line for each that ends. Returns 0, or 3 when one failed or diverged;
/// 130 when the user stopped it.
int RunCells(Executor& executor, const Work& work);

}  // namespace plasticity
