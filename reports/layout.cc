#include "reports/layout.h"

#include "reports/writer.h"
#include "suite/base/error.h"
#include "suite/base/text.h"

namespace plasticity {
namespace {

// The entry of that name, or an InputError with the nearest and all names.
template <typename Entry>
const Entry& Named(const std::map<std::string, Entry>& entries, const std::string& what,
                   const std::string& name) {
  const auto found = entries.find(name);
  if (found != entries.end()) return found->second;
  std::vector<std::string> names;
  for (const auto& [known, entry] : entries) names.push_back(known);
  throw InputError("no " + what + " named '" + name + "'." + NearestHint(name, names) +
                   " There are " + Join(names, ", ") + ".");
}

}  // namespace

std::map<std::string, LayoutEntry>& Layouts() {
  static std::map<std::string, LayoutEntry> layouts;
  return layouts;
}

std::map<std::string, WriterEntry>& Writers() {
  static std::map<std::string, WriterEntry> writers;
  return writers;
}

std::vector<Table> TablesOf(const std::string& layout, const ResultSet& results,
                            const LayoutOptions& options) {
  const LayoutEntry& entry = Named(Layouts(), "layout", layout);
  RequireKnown("metric", options.metric, results.metrics());
  std::vector<Table> tables = entry.make()->Tables(results, options);
  for (Table& table : tables) table.layout = layout;
  if (tables.empty()) {
    throw InputError("these Results have nothing that the layout " + layout + " shows: it is for " +
                     entry.summary + ".");
  }
  return tables;
}

std::unique_ptr<Writer> WriterNamed(const std::string& name) {
  return Named(Writers(), "format", name).make();
}

std::string WriterNameFor(const std::string& file) {
  std::vector<std::string> extensions;
  for (const auto& [name, entry] : Writers()) {
    if (file.size() > entry.extension.size() && file.ends_with(entry.extension)) return name;
    extensions.push_back(entry.extension);
  }
  throw InputError("'" + file + "' ends as no format does: " + Join(extensions, ", ") + ".");
}

}  // namespace plasticity
