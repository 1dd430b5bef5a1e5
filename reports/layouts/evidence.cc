// What speaks for each rule's numbers, and what is missing.
#include "reports/evidence.h"

#include <algorithm>

#include "reports/layout.h"
#include "reports/words.h"

namespace plasticity {
namespace {

class EvidenceLayout final : public Layout {
 public:
  std::vector<Table> Tables(const ResultSet& results, const LayoutOptions&) const override {
    const std::map<std::string, Evidence> evidence = EvidenceOf(results);
    if (evidence.empty()) return {};
    Table table;
    table.title = "evidence";
    table.columns = {{.key = "row", .heading = "rule"}, {.key = "evidence", .heading = "evidence"}};
    for (const EvidenceItem& item : evidence.begin()->second.items) {
      table.columns.push_back({.key = item.name, .heading = item.name});
      table.facts.emplace_back(item.name, item.meaning);
    }
    std::vector<std::pair<std::string, Evidence>> sorted(evidence.begin(), evidence.end());
    std::stable_sort(sorted.begin(), sorted.end(), [](const auto& a, const auto& b) {
      return a.second.count() > b.second.count();
    });
    for (const auto& [rule, of_it] : sorted) {
      TableRow row;
      row.cells = {rule, of_it.InWords()};
      for (const EvidenceItem& item : of_it.items) row.cells.emplace_back(item.there ? "yes" : "-");
      row.about = {{"rule", {{"name", rule}}}};
      table.rows.push_back(std::move(row));
    }
    table.provenance = Plural(results.all().size(), "result") + ".";
    return {table};
  }
};
const bool added = AddLayout<EvidenceLayout>("evidence", "what speaks for each rule's numbers");

}  // namespace
}  // namespace plasticity
