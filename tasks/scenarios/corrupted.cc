// Each experience corrupts all images in another way: a change of the world with the same classes.
// The corruptions are CIFAR-10-C's and Tiny-ImageNet-C's, in an order from the seed; the first
// experience's images are clean. Source: Hendrycks & Dietterich 2019 (arXiv 1903.12261) for the
// corruptions.
#include <fmt/format.h>

#include "suite/base/error.h"
#include "tasks/changes/corruptions.h"
#include "tasks/scenarios/changed.h"

namespace plasticity {
namespace {

class Corrupted final : public ChangedScenario {
 public:
  static ScenarioInfo Describe() {
    return {.name = "corrupted",
            .version = 1,
            .summary = "the same classes, images corrupted in another way in each experience",
            .source = "corruptions of Hendrycks & Dietterich 2019 (arXiv 1903.12261)"};
  }

  explicit Corrupted(Params& params)
      : ChangedScenario(params, "domain-incremental"),
        experiences_(DeclareExperiences(params, 5)),
        severity_(static_cast<int>(params.Integer("severity", 3, Range{.min = 1, .max = 5},
                                                  "of the corruptions, as in CIFAR-10-C"))) {}

 protected:
  std::size_t experiences() const override { return experiences_; }
  std::shared_ptr<const ImageChange> Change(std::size_t place, const ImageShape& shape,
                                            const Streams& streams) const override {
    const std::vector<std::string> names = Corruptions(shape.channels);
    if (experiences_ > names.size() + 1) {
      throw InputError(
          fmt::format("corrupted: {} experiences; clean images and {} corruptions make "
                      "{} at most.",
                      experiences_, names.size(), names.size() + 1));
    }
    if (place == 0) return nullptr;
    const auto order =
        streams.For("corruptions").Permutation(static_cast<std::int64_t>(names.size()));
    const std::string& name = names[static_cast<std::size_t>(order[place - 1])];
    return MakeChange(CorruptionOf(name, severity_, shape), streams);
  }

 private:
  std::size_t experiences_;
  int severity_;
};
PLASTICITY_REGISTER(Scenario, Corrupted);

}  // namespace
}  // namespace plasticity
