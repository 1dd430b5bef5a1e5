// Each experience tells two classes apart, pair after pair: of CIFAR-100's classes there are 4,950.
// No pair comes again before all others have come. Source: Dohare et al. 2024 (Nature 632:768),
// Continual ImageNet, whose pairs are drawn from 1,000 classes.
#include <fmt/format.h>

#include "suite/base/error.h"
#include "tasks/scenarios/dealing.h"

namespace plasticity {
namespace {

class ClassPairs final : public Scenario {
 public:
  static ScenarioInfo Describe() {
    return {.name = "class-pairs",
            .version = 1,
            .summary = "each experience tells two classes apart, drawn again and again",
            .source = "Dohare et al. 2024, Nature 632:768 (Continual ImageNet)"};
  }

  explicit ClassPairs(Params& params)
      : Scenario(params, "domain-incremental"), experiences_(DeclareExperiences(params, 200)) {}

 protected:
  Parts Divide(const Splits& data, const Streams& streams) const override {
    const std::vector<Pair> pairs = Pairs(data);
    Parts parts{.plan = SameClasses(2, experiences_)};
    std::vector<std::int64_t> order;
    for (std::size_t place = 0; place < experiences_; ++place) {
      const std::size_t at = place % pairs.size();
      if (at == 0)
        order = streams.For("class-pairs", place / pairs.size())
                    .Permutation(static_cast<std::int64_t>(pairs.size()));
      const auto [first, second] = pairs[static_cast<std::size_t>(order[at])];
      std::vector<std::int64_t> labels(static_cast<std::size_t>(data.classes()));
      labels[static_cast<std::size_t>(second)] = 1;
      const auto of_pair = [&, first = first, second = second](const Samples& samples) {
        return Shifted(Relabelled(OfClasses(samples, {first, second}), labels), place, 2);
      };
      parts.experiences.push_back({.train = of_pair(data.train),
                                   .validation = of_pair(data.validation),
                                   .test = of_pair(data.test)});
    }
    return parts;
  }

 private:
  using Pair = std::pair<std::int64_t, std::int64_t>;

  static std::vector<Pair> Pairs(const Splits& data) {
    if (data.classes() < 2)
      throw InputError(fmt::format("class-pairs: {} has one class, not two.", data.set->name));
    std::vector<Pair> pairs;
    for (std::int64_t second = 1; second < data.classes(); ++second)
      for (std::int64_t first = 0; first < second; ++first) pairs.emplace_back(first, second);
    return pairs;
  }

  std::size_t experiences_;
};
PLASTICITY_REGISTER(Scenario, ClassPairs);

}  // namespace
}  // namespace plasticity
