#pragma once

#include <chrono>
#include <cstdint>
#include <ctime>
#include <filesystem>
#include <string>
#include <vector>

#include "suite/base/process.h"

namespace plasticity {

/// The folder, in one of Results, for what is not finished: checkpoints, locks, and notes by which
/// others know what runs. Nothing in it is a Result.
std::filesystem::path UnfinishedFolder(const std::filesystem::path& results);

/// What a running cell tells of itself. One that was killed leaves its note.
struct CellNote {
  std::string run_id;
  std::string title;  ///< "softhebb  cifar10  seed 1"
  ProcessName process;
  std::string slurm;        ///< Slurm's name of the task that it runs in, "4711_3"; "": none
  std::string phase;        ///< "learn"
  std::int64_t done = 0;    ///< of `total`
  std::int64_t total = 0;   ///< 0: unknown
  std::string unit;         ///< "images"
  double seconds = 0;       ///< since it began or went on
  std::time_t written = 0;  ///< when the note was, by its file
};

/// The notes of a folder's cells, by run_id.
std::vector<CellNote> CellNotes(const std::filesystem::path& results);

/// Removes the note of a cell whose process did not.
void RemoveCellNote(const std::filesystem::path& results, const std::string& run_id);

/// Whether the process that wrote the note still runs the cell: on this machine by what it says of
/// processes, on another by how long the note is silent.
bool IsRunning(const CellNote& note);

/// Keeps the note of a cell for as long as it lives, written every other second. What cannot be
/// written is not: a note is no reason for a cell to end.
class CellNoteKeeper {
 public:
  CellNoteKeeper(const std::filesystem::path& results, const std::string& run_id,
                 const std::string& title);
  ~CellNoteKeeper();
  CellNoteKeeper(const CellNoteKeeper&) = delete;
  CellNoteKeeper& operator=(const CellNoteKeeper&) = delete;

  void Show(const std::string& phase, std::int64_t done, std::int64_t total,
            const std::string& unit);

 private:
  void Write() const;

  std::filesystem::path file_;
  CellNote note_;
  std::chrono::steady_clock::time_point began_;
  std::chrono::steady_clock::time_point written_;
};

/// A Slurm job array with cells of a plan.
struct SlurmArray {
  std::string job;                              ///< its number
  std::string log;                              ///< its tasks' output: %A its number, %a a task
  std::vector<std::vector<std::string>> tasks;  ///< the run_ids of each task

  /// The output of a task.
  std::filesystem::path LogOf(std::size_t task) const;
};

/// What a plan asks for, and who runs it; it stays until all of it has ended.
struct PlanNote {
  struct Asked {
    std::string run_id;
    std::string title;  ///< as CellNote has it
  };
  std::string name;
  ProcessName process;  ///< that runs it, or waits for who does
  std::vector<Asked> cells;
  std::vector<SlurmArray> arrays;
};

/// The notes of a folder's plans.
std::vector<PlanNote> PlanNotes(const std::filesystem::path& results);
/// A file for what is kept of a plan: its name with `ending`.
std::filesystem::path PlanFile(const std::filesystem::path& results, const std::string& plan,
                               const std::string& ending);
/// Throws Error where it cannot be written.
void WritePlanNote(const std::filesystem::path& results, const PlanNote& note);
/// Removes it, and the folder where it was the last thing there.
void RemovePlanNote(const std::filesystem::path& results, const std::string& plan);

}  // namespace plasticity
