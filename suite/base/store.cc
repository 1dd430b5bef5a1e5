#include "suite/base/store.h"

#include <algorithm>
#include <map>
#include <system_error>
#include <tuple>

#include "suite/base/digest.h"
#include "suite/base/error.h"
#include "suite/base/files.h"
#include "suite/base/json_text.h"
#include "suite/base/parallel.h"
#include "suite/base/text.h"

namespace plasticity {
namespace {

using nlohmann::json;
using std::filesystem::path;

constexpr const char* kHowToRun =
    "Run a cell first, for example: plasticity run --rule oja --task classification --data "
    "cifar10.";

constexpr std::size_t kWorthAThread = 16;  // Results

// A file among Results, which a cell left there.
JsonText TextOf(const path& file) {
  const std::string text = ReadFile(file, kMostJsonBytes);
  try {
    return JsonText(text, file.string());
  } catch (const InputError& error) {
    throw InputError(std::string(error.what()) + " Remove the file and run its cell again.");
  }
}

// The .json files below `folder`, sorted.
std::vector<path> JsonFiles(const path& folder) {
  std::error_code failed;
  if (!std::filesystem::exists(folder, failed)) {
    const char* what = folder.extension() == ".json" ? "no file " : "no folder ";
    throw InputError(what + folder.string() + (failed ? ": " + failed.message() : "") + ". " +
                     kHowToRun);
  }
  if (!std::filesystem::is_directory(folder, failed)) return {folder};
  std::vector<path> files;
  std::filesystem::recursive_directory_iterator entry(folder, failed);
  for (const std::filesystem::recursive_directory_iterator end; !failed && entry != end;
       entry.increment(failed)) {
    if (entry->path().extension() != ".json" || IsNotesFile(entry->path())) continue;
    if (std::error_code ignored; !entry->is_directory(ignored)) files.push_back(entry->path());
  }
  if (failed) throw InputError("cannot read " + folder.string() + ": " + failed.message() + ".");
  std::sort(files.begin(), files.end());
  return files;
}

// The Result that a file holds, with the notes beside it that are about it and not about one that
// its cell had before.
Result WithNotes(const JsonText& text, const path& file) {
  Result result = ResultFromJson(text);
  result.notes = ReadNotes(file);
  std::erase_if(result.notes, [&](const Note& note) { return note.result_date != result.date; });
  return result;
}

// The Result in a file, or nothing where it holds something else.
std::optional<Result> ReadResult(const path& file) {
  const JsonText text = TextOf(file);
  if (!text.IsObjectWith("schema_version")) return std::nullopt;
  return WithNotes(text, file);
}

std::vector<std::optional<Result>> ReadAll(const std::vector<path>& files) {
  std::vector<std::optional<Result>> results(files.size());
  ForEachIndex(files.size(), kWorthAThread,
               [&](std::size_t i) { results[i] = ReadResult(files[i]); });
  return results;
}

void Keep(std::map<std::string, Result>& kept, Result result, std::set<std::string>* disputed) {
  const auto [place, is_new] = kept.try_emplace(result.run_id);
  Result& known = place->second;
  if (!is_new && disputed != nullptr && !SameOutcome(known, result)) {
    disputed->insert(result.run_id);
  }
  if (is_new || known.date < result.date) {
    known = std::move(result);
  } else if (known.date == result.date && known.notes.size() < result.notes.size()) {
    known.notes = std::move(result.notes);  // of a copy of the same Result
  }
}

// Objects line by line, lists within one: a matrix of a hundred classes is one line, not 10,000.
void Write(const json& value, const std::string& margin, std::string& text) {
  if (!value.is_object() || value.empty()) {
    text += value.dump();
    return;
  }
  const char* before = "{\n";
  for (const auto& item : value.items()) {
    text += before + margin + "  " + json(item.key()).dump() + ": ";
    Write(item.value(), margin + "  ", text);
    before = ",\n";
  }
  text += "\n" + margin + "}";
}

}  // namespace

path ResultPath(const path& folder, const std::string& run_id) {
  if (run_id.size() != 16 || run_id.find_first_not_of("0123456789abcdef") != std::string::npos) {
    throw InputError("'" + run_id + "' is no run_id: it has 16 hexadecimal digits, a to f small.");
  }
  return folder / (run_id + ".json");
}

void SaveResult(const Result& result, const path& folder) {
  const path file = ResultPath(folder, result.run_id);
  std::string text;
  try {
    Write(ToJson(result), "", text);
  } catch (const json::type_error&) {
    throw InputError(file.string() + ": the result holds a text that is not UTF-8.");
  }
  ResultFromJson(JsonText(text, file.string()));  // refuses what no reader would take
  WriteFileAtomically(file, text + "\n");
}

Result LoadResult(const path& file) {
  return WithNotes(JsonText(ReadFile(file, kMostJsonBytes), file.string()), file);
}

std::optional<Result> FindResult(const path& folder, const std::string& run_id) {
  const path file = ResultPath(folder, run_id);
  std::error_code failed;
  if (!std::filesystem::exists(file, failed)) return std::nullopt;
  Result result = WithNotes(TextOf(file), file);
  if (result.run_id != run_id) {
    throw InputError(file.string() + ": holds the cell " + result.run_id + ", not " + run_id +
                     ". Rename the file.");
  }
  return result;
}

Artifact SaveArtifact(const path& folder, std::string_view bytes, const std::string& extension,
                      const std::string& media_type) {
  Artifact artifact;
  artifact.sha256 = Sha256(bytes);
  artifact.file = "artifacts/" + artifact.sha256.substr(0, 16) + "." + extension;
  artifact.bytes = static_cast<std::int64_t>(bytes.size());
  artifact.media_type = media_type;
  const path file = folder / artifact.file;
  std::error_code failed;
  if (!std::filesystem::exists(file, failed)) WriteFileAtomically(file, bytes);
  return artifact;
}

bool SameOutcome(const Result& a, const Result& b) {
  // What is said of a metric is nothing that was measured.
  const auto values = [](const Result& result) {
    std::map<std::string, NestedNumbers> values;  // not finite is as good as none
    for (const auto& [name, metric] : result.metrics)
      values[name] = {metric.value ? json(*metric.value) : json()};
    return values;
  };
  return a.state == b.state && values(a) == values(b) && a.records == b.records &&
         a.predictions == b.predictions;
}

std::vector<std::pair<path, Result>> ResultFiles(const path& folder) {
  const std::vector<path> files = JsonFiles(folder);
  std::vector<std::optional<Result>> read = ReadAll(files);
  std::vector<std::pair<path, Result>> results;
  for (std::size_t i = 0; i < files.size(); ++i) {
    if (read[i]) results.emplace_back(files[i], *std::move(read[i]));
  }
  if (results.empty()) throw InputError("no results in " + folder.string() + ". " + kHowToRun);
  return results;
}

std::vector<Result> LoadResults(const path& folder, std::set<std::string>* disputed) {
  return LoadResults(std::vector{folder}, disputed);
}

std::vector<Result> LoadResults(const std::vector<path>& folders, std::set<std::string>* disputed) {
  std::map<std::string, Result> kept;
  std::vector<std::string> names;
  std::vector<path> files;
  for (const path& folder : folders) {
    names.push_back(folder.string());
    for (path& file : JsonFiles(folder)) files.push_back(std::move(file));
  }
  for (std::optional<Result>& result : ReadAll(files)) {
    if (result) Keep(kept, *std::move(result), disputed);
  }
  if (kept.empty()) throw InputError("no results in " + Join(names, ", ") + ". " + kHowToRun);
  using Order = std::tuple<std::string_view, std::string_view, std::string_view, std::int64_t>;
  std::vector<std::pair<Order, Result*>> sorted;  // cells of one order stay by their run_id
  sorted.reserve(kept.size());
  for (auto& [run_id, result] : kept) sorted.emplace_back(Order(), &result);
  ForEachIndex(sorted.size(), kWorthAThread, [&](std::size_t i) {
    const json& request = sorted[i].second->request;
    const auto name = [&](const char* kind) -> std::string_view {
      return request[kind]["name"].get_ref<const std::string&>();
    };
    sorted[i].first = {name("task"), name("data"), name("rule"),
                       request["seed"].get<std::int64_t>()};
  });
  std::stable_sort(sorted.begin(), sorted.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  std::vector<Result> results;
  results.reserve(sorted.size());
  for (const auto& [order, result] : sorted) results.push_back(std::move(*result));
  return results;
}

}  // namespace plasticity
