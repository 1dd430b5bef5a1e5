#include "suite/base/unfinished.h"

#include <sys/stat.h>

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>

#include "suite/base/error.h"
#include "suite/base/files.h"
#include "suite/base/json_text.h"

namespace plasticity {
namespace {

using nlohmann::json;
using std::filesystem::path;
using Clock = std::chrono::steady_clock;

const std::string kCellEnding = ".progress";
const std::string kPlanEnding = ".plan";

// Where a note is written before it takes its place.
path Temporary(const path& note) { return note.string() + ".tmp"; }

// Removes a note, and what a killed process left half-written of it.
void Remove(const path& note) {
  std::error_code ignored;
  std::filesystem::remove(note, ignored);
  std::filesystem::remove(Temporary(note), ignored);
}

// The files of a folder's notes with that ending, by name.
std::vector<path> Notes(const path& results, const std::string& ending) {
  std::vector<path> files;
  std::error_code none;
  for (const auto& entry : std::filesystem::directory_iterator(UnfinishedFolder(results), none)) {
    if (entry.path().extension() == ending) files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

// The notes in files with that ending; one that is removed or broken meanwhile is passed over.
template <typename Read>
auto ReadNotesOf(const path& results, const std::string& ending, const Read& read) {
  std::vector<decltype(read(path(), json()))> notes;
  for (const path& file : Notes(results, ending)) {
    try {
      notes.push_back(read(file, ParseJson(ReadFile(file, kMostJsonBytes), file.string())));
    } catch (const Error&) {
    } catch (const json::exception&) {
    }
  }
  return notes;
}

CellNote ReadCellNote(const path& file, const json& read) {
  struct stat status = {};
  return {.run_id = file.stem().string(),
          .title = read.at("title"),
          .process = ProcessFromJson(read.at("process")),
          .slurm = read.at("slurm"),
          .phase = read.at("phase"),
          .done = read.at("done"),
          .total = read.at("total"),
          .unit = read.at("unit"),
          .seconds = read.at("seconds"),
          .written = ::stat(file.c_str(), &status) == 0 ? status.st_mtim.tv_sec : 0};
}

PlanNote ReadPlanNote(const path&, const json& read) {
  PlanNote note{.name = read.at("plan"),
                .process = ProcessFromJson(read.at("process")),
                .cells = {},
                .arrays = {}};
  for (const json& cell : read.at("cells"))
    note.cells.push_back({cell.at("run_id"), cell.at("title")});
  for (const json& array : read.at("slurm"))
    note.arrays.push_back({array.at("job"), array.at("log"), array.at("tasks")});
  return note;
}

// "4711_3" where this process is in a Slurm job.
std::string SlurmTaskHere() {
  const char* array = std::getenv("SLURM_ARRAY_JOB_ID");
  const char* task = std::getenv("SLURM_ARRAY_TASK_ID");
  const char* job = std::getenv("SLURM_JOB_ID");
  if (array != nullptr && task != nullptr) return std::string(array) + "_" + task;
  return job == nullptr ? "" : job;
}

std::string Replaced(std::string text, const std::string& what, const std::string& by) {
  const std::size_t at = text.rfind(what);
  if (at != std::string::npos) text.replace(at, what.size(), by);
  return text;
}

}  // namespace

path UnfinishedFolder(const path& results) { return results / ".unfinished"; }

std::vector<CellNote> CellNotes(const path& results) {
  return ReadNotesOf(results, kCellEnding, ReadCellNote);
}

void RemoveCellNote(const path& results, const std::string& run_id) {
  Remove(UnfinishedFolder(results) / (run_id + kCellEnding));
}

bool IsRunning(const CellNote& note) {
  constexpr std::time_t kSilence = 600;  // seconds: some stages tell nothing for minutes
  if (IsOfThisMachine(note.process)) return Lives(note.process);
  return std::time(nullptr) - note.written < kSilence;
}

CellNoteKeeper::CellNoteKeeper(const path& results, const std::string& run_id,
                               const std::string& title)
    : file_(UnfinishedFolder(results) / (run_id + kCellEnding)),
      note_{.run_id = run_id,
            .title = title,
            .process = ThisProcess(),
            .slurm = SlurmTaskHere(),
            .phase = "start",
            .unit = ""},
      began_(Clock::now()),
      written_(began_) {
  Write();
}

CellNoteKeeper::~CellNoteKeeper() { Remove(file_); }

void CellNoteKeeper::Show(const std::string& phase, std::int64_t done, std::int64_t total,
                          const std::string& unit) {
  const auto now = Clock::now();
  if (now - written_ < std::chrono::seconds(2)) return;
  written_ = now;
  note_.phase = phase;
  note_.done = done;
  note_.total = total;
  note_.unit = unit;
  note_.seconds = std::chrono::duration<double>(now - began_).count();
  Write();
}

// Whole or not at all, but unlike a Result it need not survive a power cut.
void CellNoteKeeper::Write() const {
  const json written = {{"title", note_.title}, {"process", ToJson(note_.process)},
                        {"slurm", note_.slurm}, {"phase", note_.phase},
                        {"done", note_.done},   {"total", note_.total},
                        {"unit", note_.unit},   {"seconds", note_.seconds}};
  const path temporary = Temporary(file_);
  std::error_code ignored;
  std::ofstream(temporary) << written.dump() << '\n';
  std::filesystem::rename(temporary, file_, ignored);
}

path SlurmArray::LogOf(std::size_t task) const {
  return Replaced(Replaced(log, "%a", std::to_string(task)), "%A", job);
}

std::vector<PlanNote> PlanNotes(const path& results) {
  return ReadNotesOf(results, kPlanEnding, ReadPlanNote);
}

path PlanFile(const path& results, const std::string& plan, const std::string& ending) {
  std::string name = plan.substr(0, 100);
  for (char& letter : name) {
    const bool plain = std::isalnum(static_cast<unsigned char>(letter)) != 0 || letter == '-';
    if (!plain) letter = '_';
  }
  return UnfinishedFolder(results) / (name + ending);
}

void WritePlanNote(const path& results, const PlanNote& note) {
  json cells = json::array(), arrays = json::array();
  for (const PlanNote::Asked& cell : note.cells)
    cells.push_back({{"run_id", cell.run_id}, {"title", cell.title}});
  for (const SlurmArray& array : note.arrays)
    arrays.push_back({{"job", array.job}, {"log", array.log}, {"tasks", array.tasks}});
  const json written = {
      {"plan", note.name}, {"process", ToJson(note.process)}, {"cells", cells}, {"slurm", arrays}};
  WriteFileAtomically(PlanFile(results, note.name, kPlanEnding), written.dump() + "\n");
}

void RemovePlanNote(const path& results, const std::string& plan) {
  std::error_code ignored;
  std::filesystem::remove(PlanFile(results, plan, kPlanEnding), ignored);
  std::filesystem::remove(UnfinishedFolder(results), ignored);  // what is not empty stays
}

}  // namespace plasticity
