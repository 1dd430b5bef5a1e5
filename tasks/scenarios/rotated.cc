// Each experience turns all images by an angle of its own, in equal steps. Source: Lopez-Paz &
// Ranzato 2017 (arXiv 1706.08840), rotated MNIST, whose angles go up to 180 degrees.
#include "tasks/changes/geometry.h"
#include "tasks/scenarios/changed.h"

namespace plasticity {
namespace {

class Rotated final : public ChangedScenario {
 public:
  static ScenarioInfo Describe() {
    return {.name = "rotated",
            .version = 1,
            .summary = "the same classes, images turned by another angle in each experience",
            .source = "Lopez-Paz & Ranzato 2017 (arXiv 1706.08840)"};
  }

  explicit Rotated(Params& params)
      : ChangedScenario(params, "domain-incremental"),
        experiences_(DeclareExperiences(params, 10)),
        span_(params.Real("span", 180, Range{.min = 0, .max = 360},
                          "the experience after the last would be turned so far", "degrees")) {}

 protected:
  std::size_t experiences() const override { return experiences_; }
  std::shared_ptr<const ImageChange> Change(std::size_t place, const ImageShape&,
                                            const Streams&) const override {
    if (place == 0) return nullptr;
    return std::make_shared<Turned>(span_ * static_cast<double>(place) /
                                    static_cast<double>(experiences_));
  }

 private:
  std::size_t experiences_;
  double span_;
};
PLASTICITY_REGISTER(Scenario, Rotated);

}  // namespace
}  // namespace plasticity
