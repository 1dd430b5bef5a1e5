#include "suite/penalty_strategy.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>

#include "suite/learner.h"
#include "suite/learner_snapshot.h"

namespace plasticity {
namespace {

constexpr Named<FisherKind> kFisherKinds[] = {{"model", FisherKind::kModel},
                                              {"label", FisherKind::kLabel},
                                              {"predicted", FisherKind::kPredicted},
                                              {"weighted", FisherKind::kWeighted},
                                              {"batch", FisherKind::kBatch}};

void VisitScoped(StateVisitor& visitor, const std::string& prefix, NamedTensors& tensors) {
  ScopedVisitor scoped(visitor, prefix);
  VisitTensors(scoped, "names", tensors);
}

}  // namespace

PenaltyStrategy::PenaltyStrategy(Params& params, double strength)
    : strength_(
          params.Real("strength", strength, kNonNegative, "weight of the penalty: lambda, or c")) {}

void PenaltyStrategy::Attach(Learner& learner) {
  Strategy::Attach(learner);
  parameters_ = LearnedParameters(learner);
}

StepReport PenaltyStrategy::Step(Learner& learner, const Batch& batch, const Progress& progress) {
  const StepReport report = learner.Learn(batch, progress);
  AddPenalty();
  learner.Commit(progress);
  return report;
}

void PenaltyStrategy::AddPenalty() {
  const at::NoGradGuard no_gradients;
  const std::vector<Update*> updates = learner().updates();
  for (std::size_t part = 0; part < updates.size(); ++part) {
    Update& update = *updates[part];
    for (std::size_t i = 0; i < update.parameters.size(); ++i) {
      const std::string& name = parameters_.NameOf(update.parameters[i]);
      changed_[part].insert(name);
      const auto importance = importance_.find(name);
      if (importance == importance_.end()) continue;
      const Quadratic held{importance->second, anchor_.at(name)};
      update.directions[i] =
          update.directions[i].add(held.Pull(update.parameters[i]), strength_ * factor());
    }
  }
}

void PenaltyStrategy::End(const Experience& experience) {
  if (changed_[0].empty() && changed_[1].empty()) return;
  for (const auto& [name, fresh] : Importance(experience)) {
    Quadratic held;
    if (importance_.contains(name)) held = {importance_.at(name), anchor_.at(name)};
    held = Merge(held, {fresh, parameters_.at(name).detach().clone()});
    importance_[name] = held.importance;
    anchor_[name] = held.anchor;
  }
}

std::vector<at::Tensor> PenaltyStrategy::Handles(const std::set<std::string>& names) const {
  std::vector<at::Tensor> handles;
  for (const std::string& name : names) handles.push_back(parameters_.at(name));
  return handles;
}

Batch PenaltyStrategy::Examined(const Experience& experience, std::int64_t count) const {
  const Surroundings& around = surroundings();
  return around.load(
      Balanced(experience.train, count, around.streams->For("importance", experience.place)));
}

void PenaltyStrategy::Visit(StateVisitor& visitor) {
  visitor.Value("changed_by_rule", changed_[0]);
  visitor.Value("changed_by_readout", changed_[1]);
  VisitScoped(visitor, "importance", importance_);
  VisitScoped(visitor, "anchor", anchor_);
}

FisherStrategy::FisherStrategy(Params& params, double strength)
    : PenaltyStrategy(params, strength),
      kind_(params.Choice("fisher", "model", kFisherKinds,
                          "of whose likelihood the information is: the model's own labels', the "
                          "images' labels', the predicted ones'; the images' labels', weighted "
                          "by their probability; or the squares of batches' mean gradients")),
      beta_(params.Real("beta", 1, kPositive,
                        "scores are multiplied by it where importance is "
                        "found")),
      images_(params.Integer("importance_images", 200, Range{.min = 1},
                             "training images of an experience that importance is found on, as "
                             "many of each class as can be",
                             "images")) {}

NamedTensors FisherStrategy::Importance(const Experience& experience) {
  NamedTensors found;
  const Batch batch = Examined(experience, images_);
  Network& network = learner().network();
  if (learner().rule_info().trains_head) {
    AddLikelihood(
        changed_by_rule(),
        [&](const Batch& some) {
          const at::Tensor maps = network.Through(some.images, network.blocks().size());
          return network.head().Forward(network.Readable(maps));
        },
        batch, found);
    return found;
  }
  AddSquaredDirections(batch, experience.place, found);
  AddLikelihood(
      changed_by_readout(),
      [&](const Batch& some) {
        return learner().readout().Scores(learner().Features(some.images));
      },
      batch, found);
  return found;
}

void FisherStrategy::AddLikelihood(const std::set<std::string>& names, const OutputsOf& scores_of,
                                   const Batch& batch, NamedTensors& found) const {
  if (names.empty()) return;
  const std::vector<at::Tensor> diagonal =
      FisherDiagonal(scores_of, Handles(names), batch, kind_, learner().rule().batch_size(), beta_);
  std::size_t place = 0;
  for (const std::string& name : names) found[name] = diagonal[place++];
}

// Learns without taking the step, and puts back what learning moved.
void FisherStrategy::AddSquaredDirections(const Batch& batch, std::size_t place,
                                          NamedTensors& found) const {
  const std::int64_t n = batch.images.size(0), size = learner().rule().batch_size();
  const auto batches = static_cast<std::uint64_t>((n + size - 1) / size);
  std::map<std::string, int> times;
  for (std::int64_t start = 0; start < n; start += size) {
    const Batch some = Rows(batch, start, std::min(start + size, n));
    if (some.images.size(0) == 1 && size > 1) break;  // batch statistics need two images
    const Snapshot before = StateOf(learner());
    // Counted down from the last, where no training's draws are.
    const std::uint64_t draw = ~(place * batches + static_cast<std::uint64_t>(start / size));
    learner().Learn(some, {.draw = draw});
    const Update& update = learner().rule().update();
    for (std::size_t i = 0; i < update.parameters.size(); ++i) {
      const std::string& name = parameters().NameOf(update.parameters[i]);
      at::Tensor& sum = found[name];
      const at::Tensor square = update.directions[i].square();
      sum = sum.defined() ? sum + square : square;
      ++times[name];
    }
    PutBack(learner(), before);
  }
  for (auto& [name, sum] : found) sum.div_(times.at(name));
}

}  // namespace plasticity
