#include "tasks/continual/import.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <ctime>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>
#include <vector>

#include "suite/base/date.h"
#include "suite/base/digest.h"
#include "suite/base/error.h"
#include "suite/base/files.h"
#include "suite/base/kinds.h"
#include "suite/base/store.h"
#include "suite/base/text.h"
#include "tasks/continual/matrix_files.h"
#include "tasks/continual/recorded.h"

namespace plasticity {
namespace {

using nlohmann::json;

constexpr const char* kNotTold = "not told";

json Part(const std::string& name, json params = json::object()) {
  return {{"name", name}, {"params", std::move(params)}};
}

Result ReadLike(const std::filesystem::path& file) {
  std::vector<Result> found = LoadResults(file);
  if (found.size() != 1) {
    throw InputError(fmt::format("{} holds {} Results: --like takes the file of one.",
                                 file.string(), found.size()));
  }
  return std::move(found.front());
}

std::string SettingOf(const Result& like) {
  const json& params = like.request.at("task").at("params");
  const json scenario = params.value("scenario", json::object());
  return scenario.is_object() && scenario.contains("params")
             ? scenario["params"].value("setting", "")
             : "";
}

void CheckOptions(const ImportCommand& command, const MatrixFormat& format) {
  CheckName(KindNamed("rule"), command.rule);
  if (!command.strategy.empty()) CheckName(KindNamed("strategy"), command.strategy);
  const std::pair<const char*, const std::string&> conditions[] = {
      {"--data", command.data}, {"--scenario", command.scenario}, {"--setting", command.setting}};
  for (const auto& [name, value] : conditions) {
    if (command.like.empty() && value.empty()) {
      throw InputError(fmt::format(
          "{} is missing: say --data, --scenario and --setting, or --like a Result that was "
          "measured under the same conditions.",
          name));
    }
    if (!command.like.empty() && !value.empty())
      throw InputError(fmt::format("{} and --like exclude each other: --like has it.", name));
  }
  const std::vector<std::string> settings = {"task-incremental", "domain-incremental",
                                             "class-incremental"};
  if (command.like.empty()) CheckName(KindNamed("scenario"), command.scenario);
  if (command.like.empty() &&
      std::find(settings.begin(), settings.end(), command.setting) == settings.end()) {
    throw InputError(fmt::format("no setting named '{}'.{} There are {}.", command.setting,
                                 NearestHint(command.setting, settings), Join(settings, ", ")));
  }
  if (command.percent && format.name != "csv") {
    throw InputError(
        fmt::format("--percent is for csv: what unit {} writes is known.", format.name));
  }
  if (command.run > 0 && !format.several)
    throw InputError(fmt::format("--run is for files of several runs: {} has one.", format.name));
}

// What is known of the conditions of a run elsewhere.
json ConditionsElsewhere(const ImportCommand& command, std::size_t experiences) {
  json task =
      Part("continual", {{"scenario", Part(command.scenario, {{"experiences", experiences},
                                                              {"setting", command.setting}})}});
  task["version"] = 0;  // not our protocol
  return {{"network", {{"name", kNotTold}}},
          {"task", task},
          {"readout", Part(kNotTold)},
          {"data", {{"name", command.data}, {"version", 0}, {"fingerprint", ""}}},
          {"protocol_version", 0},
          {"precision", kNotTold},
          {"device_type", kNotTold}};
}

std::string Summary(const AccuracyMatrix& accuracy) {
  std::size_t known = 0, all = 0;
  for (const std::vector<double>& row : accuracy) {
    all += row.size();
    known += static_cast<std::size_t>(
        std::count_if(row.begin(), row.end(), [](double value) { return !std::isnan(value); }));
  }
  return fmt::format("{} experiences, {} of {} accuracies", accuracy.size() - 1, known, all);
}

}  // namespace

Result ImportedResult(const ImportCommand& command) {
  const MatrixFormat& format = FindMatrixFormat(command.from);
  CheckOptions(command, format);
  const std::optional<Result> like =
      command.like.empty() ? std::nullopt : std::optional(ReadLike(command.like));
  const std::string text = ReadFile(command.file);
  const AccuracyMatrix accuracy = format.read({.name = command.file.string(),
                                               .text = text,
                                               .setting = like ? SettingOf(*like) : command.setting,
                                               .percent = command.percent,
                                               .run = command.run});
  const auto told = [](const std::vector<double>& row) {
    return std::any_of(row.begin(), row.end(), [](double value) { return !std::isnan(value); });
  };
  if (std::none_of(accuracy.begin(), accuracy.end(), told))
    throw InputError(command.file.string() + " tells no accuracy. Nothing was imported.");
  const std::size_t experiences = accuracy.size() - 1;
  Result result;
  if (like) {
    const std::size_t measured = RecordsOf(*like, command.like.string()).accuracy.size() - 1;
    if (measured != experiences) {
      throw InputError(fmt::format("{} has {} experiences, and {} has {}: not the same stream.",
                                   command.file.string(), experiences, command.like.string(),
                                   measured));
    }
    result.request = like->request;
    result.dataset = like->dataset;
  } else {
    result.request = ConditionsElsewhere(command, experiences);
    result.dataset = {{"name", command.data}};
  }
  result.request["rule"] = Part(command.rule);
  result.request["rule"]["imported"] = format.name;
  result.request.erase("strategy");
  if (!command.strategy.empty() && command.strategy != KindNamed("strategy").absent)
    result.request["strategy"] = Part(command.strategy);
  result.request["seed"] = command.seed;
  result.run_id = RunId(result.request);
  result.state = "ok";
  result.date = InUtc(std::time(nullptr));
  result.rule = {{"summary", "measured elsewhere"},
                 {"citation", ""},
                 {"origin", "imported"},
                 {"imported",
                  {{"tool", format.name},
                   {"file", command.file.filename().string()},
                   {"sha256", Sha256(text)}}},
                 {"baseline", true}};
  PutAccuracy(accuracy, result);
  return result;
}

void Import(const ImportCommand& command, std::ostream& out) {
  const Result result = ImportedResult(command);
  const std::filesystem::path file = ResultPath(command.results, result.run_id);
  if (FindResult(command.results, result.run_id)) {
    throw InputError(fmt::format(
        "{} is there already: {}. Remove it, or say another --rule, --strategy or --seed.",
        file.string(), CellName(result)));
  }
  SaveResult(result, command.results);
  out << fmt::format("Imported  {}: {}\n", CellName(result),
                     Summary(RecordsOf(result, file.string()).accuracy));
  for (const auto& [name, metric] : result.metrics) {
    if (metric.value) out << fmt::format(" {:<22}  {:.4f}\n", name, *metric.value);
  }
  out << fmt::format("Result    {}     why others have no value: plasticity metrics {}\n",
                     file.string(), file.string());
}

}  // namespace plasticity
