#include "reports/evidence.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "reports/published.h"
#include "reports/statistics/paired.h"
#include "reports/statistics/summary.h"
#include "reports/words.h"
#include "suite/base/text.h"

namespace plasticity {
namespace {

using nlohmann::json;

// The values of one configuration's seeds, by metric.
struct Configuration {
  const Result* sample = nullptr;
  std::set<json> seeds;
  std::map<std::string, std::vector<double>> values;
};

// A rule's finished cells by what was asked but for the seed.
using Configurations = std::map<std::string, Configuration>;

std::map<std::string, Configurations> ByRule(const std::vector<Result>& results) {
  std::map<std::string, Configurations> by_rule;
  for (const Result& result : results) {
    const bool counts = result.state == "ok" && Withdrawal(result) == nullptr;
    if (!counts || result.rule.value("baseline", false)) continue;
    json asked = result.request;  // another build of a plugin is another rule
    const json seed = asked.value("seed", json());
    asked.erase("seed");
    Configuration& one = by_rule[PartName(result.request, "rule")][asked.dump()];
    one.sample = &result;
    one.seeds.insert(seed);
    for (const auto& [name, metric] : result.metrics) {
      if (metric.value) one.values[name].push_back(*metric.value);
    }
  }
  return by_rule;
}

// Whether the mean falls short of the published value by no more than its spread, or by one point.
bool Reaches(const Configuration& one, const PublishedNumber& number) {
  constexpr double kPoint = 0.01;
  const Result& result = *one.sample;
  const bool same = number.native && TextAt(result.rule, {"track"}) == "native" &&
                    number.rule == PartName(result.request, "rule") &&
                    number.task == PartName(result.request, "task") &&
                    number.data == TextAt(result.request, {"data", "name"});
  const auto values = one.values.find(number.metric);
  return same && values != one.values.end() &&
         Mean(values->second) >= number.value - std::max(kPoint, number.spread.value_or(0));
}

bool ReachesAny(const Configuration& one) {
  const std::vector<PublishedNumber>& numbers = PublishedNumbers();
  return std::any_of(numbers.begin(), numbers.end(),
                     [&](const PublishedNumber& number) { return Reaches(one, number); });
}

Evidence EvidenceFor(const std::string& rule, const Configurations& configurations) {
  const auto any = [&](const auto& holds) {
    return std::any_of(configurations.begin(), configurations.end(),
                       [&](const auto& entry) { return holds(entry.second); });
  };
  const auto seeds = static_cast<std::size_t>(PairsForClaim(1));
  return {
      {{"public code", any([](const Configuration& one) {
          return TextAt(one.sample->rule, {"source"}).find("code ") != std::string::npos;
        }),
        "the rule's source names code that its authors published"},
       {"golden parity", GoldenKinds().contains(rule),
        "golden tests hold its numbers to published code"},
       {"native number", any(ReachesAny),
        "a run of its own published protocol reaches the published number, within its spread "
        "or a point"},
       {"tuned", any([](const Configuration& one) {
          return one.sample->request.at("rule").contains("tuned");
        }),
        "a run has parameters that were tuned"},
       {"seeds", any([&](const Configuration& one) { return one.seeds.size() >= seeds; }),
        fmt::format("some configuration has at least {} seeds, which one comparison needs", seeds)},
       {"continual run", any([](const Configuration& one) {
          return PartName(one.sample->request, "task") == "continual";
        }),
        "it was run through a stream of experiences"}}};
}

}  // namespace

int Evidence::count() const {
  return static_cast<int>(
      std::count_if(items.begin(), items.end(), [](const auto& item) { return item.there; }));
}

std::string Evidence::InWords() const { return fmt::format("{} of {}", count(), items.size()); }

std::string Evidence::Missing() const {
  std::vector<std::string> names;
  for (const EvidenceItem& item : items) {
    if (!item.there) names.push_back(item.name);
  }
  return Join(names, ", ");
}

std::map<std::string, Evidence> EvidenceOf(const ResultSet& results) {
  std::map<std::string, Evidence> evidence;
  for (const auto& [rule, configurations] : ByRule(results.all())) {
    evidence[rule] = EvidenceFor(rule, configurations);
  }
  return evidence;
}

const std::map<std::string, std::vector<std::string>>& GoldenKinds() {
  static const std::map<std::string, std::vector<std::string>> kinds = {
      {"gradhebb", {"miconi"}},
      {"hebb", {"hebb_oja"}},
      {"hpca", {"fasthebb"}},
      {"krotov", {"krotov"}},
      {"oja", {"gha", "hebb_oja"}},
      {"sanger", {"gha"}},
      {"softhebb", {"softhebb_conv", "softhebb_full_conv", "softhebb_linear"}},
      {"sphere", {"sphere_cnn", "sphere_layer", "sphere_losses", "sphere_schedule"}},
      {"swta", {"fasthebb"}}};
  return kinds;
}

}  // namespace plasticity
