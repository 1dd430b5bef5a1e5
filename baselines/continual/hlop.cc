// Hebbian learning based orthogonal projection (HLOP): lateral units learn, by Oja's subspace rule,
// in which directions the inputs of each layer lay; later steps leave the layer's answers to them
// alone, dW becomes dW (I - M^T M). For whatever rule changes the weights, and for a readout beside
// it, whose inputs are the features. Source: Xiao et al. 2024 (arXiv 2402.11984), code
// pkuxmq/HLOP-SNN. Differs: subspaces grow at an experience's end, from images passed through the
// learned network, not during its last epoch; inputs are scaled so that the largest variance that
// the subspace leaves is 1, since step sizes fit no other; biases, gains and shifts go on learning.
#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <cmath>

#include "suite/hebbian_rule.h"
#include "suite/layer_pass.h"
#include "suite/ops/oja_subspace.h"

namespace plasticity {
namespace {

class Hlop final : public Strategy {
 public:
  static StrategyInfo Describe() {
    return {.name = "hlop",
            .summary = "steps leave alone what layers answer to earlier experiences' inputs",
            .source = "Xiao et al. 2024 (arXiv 2402.11984); code pkuxmq/HLOP-SNN",
            .citation = "xiao2024hebbian",
            .role = "",
            .needs = Descent::kOwnDirection};
  }
  explicit Hlop(Params& params)
      : share_(params.PerLayer("share", {0.05}, Range{.min = 0, .max = 1, .open_min = true},
                               "directions that each experience adds to a layer's subspace, as a "
                               "share of the layer's inputs, one a layer, the readout's last")),
        projects_(params.Choice("projects", "direction", kProjects,
                                "what is projected: the direction (as published), or the step that "
                                "an optimiser makes of it, which is the same for plain sgd")),
        images_(params.Integer("images", 2000, Range{.min = 1},
                               "images of each experience that subspaces learn from", "images")) {
    settings_.learning_rate =
        params.Real("learning_rate", 0.05, kPositive, "step size of the subspaces");
    settings_.momentum =
        params.Real("momentum", 0.9, Range{.min = 0, .max = 0.999}, "of the subspaces' steps");
    settings_.iterations =
        params.Integer("iterations", 5, Range{.min = 1}, "steps of the subspaces on each batch");
    settings_.time_steps =
        params.Integer("time_steps", 0, kNonNegative,
                       "the subspaces' units answer in so many steps up to 4, as in published "
                       "spiking networks; 0: in numbers");
  }

  void Attach(Learner& learner) override {
    Strategy::Attach(learner);
    const bool reads = learner.rule_info().trains_head || learner.readout_info().beside;
    subspaces_.assign(learner.network().blocks().size() + reads, OjaSubspace(settings_));
  }

  void Begin(const Experience& now) override { RequireBoundary(now); }

  void End(const Experience& now) override {
    constexpr std::int64_t kBatch = 32;
    const at::NoGradGuard no_gradients;
    const Samples some =
        Balanced(now.train, images_, surroundings().streams->For("hlop.images", now.place));
    std::vector<double> scales;
    for (std::int64_t start = 0; start < some.size(); start += kBatch) {
      const std::int64_t end = std::min(start + kBatch, some.size());
      const std::vector<at::Tensor> inputs =
          Inputs(surroundings().load(Slice(some, start, end)).images);
      if (start == 0) scales = Grow(inputs, now.place);
      for (std::size_t i = 0; i < inputs.size(); ++i)
        if (scales[i] > 0) subspaces_[i].Learn(inputs[i] * scales[i]);
    }
  }

  StepReport Step(Learner& learner, const Batch& batch, const Progress& progress) override {
    const StepReport report = learner.Learn(batch, progress);
    const at::NoGradGuard no_gradients;
    if (projects_ == Projects::kStep) {
      CommitChanged(learner, progress,
                    [this](const at::Tensor& weight, const at::Tensor&, const at::Tensor& step) {
                      return Projected(weight, step);
                    });
      return report;
    }
    for (Update* update : learner.updates())
      for (std::size_t i = 0; i < update->parameters.size(); ++i)
        update->directions[i] = Projected(update->parameters[i], update->directions[i]);
    learner.Commit(progress);
    return report;
  }

