#include "suite/learner.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/add.h>
#include <ATen/ops/argmax.h>
#include <ATen/ops/eq.h>
#include <fmt/format.h>

#include <algorithm>

#include "suite/base/error.h"
#include "suite/objective.h"

namespace plasticity {
namespace {

const char* const kParts[] = {"network", "rule", "readout", "strategy"};

}  // namespace

Learner::Learner(std::string name, LearnerParts parts, std::int64_t image_size,
                 std::int64_t classes)
    : name_(std::move(name)), parts_(std::move(parts)), classes_(classes) {
  if (parts_.strategy_info.needs > parts_.rule_info.descent) {
    throw InputError(
        fmt::format("{} cannot stand around {}: it needs {}, and {}.", parts_.strategy_info.name,
                    parts_.rule_info.name,
                    parts_.strategy_info.needs == Descent::kLoss ? "the gradient of a loss"
                                                                 : "a rule that learns",
                    parts_.rule_info.descent == Descent::kNone ? "this rule learns nothing"
                                                               : "this rule's change is its own"));
  }
  rule().Attach(network());
  feature_count_ = rule().FeatureCount(image_size);
  RenewReadout();
  if (const Objective* objective = strategy().objective()) {
    rule().set_objective(*objective);
    readout().set_objective(*objective);
  }
  strategy().Attach(*this);
}

void Learner::StartFrom(Learner& other, bool same_classes) {
  const at::NoGradGuard no_gradients;
  for (const char* part : {"network", "rule"}) {
    if (part == std::string("rule") && rule_info().name != other.rule_info().name) continue;
    StateCollector from, to;
    other.VisitPart(part, from);
    VisitPart(part, to);
    for (auto& [name, tensor] : to.tensors) {
      if (!same_classes && name.rfind("head.", 0) == 0) continue;
      const auto found = from.tensors.find(name);
      if (found != from.tensors.end() && found->second.sizes() == tensor.sizes())
        tensor.copy_(found->second);
    }
  }
}

void Learner::RenewReadout() { readout().Attach(rule_info(), network(), feature_count_, classes_); }

StepReport Learner::Step(const Batch& batch, const Progress& progress) {
  if (classifies_first_) {
    const at::NoGradGuard no_gradients;
    const at::Tensor scores =
        AmongCandidates(classifier().Scores(Features(batch.images)), batch.candidates);
    const at::Tensor right = scores.argmax(1).eq(batch.labels).sum();
    right_ = right_.defined() ? right_.add(right) : right;
    classified_ += batch.labels.size(0);
  }
  return strategy().Step(*this, batch, progress);
}

std::optional<std::array<std::int64_t, 3>> Learner::Branch(const Progress& progress) {
  const std::array<std::int64_t, 3> branches = {
      rule().Branch(progress), readout_info().beside ? readout().Branch(progress) : 0,
      strategy().Branch(progress)};
  if (classifies_first_ || std::find(branches.begin(), branches.end(), kNoBranch) != branches.end())
    return std::nullopt;
  return branches;
}

std::optional<double> Learner::TakeOnlineAccuracy() {
  if (classified_ == 0) return std::nullopt;
  const double share = right_.item<double>() / static_cast<double>(classified_);
  right_ = at::Tensor();
  classified_ = 0;
  return share;
}

StepReport Learner::Learn(const Batch& batch, const Progress& progress) {
  Batch seen = batch;
  seen.features_wanted = readout_info().beside;
  if (!rule_info().needs_labels) seen.labels = at::Tensor();
  StepReport report = rule().Learn(seen, progress);
  readout_loss_ = at::Tensor();
  readout().update() = {};
  if (readout_info().beside && report.features.defined())
    readout_loss_ = readout().Learn(report.features, {}, batch, progress).loss;
  return report;
}

void Learner::Commit(const Progress& progress) {
  rule().Commit(progress);
  if (readout_info().beside) readout().Commit(progress);
}

void Learner::VisitPart(const std::string& part, StateVisitor& visitor) {
  if (part == "network") network().Visit(visitor);
  if (part == "rule") rule().Visit(visitor);
  if (part == "readout") readout().Visit(visitor);
  if (part == "strategy") strategy().Visit(visitor);
}

void Learner::Visit(StateVisitor& visitor) {
  for (const char* part : kParts) {
    ScopedVisitor scoped(visitor, part);
    VisitPart(part, scoped);
  }
  if (!classifies_first_) return;
  visitor.Tensor("right", right_);
  visitor.Value("classified", classified_);
}

std::vector<Fact> ColumnsOf(const StrategyInfo& info) {
  const char* const needs[] = {"any rule", "a rule that learns", "the gradient of a loss"};
  return {{"stands around", needs[static_cast<int>(info.needs)]},
          {"summary", (info.role.empty() ? "" : "(" + info.role + ") ") + info.summary}};
}

std::vector<Fact> FactsOf(const StrategyInfo& info) {
  std::vector<Fact> facts = {
      {info.name, info.summary},
      {"source", info.source + (info.citation.empty() ? "" : " [" + info.citation + "]")},
      {"stands around", ColumnsOf(info).front().text}};
  if (!info.role.empty()) facts.push_back({"role", info.role});
  return facts;
}

const Surroundings& Strategy::surroundings() const {
  if (surroundings_.experiences == nullptr) {
    throw InputError(fmt::format("the strategy {} needs a stream of experiences: --task continual.",
                                 learner().strategy_info().name));
  }
  return surroundings_;
}

void Strategy::RequireBoundary(const Experience& experience) const {
  if (experience.boundary_known) return;
  throw InputError(
      fmt::format("the strategy {} needs to be told where experiences begin and end: set "
                  "task.scenario.boundaries=true, or choose another strategy.",
                  learner().strategy_info().name));
}

StepReport Strategy::Step(Learner& learner, const Batch& batch, const Progress& progress) {
  Batch unwatched = batch;
  unwatched.directions_wanted = false;
  StepReport report = learner.Learn(unwatched, progress);
  learner.Commit(progress);
  return report;
}

}  // namespace plasticity
