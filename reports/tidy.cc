#include "reports/tidy.h"

#include <algorithm>

#include "reports/format.h"
#include "reports/words.h"
#include "suite/base/kinds.h"
#include "suite/base/text.h"

namespace plasticity {
namespace {

using nlohmann::json;

// The numbers of nested lists with their indices, outermost first.
void Walk(const json& values, std::vector<std::size_t>& index, std::size_t depth,
          const std::vector<json>& head, const Record& record, std::size_t deepest,
          TidyTable& table) {
  if (depth < record.axes.size() && values.is_array()) {
    for (std::size_t i = 0; i < values.size(); ++i) {
      index.push_back(i);
      Walk(values[i], index, depth + 1, head, record, deepest, table);
      index.pop_back();
    }
    return;
  }
  std::vector<json> row = head;
  for (std::size_t i = 0; i < deepest; ++i) {
    const bool has = i < index.size();
    row.push_back(has ? json(record.axes[i]) : json(nullptr));
    row.push_back(has ? json(index[i]) : json(nullptr));
  }
  row.push_back(values);
  table.rows.push_back(std::move(row));
}

// The rows of one cell's metrics.
void AddMetrics(const Result& result, const std::string& label, TidyTable& table) {
  const Note* withdrawal = Withdrawal(result);
  std::vector<json> head = {
      result.run_id, result.state, withdrawal != nullptr ? json(withdrawal->text) : json(nullptr),
      PartName(result.request, "task"), TextAt(result.request, {"data", "name"})};
  for (const char* kind : {"network", "readout", "rule", "strategy"}) {
    head.push_back(PartName(result.request, kind));
  }
  head.push_back(label);
  head.push_back(result.request.value("seed", json()));
  head.push_back(TextAt(result.request, {"device_type"}));
  head.push_back(result.request.dump());
  const auto add = [&](std::vector<json> rest) {
    table.rows.push_back(head);
    table.rows.back().insert(table.rows.back().end(), rest.begin(), rest.end());
  };
  const auto or_null = [](const std::optional<double>& number) {
    return number ? json(*number) : json(nullptr);
  };
  if (result.metrics.empty()) add({nullptr, nullptr, nullptr, nullptr, nullptr, result.reason});
  for (const auto& [name, metric] : result.metrics) {
    add({name, or_null(metric.value), metric.unit, metric.higher_is_better, or_null(metric.chance),
         metric.reason});
  }
}

std::string Field(const json& value) {
  if (value.is_null()) return "";
  return CsvField(value.is_string() ? value.get<std::string>() : value.dump());
}

}  // namespace

TidyTable TidyMetrics(const ResultSet& results) {
  TidyTable table{{"run_id", "state", "withdrawn", "task", "data", "network", "readout", "rule",
                   "strategy", "label", "seed", "device_type", "settings", "metric", "value",
                   "unit", "higher_is_better", "chance", "reason"},
                  {}};
  for (const Board& board : results.boards()) {
    for (const Row& row : board.rows) {
      for (const Result* cell : row.all()) AddMetrics(*cell, row.label, table);
    }
  }
  return table;
}

TidyTable TidyRecords(const ResultSet& results) {
  std::size_t deepest = 1;
  for (const Result& result : results.all()) {
    for (const auto& [name, record] : result.records) {
      deepest = std::max(deepest, record.axes.size());
    }
  }
  TidyTable table{{"run_id", "record", "unit"}, {}};
  for (std::size_t i = 1; i <= deepest; ++i) {
    table.columns.push_back("axis_" + std::to_string(i));
    table.columns.push_back("index_" + std::to_string(i));
  }
  table.columns.emplace_back("value");
  for (const Result& result : results.all()) {
    for (const auto& [name, record] : result.records) {
      std::vector<std::size_t> index;
      Walk(record.values.ToJson(), index, 0, {result.run_id, name, record.unit}, record, deepest,
           table);
    }
  }
  return table;
}

std::string ToCsv(const TidyTable& table) {
  std::string text = Join(table.columns, ",") + "\n";
  for (const std::vector<json>& row : table.rows) {
    const char* before = "";
    for (const json& value : row) {
      text += before + Field(value);
      before = ",";
    }
    text += "\n";
  }
  return text;
}

std::string ToJsonLines(const TidyTable& table) {
  std::string text;
  for (const std::vector<json>& row : table.rows) {
    json line = json::object();
    for (std::size_t i = 0; i < row.size(); ++i) line[table.columns[i]] = row[i];
    text += line.dump(-1, ' ', false, json::error_handler_t::replace) + "\n";
  }
  return text;
}

}  // namespace plasticity