  void Visit(StateVisitor& visitor) override {
    for (std::size_t i = 0; i < subspaces_.size(); ++i) {
      ScopedVisitor layer(visitor, "layer" + std::to_string(i + 1));
      subspaces_[i].Visit(layer);
    }
  }

 private:
  enum class Projects { kDirection, kStep };
  inline static constexpr Named<Projects> kProjects[] = {{"direction", Projects::kDirection},
                                                         {"step", Projects::kStep}};

  // What each layer sees, and the readout, as rows [n, in]: of all positions of a convolution at
  // most so many, evenly.
  std::vector<at::Tensor> Inputs(const at::Tensor& images) {
    constexpr std::int64_t kRows = 1024;
    Network& network = learner().network();
    std::vector<at::Tensor> inputs;
    const std::vector<LayerPass> passes = PassThrough(network, images);
    for (std::size_t i = 0; i < passes.size(); ++i) {
      const at::Tensor rows = InputRows(network.blocks()[i].layer, passes[i].padded);
      inputs.push_back(rows.slice(0, 0, rows.size(0), (rows.size(0) + kRows - 1) / kRows));
    }
    if (subspaces_.size() > passes.size()) inputs.push_back(learner().Features(images));
    return inputs;
  }

  // Adds random orthonormal rows to each subspace; gives what inputs are to be scaled by, 0 where
  // the subspace has all directions already.
  std::vector<double> Grow(const std::vector<at::Tensor>& inputs, std::size_t place) {
    std::vector<double> scales;
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      const std::int64_t in = inputs[i].size(1);
      const auto wanted =
          static_cast<std::int64_t>(std::ceil(AtLayer(share_, i) * static_cast<double>(in)));
      const std::int64_t added = std::min(wanted, in - subspaces_[i].units());
      scales.push_back(added > 0 ? ScaleOf(subspaces_[i].Without(inputs[i])) : 0);
      if (scales.back() == 0) continue;
      at::Tensor drawn = at::empty({in, added});
      Stream draws = surroundings().streams->For("hlop.rows", place * inputs.size() + i);
      draws.FillNormal(drawn.mutable_data_ptr<float>(), static_cast<std::size_t>(drawn.numel()), 0,
                       1);
      const at::Tensor orthonormal = std::get<0>(at::linalg_qr(drawn)).t().contiguous();
      subspaces_[i].Grow(orthonormal.to(inputs[i].device()));
    }
    return scales;
  }

  // What makes the largest variance of rows [n, in] (uncentred) 1; 0 where they are 0.
  static double ScaleOf(const at::Tensor& rows) {
    constexpr std::int64_t kRows = 256;
    const at::Tensor some = rows.slice(0, 0, kRows);
    const double largest = at::linalg_svdvals(some)[0].item<double>();
    return largest > 0 ? std::sqrt(static_cast<double>(some.size(0))) / largest : 0;
  }

  // A change of a parameter without what its layer's subspace holds.
  at::Tensor Projected(const at::Tensor& parameter, const at::Tensor& change) {
    const OjaSubspace* subspace = SubspaceOf(parameter);
    if (subspace == nullptr) return change;
    return subspace->Projected(change.flatten(1)).reshape(change.sizes());
  }

  // nullptr for what is no layer's weight.
  const OjaSubspace* SubspaceOf(const at::Tensor& parameter) {
    const std::vector<Block>& blocks = learner().network().blocks();
    for (std::size_t i = 0; i < blocks.size(); ++i)
      if (parameter.is_same(blocks[i].layer.weight)) return &subspaces_[i];
    const bool reads =
        subspaces_.size() > blocks.size() && parameter.is_same(ReadingWeights(learner()).weight);
    return reads ? &subspaces_.back() : nullptr;
  }

  std::vector<double> share_;
  Projects projects_;
  std::int64_t images_;
  OjaSubspace::Settings settings_;
  std::vector<OjaSubspace> subspaces_;  // of the blocks' layers, then of the readout
};
PLASTICITY_REGISTER(Strategy, Hlop);

}  // namespace
}  // namespace plasticity
