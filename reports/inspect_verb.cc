// What a Result holds beside its place on a board: every metric, the raw records, and the pictures.
#include <fmt/format.h>

#include "reports/corrections.h"
#include "reports/suspicions.h"
#include "reports/text_table.h"
#include "reports/words.h"
#include "suite/base/error.h"
#include "suite/base/files.h"
#include "suite/base/result.h"
#include "suite/base/store.h"
#include "suite/base/verb.h"

namespace plasticity {
namespace {

// A Result, and the folder that it was found under.
struct Inspected {
  std::filesystem::path folder;
  Result result;
};

std::vector<Inspected> Load(const std::vector<std::filesystem::path>& paths) {
  std::vector<Inspected> all;
  for (const std::filesystem::path& path : paths) {
    const bool folder = std::filesystem::is_directory(path);
    for (Result& result : LoadResults(path))
      all.push_back({folder ? path : path.parent_path() / ".", std::move(result)});
  }
  return all;
}

// Where a picture lies: beside its Result, which may be in a folder below.
std::filesystem::path Place(const Inspected& inspected, const Artifact& artifact) {
  if (std::filesystem::exists(inspected.folder / artifact.file))
    return inspected.folder / artifact.file;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(inspected.folder)) {
    if (entry.is_directory() && std::filesystem::exists(entry.path() / artifact.file))
      return entry.path() / artifact.file;
  }
  throw InputError(fmt::format("{} is not under {}: it belongs to the Result {}. Copy it there.",
                               artifact.file, inspected.folder.string(), inspected.result.run_id));
}

std::string Name(const Result& result, const char* part) {
  return result.request.at(part).at("name").get<std::string>();
}

void Print(const Inspected& inspected) {
  const Result& result = inspected.result;
  fmt::print("{}  {}, {}, seed {}: {}{}\n", result.run_id, TitleOf(result.request),
             TaskAndData(result.request), result.request.at("seed").dump(), result.state,
             result.reason.empty() ? "" : " (" + result.reason + ")");
  for (const Note& note : result.notes)
    fmt::print(" {}: {}\n", KindAndDay(note), Printable(note.text));
  for (const std::string& text : SuspicionsOf(result)) fmt::print(" suspicious: {}\n", text);
  TextColumn names{.heading = "metric"}, values{.heading = "value", .right_aligned = true},
      chances{.heading = "chance", .right_aligned = true}, units{.heading = "unit"},
      notes{.heading = ""};
  for (const auto& [name, metric] : result.metrics) {
    names.cells.push_back(name);
    values.cells.push_back(metric.value ? fmt::format("{:.4g}", *metric.value) : "-");
    chances.cells.push_back(metric.chance ? fmt::format("{:.4g}", *metric.chance) : "");
    units.cells.push_back(metric.unit);
    notes.cells.push_back(metric.reason);
  }
  for (const std::string& line : TableLines({names, values, chances, units, notes}))
    fmt::print("{}\n", line);
  std::vector<std::string> records;
  for (const auto& [name, record] : result.records) records.push_back(name);
  if (!records.empty()) fmt::print("\n records   {}\n", fmt::join(records, ", "));
  for (const auto& [name, artifact] : result.artifacts)
    fmt::print(" file      {}: {}\n", name, Place(inspected, artifact).string());
}

// Copies pictures to `folder` under names that tell what they show.
void CopyPictures(const Inspected& inspected, const std::filesystem::path& folder) {
  const Result& result = inspected.result;
  for (const auto& [name, artifact] : result.artifacts) {
    const std::filesystem::path to =
        folder / fmt::format("{}-{}-seed{}-{}{}", Name(result, "rule"), Name(result, "data"),
                             result.request.at("seed").dump(), name,
                             std::filesystem::path(artifact.file).extension().string());
    WriteFileAtomically(to, ReadFile(Place(inspected, artifact)));
    fmt::print(" written   {}\n", to.string());
  }
}

class InspectVerb final : public Verb {
 public:
  std::vector<Option> Options() override {
    return {{"results", &paths_, "Result files, or folders of them", Given::kAlways},
            {"--output,-o", &output_,
             "A folder for the pictures, under names that tell what they show"}};
  }

  int Run() override {
    const std::vector<Inspected> all = Load(paths_);
    for (std::size_t i = 0; i < all.size(); ++i) {
      if (i > 0) fmt::print("\n");
      Print(all[i]);
      if (output_.empty()) continue;
      CopyPictures(all[i], output_);
      if (all[i].result.artifacts.empty()) fmt::print(" written   nothing: it has no pictures\n");
    }
    return 0;
  }

 private:
  std::vector<std::filesystem::path> paths_;
  std::filesystem::path output_;
};
const bool added = AddVerb<InspectVerb>(
    "inspect", "Show all that a Result holds: metrics, records, pictures, notes");

}  // namespace
}  // namespace plasticity
