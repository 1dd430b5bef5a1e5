// Everything that the tables hold, unrounded: {table_version, tables[{columns[], rows[]}]}.
#include <nlohmann/json.hpp>

#include "reports/format.h"
#include "reports/writer.h"

namespace plasticity {
namespace {

using nlohmann::json;

template <typename Value>
json OrNull(const std::optional<Value>& value) {
  return value ? json(*value) : json(nullptr);
}

json MeasuredJson(const Measured& measured) {
  json runs = json::array();
  for (const Run& run : measured.runs) {
    runs.push_back({{"run_id", run.run_id},
                    {"seed", run.seed},
                    {"state", run.state},
                    {"reason", run.reason},
                    {"value", OrNull(run.value)}});
  }
  json interval = nullptr;
  if (measured.halfwidth) {
    interval = {{"level", measured.level},
                {"method", "student_t"},
                {"halfwidth", *measured.halfwidth},
                {"lo", *measured.mean - *measured.halfwidth},
                {"hi", *measured.mean + *measured.halfwidth}};
  }
  const std::string lost = LostText(measured);
  const bool one = measured.mean && !measured.halfwidth;
  return {{"mean", OrNull(measured.mean)},
          {"sd", OrNull(measured.sd)},
          {"interval", interval},
          {"n", measured.runs.size()},
          {"reason", one ? "one seed: no spread" : lost},
          {"best", measured.best},
          {"second", measured.second},
          {"runs", runs}};
}

json CellJson(const TableCell& cell) {
  if (const auto* text = std::get_if<std::string>(&cell)) return *text;
  if (const auto* number = std::get_if<Number>(&cell)) return number->value;
  if (const auto* measured = std::get_if<Measured>(&cell)) return MeasuredJson(*measured);
  return nullptr;
}

json TableJson(const Table& table) {
  json facts = json::object();
  for (const auto& [heading, sentence] : table.facts) facts[heading] = sentence;
  json columns = json::array();
  for (const Column& column : table.columns) {
    columns.push_back({{"key", column.key},
                       {"heading", column.heading},
                       {"unit", column.unit},
                       {"citations", column.citations}});
  }
  json rows = json::array();
  for (const TableRow& row : table.rows) {
    json cells = json::object();
    for (std::size_t i = 0; i < row.cells.size(); ++i) {
      cells[table.columns[i].key] = CellJson(row.cells[i]);
    }
    rows.push_back({{"cells", cells},
                    {"about", row.about},
                    {"citations", row.citations},
                    {"withdrawn", IsWithdrawn(row)}});
  }
  return {{"layout", table.layout},         {"title", table.title}, {"facts", facts},
          {"marks", table.marks},           {"notes", table.notes}, {"about", table.about},
          {"provenance", table.provenance}, {"columns", columns},   {"rows", rows}};
}

class Json final : public Writer {
 public:
  std::string Write(const std::vector<Table>& tables, const WriterOptions&) const override {
    json all = {{"table_version", 1}, {"tables", json::array()}};
    for (const Table& table : tables) all["tables"].push_back(TableJson(table));
    return all.dump(2, ' ', false, json::error_handler_t::replace) + "\n";
  }
};
const bool added = AddWriter<Json>("json", ".json", "everything, unrounded, with every run");

}  // namespace
}  // namespace plasticity
