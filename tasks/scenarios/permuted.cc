// Each experience shuffles the pixels of all images in one way of its own, the same for every
// colour. Source: Goodfellow et al. 2013 (arXiv 1312.6211), permuted MNIST; as in most codes the
// first experience is shuffled too.
#include "tasks/changes/geometry.h"
#include "tasks/scenarios/changed.h"

namespace plasticity {
namespace {

class Permuted final : public ChangedScenario {
 public:
  static ScenarioInfo Describe() {
    return {.name = "permuted",
            .version = 1,
            .summary = "the same classes, pixels shuffled in another way in each experience",
            .source = "Goodfellow et al. 2013 (arXiv 1312.6211)"};
  }

  explicit Permuted(Params& params)
      : ChangedScenario(params, "domain-incremental"),
        experiences_(DeclareExperiences(params, 10)) {}

 protected:
  std::size_t experiences() const override { return experiences_; }
  std::shared_ptr<const ImageChange> Change(std::size_t place, const ImageShape& shape,
                                            const Streams& streams) const override {
    return std::make_shared<PermutedPixels>(
        streams.For("permutation", place).Permutation(std::int64_t{shape.height} * shape.width));
  }

 private:
  std::size_t experiences_;
};
PLASTICITY_REGISTER(Scenario, Permuted);

}  // namespace
}  // namespace plasticity
