// Each experience brings classes of its own: Split-CIFAR-10 in 5, Split-CIFAR-100 in 10, and so on.
// Source: Zenke, Poole & Ganguli 2017 (Split-MNIST); Rebuffi et al. 2017 (iCaRL,
// class-incremental); van de Ven, Tuytelaars & Tolias 2022 for the settings: in the
// domain-incremental one a label says which of its experience's classes an image is.

#include "tasks/scenarios/dealing.h"

namespace plasticity {
namespace {

class Split final : public Scenario {
 public:
  static ScenarioInfo Describe() {
    return {.name = "split",
            .version = 1,
            .summary = "each experience brings classes of its own",
            .source = "Zenke et al. 2017; van de Ven et al. 2022"};
  }

  explicit Split(Params& params)
      : Scenario(params, "class-incremental"),
        experiences_(DeclareExperiences(params, 5)),
        order_(ClassOrder::Declare(params)) {}

 protected:
  Parts Divide(const Splits& data, const Streams& streams) const override {
    const Dealt dealt = Deal(order_.Of(data, streams), experiences_, data.set->name);
    Parts parts{.plan = dealt.plan};
    for (const std::vector<std::int64_t>& classes : dealt.classes) {
      parts.experiences.push_back({.train = OfClasses(data.train, classes),
                                   .validation = OfClasses(data.validation, classes),
                                   .test = OfClasses(data.test, classes)});
    }
    return parts;
  }

 private:
  std::size_t experiences_;
  ClassOrder order_;
};
PLASTICITY_REGISTER(Scenario, Split);

}  // namespace
}  // namespace plasticity
