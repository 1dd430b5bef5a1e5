// Data-incremental: each experience brings new images of all classes, dealt out from the seed, as
// evenly over classes as can be. Source: Lomonaco & Maltoni 2017 (arXiv 1705.03550), new instances.
#include <fmt/format.h>

#include "suite/base/error.h"
#include "tasks/scenarios/dealing.h"

namespace plasticity {
namespace {

class Instances final : public Scenario {
 public:
  static ScenarioInfo Describe() {
    return {.name = "instances",
            .version = 1,
            .summary = "the same classes, other images in each experience",
            .source = "Lomonaco & Maltoni 2017 (arXiv 1705.03550)"};
  }

  explicit Instances(Params& params)
      : Scenario(params, "domain-incremental"), experiences_(DeclareExperiences(params, 5)) {}

 protected:
  Parts Divide(const Splits& data, const Streams& streams) const override {
    Parts parts{.plan = SameClasses(data.classes(), 1)};
    const auto shares = [&](const Samples& samples) {
      const Samples dealt = Balanced(samples, samples.size(), streams.For("instances"));
      std::vector<Samples> each;
      const auto parts_of = static_cast<std::int64_t>(experiences_);
      for (std::int64_t place = 0; place < parts_of; ++place)
        each.push_back(
            Slice(dealt, dealt.size() * place / parts_of, dealt.size() * (place + 1) / parts_of));
      return each;
    };
    if (static_cast<std::int64_t>(experiences_) > data.train.size()) {
      throw InputError(fmt::format("instances: {} experiences of {} training images.", experiences_,
                                   data.train.size()));
    }
    const std::vector<Samples> train = shares(data.train), validation = shares(data.validation);
    for (std::size_t place = 0; place < experiences_; ++place)
      parts.experiences.push_back(
          {.train = train[place], .validation = validation[place], .test = data.test});
    return parts;
  }

 private:
  std::size_t experiences_;
};
PLASTICITY_REGISTER(Scenario, Instances);

}  // namespace
}  // namespace plasticity
