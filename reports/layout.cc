#include "reports/layout.h"

#include "reports/entries.h"
#include "reports/writer.h"

namespace plasticity {

std::map<std::string, LayoutEntry>& Layouts() {
  static std::map<std::string, LayoutEntry> layouts;
  return layouts;
}

std::map<std::string, WriterEntry>& Writers() {
  static std::map<std::string, WriterEntry> writers;
  return writers;
}

std::vector<Table> TablesIfAny(const std::string& layout, const ResultSet& results,
                               const LayoutOptions& options) {
  std::vector<Table> tables = Layouts().at(layout).make()->Tables(results, options);
  for (Table& table : tables) table.layout = layout;
  return tables;
}

std::vector<Table> TablesOf(const std::string& layout, const ResultSet& results,
                            const LayoutOptions& options) {
  const LayoutEntry& entry = EntryNamed(Layouts(), "layout", layout);
  RequireKnown("metric", options.metric, results.metrics());
  std::vector<Table> tables = TablesIfAny(layout, results, options);
  if (tables.empty()) {
    throw InputError("these Results have nothing that the layout " + layout + " shows: it is for " +
                     entry.summary + ".");
  }
  return tables;
}

std::unique_ptr<Writer> WriterNamed(const std::string& name) {
  return EntryNamed(Writers(), "format", name).make();
}

std::string WriterNameFor(const std::string& file) { return NameForFile(Writers(), file); }

}  // namespace plasticity
