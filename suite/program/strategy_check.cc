#include "suite/program/strategy_check.h"

#include <fmt/format.h>

#include <optional>

#include "suite/base/error.h"
#include "suite/engine/cell_lab.h"
#include "suite/engine/child.h"
#include "suite/experience.h"
#include "suite/program/law.h"
#include "suite/strategy.h"

namespace plasticity {
namespace {

using conformance::Promise;
using conformance::TemporaryFolder;

nlohmann::json PartOf(const std::string& name, const nlohmann::json& params) {
  return {{"name", name}, {"params", params}};
}

// One rule of each kind that a strategy may treat differently.
std::vector<std::string> RulesToStandAround() {
  const auto first = [](const auto& is) {
    for (const auto& [name, entry] : Registry<Rule>::Get().entries())
      if (is(entry.info)) return std::vector<std::string>{name};
    return std::vector<std::string>{};
  };
  std::vector<std::string> rules;
  for (const std::vector<std::string>& found :
       {first([](const RuleInfo& rule) { return rule.role == "ceiling"; }),
        first([](const RuleInfo& rule) {
          return rule.descent == Descent::kLoss && !rule.needs_labels && !rule.is_baseline;
        }),
        first([](const RuleInfo& rule) {
          return rule.descent == Descent::kOwnDirection && !rule.needs_labels && !rule.is_baseline;
        }),
        first([](const RuleInfo& rule) { return rule.role == "floor"; })})
    rules.insert(rules.end(), found.begin(), found.end());
  return rules;
}

// Any cell with the strategy around the rule: what its task would do is done here instead.
Cell StrategyCell(const std::string& strategy, const std::string& rule, std::uint64_t seed) {
  Cell cell;
  cell.data = GratingData();
  cell.seed = seed;
  cell.request = {{"rule", PartOf(rule, {{"batch_size", 16}})},
                  {"strategy", PartOf(strategy, nlohmann::json::object())},
                  {"network", TinyConvolutions()},
                  {"precision", "float32"}};
  for (const auto& [name, entry] : Registry<Task>::Get().entries())
    if (entry.info.is_default) cell.request["task"] = PartOf(name, nlohmann::json::object());
  for (const auto& [name, entry] : Registry<Readout>::Get().entries())
    if (entry.info.beside) cell.request["readout"] = PartOf(name, nlohmann::json::object());
  return cell;
}

// Gratings of two orientations, then of the two others.
Experiences TwoExperiences(const Splits& data) {
  std::vector<Experience> parts;
  for (const std::vector<std::int64_t>& classes : {std::vector<std::int64_t>{0, 1}, {2, 3}})
    parts.push_back({.train = First(OfClasses(data.train, classes), 60),
                     .test = First(OfClasses(data.test, classes), 40)});
  return Arrange(std::move(parts), {{0, 0, 1, 1}, {0, 1, 0, 1}}, Increment::kClass);
}

// What a stream leaves behind: the learner's state and what it answers.
struct Left {
  Snapshot state;
  std::vector<int> answers;
};

// Learns the stream, or stops at the `stop_after`-th checkpoint and gives nothing.
std::optional<Left> Learn(const Cell& cell, const std::filesystem::path& folder,
                          int stop_after = 0) {
  ProgressBar silent("", false);
  Session session({.checkpoint = folder / "checkpoint",
                   .checkpoint_every_s = 0,
                   .device = at::kCPU,
                   .stop_after = stop_after},
                  silent);
  CellLab lab(cell, at::kCPU, session, folder);
  const Splits data = lab.Open(0);
  const Experiences stream = TwoExperiences(data);
  try {
    Learner& learner = lab.NewLearner("learner", data, {.classes = stream.classes});
    for (const Experience& now : stream.all) lab.Train(learner, now, stream, Budget::Epochs(2));
    Left left;
    left.answers = lab.Judge(learner, Join(stream.Asked(0, 1), stream.Asked(1, 1))).predicted;
    StateSaver saver(left.state);
    learner.Visit(saver);
    return left;
  } catch (const Interrupted&) {
    return std::nullopt;
  }
}

Left LearnWhole(const Cell& cell) {
  const TemporaryFolder folder;
  return *Learn(cell, folder.path());
}

void MustEqual(const Left& one, const Left& other, const std::string& when) {
  const std::string differing = conformance::Differing(one.state, other.state);
  Promise(differing.empty(), fmt::format("{}: {} differ", when, differing));
  Promise(one.answers == other.answers, when + ": it answers otherwise");
}

std::string Carries(const StrategyInfo& info, const std::string& rule) {
  try {
    const Left left = LearnWhole(StrategyCell(info.name, rule, 1));
    const std::string bad = conformance::NotFinite(left.state);
    Promise(bad.empty(), conformance::InWords(bad) + " is not finite");
    return "";
  } catch (const InputError& refused) {
    const std::string why = refused.what();
    Promise(why.find(info.name) != std::string::npos, "its refusal does not name it: " + why);
    Promise(why.find('\n') == std::string::npos, "its refusal has more than one line");
    throw conformance::Skipped{why};
  }
}

std::string Repeats(const StrategyInfo& info, const std::string& rule) {
  const Cell cell = StrategyCell(info.name, rule, 3);
  MustEqual(LearnWhole(cell), LearnWhole(cell), "learned again with the same seed");
  return "";
}

std::string Resumes(const StrategyInfo& info, const std::string& rule) {
  const Cell cell = StrategyCell(info.name, rule, 5);
  const Left unbroken = LearnWhole(cell);
  for (int stop_after = 1;; ++stop_after) {
    const TemporaryFolder folder;
    if (Learn(cell, folder.path(), stop_after)) return fmt::format("{} stops", stop_after - 1);
    MustEqual(unbroken, *Learn(cell, folder.path()),
              fmt::format("stopped at checkpoint {} and resumed", stop_after));
  }
}

struct StrategyLaw {
  const char* name;
  const char* promise;
  std::string (*look)(const StrategyInfo& info, const std::string& rule);
};

constexpr StrategyLaw kLaws[] = {
    {"carries", "it carries the rule through a stream, or says in a sentence why it cannot",
     &Carries},
    {"repeats", "the same seed gives the same learner", &Repeats},
    {"resumes", "a stream stopped at any checkpoint ends as the unbroken one", &Resumes}};

Finding Look(const StrategyLaw& law, const StrategyInfo& info, const std::string& rule) {
  Finding finding{.law = law.name, .network = rule};
  try {
    finding.message = law.look(info, rule);
  } catch (const conformance::Broken& broken) {
    finding.verdict = Finding::Verdict::kFailed;
    finding.message = broken.message;
  } catch (const conformance::Skipped& skipped) {
    finding.verdict = Finding::Verdict::kSkipped;
    finding.message = skipped.reason;
  } catch (...) {
    finding.verdict = Finding::Verdict::kFailed;
    finding.message = "it " + WhatItThrows();
  }
  return finding;
}

}  // namespace

void CheckStrategy(
    const std::string& strategy, bool in_children,
    const std::function<void(const std::string& promise, const Finding& finding)>& report) {
  constexpr double kLimit = 300;  // seconds
  const StrategyInfo& info = Registry<Strategy>::Get().Find(strategy).info;
  Finding says{.law = "says"};
  if (info.summary.empty() || info.source.empty()) {
    says.verdict = Finding::Verdict::kFailed;
    says.message = info.summary.empty() ? "it has no summary" : "it names no source";
  }
  report("it says what it does, and whose idea it is", says);
  for (const std::string& rule : RulesToStandAround()) {
    for (const StrategyLaw& law : kLaws) {
      Finding finding{.law = law.name, .network = rule};
      const auto receive = [&](const std::string& line) {
        const nlohmann::json sent = nlohmann::json::parse(line);
        finding.verdict = sent.at(0).get<Finding::Verdict>();
        finding.message = sent.at(1);
      };
      if (!in_children) {
        finding = Look(law, info, rule);
      } else if (const std::optional<ChildEnd> end = RunInChild(
                     [&](const SendLine& send) {
                       const Finding found = Look(law, info, rule);
                       send(nlohmann::json{found.verdict, found.message}.dump(
                           -1, ' ', false, nlohmann::json::error_handler_t::replace));
                     },
                     receive, kLimit)) {
        finding.verdict = Finding::Verdict::kFailed;
        finding.message = "it " + end->how;
      }
      report(law.promise, finding);
      if (finding.verdict != Finding::Verdict::kPassed) break;  // the others would blame it again
    }
  }
}

}  // namespace plasticity
