// Classes come one after another, but boundaries are blurred: of each experience's training images
// a share is dealt out to the others, so that no class comes at one time alone. Source: Bang et al.
// 2021 (arXiv 2103.17230), "blurry" streams; Koh et al. 2022 (i-Blurry, arXiv 2110.10031). Tests
// are those of the split scenario.
#include "tasks/scenarios/dealing.h"

namespace plasticity {
namespace {

class Blurry final : public Scenario {
 public:
  static ScenarioInfo Describe() {
    return {.name = "blurry",
            .version = 1,
            .summary = "each experience brings mostly classes of its own, and some of all others'",
            .source = "Bang et al. 2021 (arXiv 2103.17230); Koh et al. 2022 (arXiv 2110.10031)"};
  }

  explicit Blurry(Params& params)
      : Scenario(params, "class-incremental"),
        experiences_(DeclareExperiences(params, 5)),
        order_(ClassOrder::Declare(params)),
        share_(params.Real("share", 0.1, kUnitInterval,
                           "share of each experience's training images that go to the others")) {}

 protected:
  Parts Divide(const Splits& data, const Streams& streams) const override {
    const Dealt dealt = Deal(order_.Of(data, streams), experiences_, data.set->name);
    Parts parts{.plan = dealt.plan};
    std::vector<Samples> train(experiences_);
    for (std::size_t place = 0; place < experiences_; ++place) {
      const Samples own = OfClasses(data.train, dealt.classes[place]);
      const Samples mixed = Balanced(own, own.size(), streams.For("blur", place));
      const auto others = static_cast<std::int64_t>(experiences_) - 1;
      const std::int64_t away =
          others == 0 ? 0 : static_cast<std::int64_t>(share_ * static_cast<double>(own.size()));
      train[place] = Join(train[place], Slice(mixed, away, mixed.size()));
      std::int64_t other = 0;
      for (std::size_t to = 0; to < experiences_; ++to) {
        if (to == place) continue;
        train[to] =
            Join(train[to], Slice(mixed, away * other / others, away * (other + 1) / others));
        ++other;
      }
    }
    for (std::size_t place = 0; place < experiences_; ++place) {
      parts.experiences.push_back({.train = train[place],
                                   .validation = OfClasses(data.validation, dealt.classes[place]),
                                   .test = OfClasses(data.test, dealt.classes[place])});
    }
    return parts;
  }

 private:
  std::size_t experiences_;
  ClassOrder order_;
  double share_;
};
PLASTICITY_REGISTER(Scenario, Blurry);

}  // namespace
}  // namespace plasticity
