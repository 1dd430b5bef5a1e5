// Synaptic intelligence: a weight is as important as its steps have lowered the loss while an
// experience was learned. Source: Zenke, Poole & Ganguli 2017 (arXiv 1703.04200): the path integral
// of minus the gradient times the step taken, over the square of the whole change plus xi, summed
// over experiences; penalty strength * importance (w - w*)^2, strength being that paper's c. The
// gradient is the direction that the learner finds, before the penalty is added, as in mammoth;
// GMvandeVen/continual-learning and Avalanche take the penalty's in with it, which changes nothing
// in the first experience. Avalanche 0.6.0 cuts importance at 0.001 (most=0.001), and its lambda is
// twice a strength; as published its importance is 0 on a CPU. With beta the path integral is that
// of the gradient with scores times beta, in heads and readouts, which takes a second pass a step.
#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include "suite/learner.h"
#include "suite/learner_snapshot.h"
#include "suite/penalty_strategy.h"

namespace plasticity {
namespace {

// The loss of scores that are multiplied by `beta` for as long as it is not 1.
class ScaledObjective final : public Objective {
 public:
  at::Tensor Loss(const at::Tensor& scores, const Batch& batch) const override {
    return LabelLoss(beta == 1 ? scores : beta * scores, batch);
  }
  double beta = 1;
};

class SynapticIntelligence final : public PenaltyStrategy {
 public:
  static StrategyInfo Describe() {
    return {.name = "si",
            .summary = "weights are held by how much their steps lowered the loss",
            .source = "Zenke, Poole & Ganguli 2017 (arXiv 1703.04200)",
            .citation = "zenke2017continual",
            .role = "",
            .needs = Descent::kLoss};
  }
  explicit SynapticIntelligence(Params& params)
      : PenaltyStrategy(params, 1),
        xi_(params.Real("xi", 0.1, kPositive, "added to the square of a weight's whole change")),
        most_(params.Real("most", 0, kNonNegative, "importance is cut here; 0: nowhere")),
        beta_(params.Real("beta", 1, kPositive,
                          "scores are multiplied by it where importance is found")) {}

  const Objective* objective() const override { return beta_ == 1 ? nullptr : &objective_; }

  StepReport Step(Learner& learner, const Batch& batch, const Progress& progress) override {
    std::vector<Update> scaled;
    if (beta_ != 1) scaled = LearnScaled(batch, progress);
    const StepReport report = learner.Learn(batch, progress);
    std::vector<Taken> taken;
    std::size_t part = 0;
    for (const Update* update : learner.updates())
      Remember(scaled.empty() ? *update : scaled[part++], taken);
    AddPenalty();
    learner.Commit(progress);
    Follow(taken);
    return report;
  }

  void Visit(StateVisitor& visitor) override {
    PenaltyStrategy::Visit(visitor);
    for (auto& [prefix, tensors] : {std::pair("path", &path_), std::pair("start", &start_)}) {
      ScopedVisitor scoped(visitor, prefix);
      VisitTensors(scoped, "names", *tensors);
    }
  }

 protected:
  NamedTensors Importance(const Experience&) override {
    NamedTensors found;
    for (const auto& [name, path] : path_) {
      const at::Tensor change = parameters().at(name).detach() - start_.at(name);
      found[name] = PathImportance(path, change, xi_, most_);
    }
    path_.clear();
    start_.clear();
    return found;
  }
  double factor() const override { return 2; }

 private:
  struct Taken {
    at::Tensor parameter, gradient, before;
  };

  // What Learn finds with scores times beta; what learning moved is put back.
  std::vector<Update> LearnScaled(const Batch& batch, const Progress& progress) {
    const Snapshot before = StateOf(learner());
    objective_.beta = beta_;
    learner().Learn(batch, progress);
    objective_.beta = 1;
    const std::vector<Update> found = {learner().rule().update(), learner().readout().update()};
    PutBack(learner(), before);
    return found;
  }

  static void Remember(const Update& update, std::vector<Taken>& taken) {
    for (std::size_t i = 0; i < update.parameters.size(); ++i) {
      taken.push_back({.parameter = update.parameters[i],
                       .gradient = update.directions[i],
                       .before = update.parameters[i].detach().clone()});
    }
  }

  void Follow(const std::vector<Taken>& taken) {
    const at::NoGradGuard no_gradients;
    for (const Taken& step : taken) {
      const std::string& name = parameters().NameOf(step.parameter);
      at::Tensor& path = path_[name];
      if (!path.defined()) {
        path = at::zeros_like(step.before);
        start_[name] = step.before;
      }
      AddToPath(path, step.gradient, step.before, step.parameter.detach());
    }
  }

  double xi_;
  double most_;
  double beta_;
  ScaledObjective objective_;
  NamedTensors path_, start_;  // of the experience in work, by the parameter's name
};
PLASTICITY_REGISTER(Strategy, SynapticIntelligence);

}  // namespace
}  // namespace plasticity
