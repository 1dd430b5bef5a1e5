// Memory aware synapses: a weight is as important as the network's output depends on it, whatever
// the labels are. Source: Aljundi et al. 2018 (arXiv 1711.09601): the mean over images of |gradient
// of |z|^2|, summed over experiences; penalty strength * importance (w - w*)^2. z are the scores
// among the experience's candidates where the rule trains the network's head or a readout learns
// beside it, else the features; in evaluation mode. No published code takes the mean over images
// (definition=paper), unless its batches are of one image: the authors' (definition=authors) takes
// the absolute value of batches' gradients, whose mean over batches it is; Avalanche 0.6.0's the
// same, and importance becomes alpha * old + (1 - alpha) * new; FACIL's that of |z|, not squared,
// over whole batches, starting from 0, and its lambda is twice a strength. Differs from the latter:
// batches are in evaluation mode, and the head has importance, too.
#include <ATen/ATen.h>
#include <fmt/format.h>

#include "suite/base/error.h"
#include "suite/learner.h"
#include "suite/penalty_strategy.h"

namespace plasticity {
namespace {

enum class Definition { kPaper, kAuthors, kAvalanche, kFacil };

constexpr Named<Definition> kDefinitions[] = {{"paper", Definition::kPaper},
                                              {"authors", Definition::kAuthors},
                                              {"avalanche", Definition::kAvalanche},
                                              {"facil", Definition::kFacil}};

class MemoryAware final : public PenaltyStrategy {
 public:
  static StrategyInfo Describe() {
    return {.name = "mas",
            .summary = "weights are held by how much the network's output depends on them",
            .source = "Aljundi et al. 2018 (arXiv 1711.09601)",
            .citation = "aljundi2018memory",
            .role = "",
            .needs = Descent::kNone};
  }
  explicit MemoryAware(Params& params)
      : PenaltyStrategy(params, 1),
        definition_(params.Choice("definition", "paper", kDefinitions,
                                  "whose: the mean over images of the absolute gradient, or one "
                                  "of three published codes' means over batches")),
        alpha_(params.Real("alpha", 0.5, kUnitInterval,
                           "weight of earlier importance, of avalanche and facil")),
        images_(params.Integer("importance_images", 200, Range{.min = 1},
                               "training images of an experience that importance is found on, as "
                               "many of each class as can be",
                               "images")) {}

  void Attach(Learner& learner) override {
    PenaltyStrategy::Attach(learner);
    if (learner.rule_info().descent == Descent::kNone && !learner.readout_info().beside) {
      throw InputError(
          fmt::format("mas has no weight to hold: {} learns nothing, and the readout {} learns "
                      "after it. Choose "
                      "a readout that learns beside it, such as online.",
                      learner.rule_info().name, learner.readout_info().name));
    }
  }

 protected:
  NamedTensors Importance(const Experience& experience) override {
    const Batch batch = Examined(experience, images_);
    ExpectOwnFeatures(batch);
    std::set<std::string> names = changed_by_rule();
    names.insert(changed_by_readout().begin(), changed_by_readout().end());
    const bool by_image = definition_ == Definition::kPaper;
    const bool facil = definition_ == Definition::kFacil;
    const std::vector<at::Tensor> sensitivity =
        OutputSensitivity([&](const Batch& some) { return Outputs(some); }, Handles(names), batch,
                          {.batch_size = by_image ? 1 : learner().rule().batch_size(),
                           .squared = !facil,
                           .whole_batches = facil});
    NamedTensors found;
    std::size_t place = 0;
    for (const std::string& name : names) found[name] = sensitivity[place++];
    return found;
  }

  Quadratic Merge(const Quadratic& held, const Quadratic& fresh) const override {
    const bool first = !held.importance.defined();
    const bool average =
        definition_ == Definition::kFacil || (definition_ == Definition::kAvalanche && !first);
    return average ? Renewed(held, fresh, alpha_, 1 - alpha_) : Renewed(held, fresh);
  }
  double factor() const override { return 2; }

 private:
  at::Tensor Features(const Batch& batch) const {
    Network& network = learner().network();
    return network.Readable(network.Through(batch.images, network.blocks().size()));
  }

  at::Tensor Outputs(const Batch& batch) const {
    const bool trains_head = learner().rule_info().trains_head;
    const at::Tensor features = Features(batch);
    if (!trains_head && !learner().readout_info().beside) return features;
    const at::Tensor scores = trains_head ? learner().network().head().Forward(features)
                                          : learner().readout().Scores(features);
    if (!batch.candidates.defined()) return scores;
    return scores.masked_fill(batch.candidates.logical_not(), 0);
  }

  void ExpectOwnFeatures(const Batch& batch) const {
    const at::Tensor own = learner().Features(batch.images);
    const at::Tensor features = Features(batch).detach();
    if (own.sizes() == features.sizes() && at::allclose(own, features, 1e-4, 1e-5)) return;
    throw InputError(
        fmt::format("mas cannot tell what {}'s features depend on: they are not what the network's "
                    "blocks give. Choose another strategy.",
                    learner().rule_info().name));
  }

  Definition definition_;
  double alpha_;
  std::int64_t images_;
};
PLASTICITY_REGISTER(Strategy, MemoryAware);

}  // namespace
}  // namespace plasticity
