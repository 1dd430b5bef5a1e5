#include "suite/program/conformance.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>

#include "suite/engine/child.h"
#include "suite/program/law.h"

namespace plasticity {
namespace conformance {
namespace {

using Verdict = Finding::Verdict;

// What one law comes to, in this process.
Finding Look(const Law& law, const Subject& subject, const std::string& network) {
  Finding finding{.law = law.name, .network = network};
  const auto conclude = [&](Verdict verdict, const std::string& message) {
    finding.verdict = verdict;
    finding.message = message.substr(0, message.find('\n'));
  };
  try {
    conclude(Verdict::kPassed, law.look(subject));
  } catch (const Broken& broken) {
    conclude(Verdict::kFailed, broken.message);
  } catch (const Skipped& skipped) {
    conclude(Verdict::kSkipped, skipped.reason);
  } catch (const Error& error) {
    conclude(Verdict::kFailed, error.what());
  } catch (...) {
    conclude(Verdict::kFailed, "it " + WhatItThrows());
  }
  return finding;
}

// What a child sends of a finding, in one line.
std::string LineOf(const Finding& finding) {
  return nlohmann::json{finding.verdict, finding.message}.dump(
      -1, ' ', false, nlohmann::json::error_handler_t::replace);
}

// What laws before this one came to, where that decides: a need that failed on the same network, or
// on any for a law of the rule by itself; or a network that a need was skipped on.
class Causes {
 public:
  void Note(const Finding& finding) {
    if (finding.verdict == Verdict::kFailed)
      roots_[{finding.law, finding.network}] = {Verdict::kUndecided, finding.law + " failed"};
    if (finding.verdict == Verdict::kSkipped || finding.verdict == Verdict::kUndecided)
      roots_[{finding.law, finding.network}] = {finding.verdict, finding.message};
  }

  // Fills `finding` where nothing is left to look at.
  bool Decide(const Law& law, Finding& finding) const {
    for (const std::string& need : law.needs) {
      for (const auto& [of, root] : roots_) {
        const bool same = of.second.empty() || of.second == finding.network;
        const bool any = finding.network.empty() && root.first == Verdict::kUndecided;
        if (of.first != need || !(same || any)) continue;
        finding.verdict = root.first;
        finding.message = root.second;
        return true;
      }
    }
    return false;
  }

 private:
  std::map<std::pair<std::string, std::string>, std::pair<Verdict, std::string>> roots_;
};

}  // namespace
}  // namespace conformance

const std::vector<Law>& Laws() {
  static const std::vector<Law> laws = [] {
    std::vector<Law> all;
    for (const auto& some : {conformance::MakingLaws(), conformance::LearningLaws(),
                             conformance::TraitLaws(), conformance::InputLaws()})
      all.insert(all.end(), some.begin(), some.end());
    return all;
  }();
  return laws;
}

namespace conformance {
namespace {

// One law on one network: what is looked at next.
struct Item {
  const Law& law;
  nlohmann::json network;

  std::string NetworkName() const { return network.is_null() ? "" : network.at("name"); }
};

std::vector<Item> Items(const std::vector<std::string>& asked) {
  std::vector<Item> items;
  for (const Law& law : Laws()) {
    if (!asked.empty() && std::find(asked.begin(), asked.end(), law.name) == asked.end()) continue;
    if (!law.on_networks) items.push_back({law, nullptr});
    if (!law.on_networks) continue;
    for (const nlohmann::json& network : {TinyConvolutions(), TinyDense()})
      items.push_back({law, network});
  }
  return items;
}

}  // namespace
}  // namespace conformance

void CheckRule(const Registry<Rule>& registry, const std::string& rule, const CheckOptions& options,
               const std::function<void(const Law&, const Finding&)>& report) {
  using conformance::Item;
  const RuleInfo& info = registry.Find(rule).info;
  const std::vector<Item> items = conformance::Items(options.laws);
  conformance::Causes causes;
  std::size_t next = 0;
  const auto conclude = [&](const Finding& finding) {
    causes.Note(finding);
    report(items[next].law, finding);
    ++next;
  };
  const auto look = [&](const auto& found) {
    while (next < items.size()) {
      const Item& item = items[next];
      Finding finding{.law = item.law.name, .network = item.NetworkName()};
      if (!causes.Decide(item.law, finding))
        finding = conformance::Look(item.law, {registry, info, item.network}, finding.network);
      found(finding);
    }
  };
  if (!options.in_children) return look(conclude);
  const auto receive = [&](const std::string& line) {
    const nlohmann::json sent = nlohmann::json::parse(line);
    conclude({.law = items[next].law.name,
              .network = items[next].NetworkName(),
              .verdict = sent.at(0).get<Finding::Verdict>(),
              .message = sent.at(1)});
  };
  // A child goes on until it ends by what the rule does; the next one begins behind that law.
  while (next < items.size()) {
    const std::optional<ChildEnd> end = RunInChild(
        [&](const SendLine& send) {
          look([&](const Finding& finding) {
            causes.Note(finding);
            send(conformance::LineOf(finding));
            ++next;
          });
        },
        receive, options.limit_s);
    if (!end) continue;
    conclude({.law = items[next].law.name,
              .network = items[next].NetworkName(),
              .verdict = Finding::Verdict::kFailed,
              .message = fmt::format("{} {}", end->at.empty() ? "it" : end->at, end->how)});
  }
}

}  // namespace plasticity
