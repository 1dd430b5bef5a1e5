// Frozen random weights: what the architecture gives without learning. Batches pass through in
// training mode, so that batch normalisation knows the data's statistics, as it does under every
// rule; nothing else changes. Running statistics forget all but the last batches (0.9^300 is far
// below float32's resolution), so only those are passed through.
#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include "suite/rule.h"

namespace plasticity {
namespace {

class Random final : public Rule {
 public:
  static RuleInfo Describe() {
    return {
        .name = "random",
        .summary = "Frozen random features",
        .formula = "dW = 0",
        .source =
            "a floor; see Saxe et al. 2011, On random weights and unsupervised feature learning",
        .citation = "saxe2011random",
        .locality = Locality::kNone,
        .descent = Descent::kNone,
        .is_baseline = true,
        .role = "floor"};
  }

  explicit Random(Params& params) : Rule(params, 128) {}

  StepReport Learn(const Batch& batch, const Progress& progress) override {
    constexpr std::int64_t kRemembered = 300;  // batches
    if (!batch.features_wanted && progress.steps - progress.step > kRemembered)
      return {.looked = false};
    const at::NoGradGuard no_gradients;
    at::Tensor x = batch.images;
    for (Block& block : network().blocks()) x = block.Forward(x, true);
    return {.features = network().Readable(x)};
  }
  void Commit(const Progress&) override {}
};
PLASTICITY_REGISTER(Rule, Random);

}  // namespace
}  // namespace plasticity
