// The same images in every experience, and in each the classes' labels are shuffled anew: all that
// was learned of labels is wrong, and features may stay. Source: Elsayed & Mahmood 2024 (arXiv
// 2404.00781), label-permuted EMNIST and CIFAR-10; as there, the first experience is shuffled too.
#include "tasks/scenarios/dealing.h"

namespace plasticity {
namespace {

class LabelPermuted final : public Scenario {
 public:
  static ScenarioInfo Describe() {
    return {.name = "label-permuted",
            .version = 1,
            .summary = "the same images, the classes' labels shuffled anew in each experience",
            .source = "Elsayed & Mahmood 2024 (arXiv 2404.00781)"};
  }

  explicit LabelPermuted(Params& params)
      : Scenario(params, "domain-incremental"), experiences_(DeclareExperiences(params, 200)) {}

 protected:
  Parts Divide(const Splits& data, const Streams& streams) const override {
    Parts parts{.plan = SameClasses(data.classes(), experiences_)};
    for (std::size_t place = 0; place < experiences_; ++place) {
      const std::vector<std::int64_t> labels =
          streams.For("label-permutation", place).Permutation(data.classes());
      const auto shuffled = [&](const Samples& samples) {
        return Shifted(Relabelled(samples, labels), place, data.classes());
      };
      parts.experiences.push_back({.train = shuffled(data.train),
                                   .validation = shuffled(data.validation),
                                   .test = shuffled(data.test)});
    }
    return parts;
  }

 private:
  std::size_t experiences_;
};
PLASTICITY_REGISTER(Scenario, LabelPermuted);

}  // namespace
}  // namespace plasticity
