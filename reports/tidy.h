#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "reports/result_set.h"

namespace plasticity {

/// One observation a row: text, numbers, booleans and null, in the order of the columns.
struct TidyTable {
  std::vector<std::string> columns;
  std::vector<std::vector<nlohmann::json>> rows;
};

/// A row for each metric of each Result: which cell (run_id, state, withdrawn: why, task, data,
/// network, readout, rule, strategy, label: as its board's tables have it, seed, device_type,
/// settings: the request as JSON), metric, value, unit, higher_is_better, chance: what guessing
/// gives, reason. A cell without metrics has one row without.
TidyTable TidyMetrics(const ResultSet& results);

/// A row for each number in each record: run_id, record, unit, and for every axis its name and the
/// index along it, from 0 (axis_1, index_1, axis_2, index_2, ..., as many as the deepest record
/// has), value.
TidyTable TidyRecords(const ResultSet& results);

/// RFC 4180 with a line of headings; null is an empty field.
std::string ToCsv(const TidyTable& table);

/// A JSON object a line.
std::string ToJsonLines(const TidyTable& table);

}  // namespace plasticity
