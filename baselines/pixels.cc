// The readout on raw pixels: no network at all.
#include <ATen/ATen.h>

#include "suite/rule.h"

namespace plasticity {
namespace {

class Pixels final : public Rule {
 public:
  static RuleInfo Describe() {
    return {.name = "pixels",
            .summary = "The readout on raw pixels, without a network",
            .formula = "features = image",
            .source = "a floor",
            .citation = "",
            .locality = Locality::kNone,
            .descent = Descent::kNone,
            .is_baseline = true,
            .role = "floor"};
  }

  explicit Pixels(Params& params) : Rule(params, 128) {}

  StepReport Learn(const Batch& batch, const Progress&) override {
    return {.features = Features(batch.images)};
  }
  void Commit(const Progress&) override {}
  at::Tensor Encode(const at::Tensor& images) override { return images; }
  at::Tensor Features(const at::Tensor& images) override { return images.flatten(1); }
  std::int64_t FeatureCount(std::int64_t image_size) const override { return image_size; }
  double learn_flops() const override { return 0; }
};
PLASTICITY_REGISTER(Rule, Pixels);

}  // namespace
}  // namespace plasticity
