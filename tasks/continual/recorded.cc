#include "tasks/continual/recorded.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "suite/base/error.h"
#include "suite/base/kinds.h"

namespace plasticity {
namespace {

const std::vector<std::string> kMatrixAxes = {"after", "on"};

// The record as rows, empty where there is none; not finite is what nobody knows.
AccuracyMatrix RowsOf(const Result& result, const std::string& name) {
  const auto found = result.records.find(name);
  return found == result.records.end() ? AccuracyMatrix() : found->second.values.Rows();
}

// Whether every row has `columns` values.
bool AreWide(const AccuracyMatrix& rows, std::size_t columns) {
  return std::all_of(rows.begin(), rows.end(),
                     [&](const auto& row) { return row.size() == columns; });
}

}  // namespace

bool HasAccuracyMatrix(const Result& result) {
  const auto found = result.records.find("accuracy");
  return found != result.records.end() && found->second.axes == kMatrixAxes;
}

StreamRecords RecordsOf(const Result& result, const std::string& where) {
  if (!HasAccuracyMatrix(result)) {
    throw InputError(fmt::format(
        "{}: {} has no record 'accuracy' over after and on ({}). Metrics of a stream are those of "
        "the task continual, once it is done.",
        where, CellName(result),
        result.state == "ok" ? PartName(result.request, "task") : result.state));
  }
  StreamRecords records{.accuracy = RowsOf(result, "accuracy"),
                        .probe = RowsOf(result, "probe"),
                        .looks = RowsOf(result, "looks")};
  const std::size_t experiences = records.accuracy.empty() ? 0 : records.accuracy.size() - 1;
  if (const auto found = result.records.find("looks.experience"); found != result.records.end()) {
    for (const double now : found->second.values.flat())
      records.now.push_back(now >= 0 ? static_cast<std::size_t>(now) : experiences);
  }
  const auto need = [&](const char* name, bool fine) {
    if (fine) return;
    throw InputError(
        fmt::format("{}: the record '{}' is not as long and wide as a stream of {} "
                    "experiences has it. Run the cell again.",
                    where, name, experiences));
  };
  need("accuracy", experiences > 0 && AreWide(records.accuracy, experiences));
  need("probe", records.probe.empty() ||
                    (records.probe.size() == experiences && AreWide(records.probe, experiences)));
  need("looks", records.looks.size() == records.now.size() && AreWide(records.looks, experiences));
  need("looks.experience", std::all_of(records.now.begin(), records.now.end(),
                                       [&](std::size_t now) { return now < experiences; }));
  return records;
}

void PutAccuracy(const AccuracyMatrix& accuracy, Result& result) {
  result.records["accuracy"] = {kMatrixAxes, "fraction", accuracy};
  result.records["accuracy.so_far"] = {{"after"}, "fraction", AccuracySoFar(accuracy)};
  for (const ContinualMetric& metric : ContinualMetrics())
    result.metrics[metric.name] = Evaluate(metric, {.accuracy = accuracy});
  result.headline = ContinualMetrics().front().name;
}

std::string CellName(const Result& result) {
  std::string name = PartName(result.request, "rule");
  const std::string strategy = PartName(result.request, "strategy");
  if (strategy != KindNamed("strategy").absent) name += " + " + strategy;
  const std::string tool = result.request.at("rule").value("imported", "");
  return fmt::format(
      "{} on {}, seed {}{}", name, result.request.at("data").at("name").get<std::string>(),
      result.request.at("seed").dump(), tool.empty() ? "" : " (imported from " + tool + ")");
}

}  // namespace plasticity
