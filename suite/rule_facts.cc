#include <fmt/format.h>

#include "suite/rule.h"

namespace plasticity {

Fact FactOf(const Published& published) {
  const std::string spread =
      published.spread > 0 ? fmt::format(" +- {:.2f}", published.spread * 100) : "";
  return {"published", fmt::format("{} test accuracy {:.2f} %{} ({})", published.data,
                                   published.accuracy * 100, spread, published.source)};
}

std::vector<Fact> ColumnsOf(const RuleInfo& info) {
  return {{"labels", info.needs_labels ? "yes" : "no"},
          {"locality", LocalityName(info.locality)},
          {"backward", info.backward ? "yes" : "no"},
          {"summary", (info.is_baseline ? "(baseline) " : "") + info.summary}};
}

std::vector<Fact> FactsOf(const RuleInfo& info) {
  std::vector<Fact> facts = {
      {info.name, info.summary},
      {"source", info.source + (info.citation.empty() ? "" : " [" + info.citation + "]")},
      {"traits", fmt::format("{}; locality {}; {}{}{}",
                             info.needs_labels ? "needs labels" : "needs no labels",
                             LocalityName(info.locality),
                             info.backward ? "backward pass" : "no backward pass",
                             info.weight_transport ? "; weight transport" : "",
                             info.is_baseline ? "; baseline" : "")},
      {"update", info.formula}};
  if (!info.defaults.empty()) {
    std::string set;
    for (const auto& [name, value] : info.defaults.items())
      set += fmt::format("{}{} = {}", set.empty() ? "" : ", ", name, value.dump());
    facts.push_back({"defaults", set + "   (of parameters that its base class declares)"});
  }
  if (!info.native.empty()) {
    facts.push_back({"native", fmt::format("{}   (plasticity run --rule {} --track native)",
                                           info.native.dump(), info.name)});
  }
  for (const Published& published : info.published) facts.push_back(FactOf(published));
  return facts;
}

}  // namespace plasticity
