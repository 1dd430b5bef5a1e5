// The same superclasses in every experience, each time by other classes: of CIFAR-100's 20
// superclasses, experience k has the k-th class. Domain-incremental, a shift of what a label looks
// like. Source: van de Ven & Tolias 2019 (arXiv 1904.07734) for the setting; superclasses of
// Krizhevsky 2009.
#include <fmt/format.h>

#include <algorithm>

#include "suite/base/error.h"
#include "tasks/scenarios/dealing.h"

namespace plasticity {
namespace {

class Superclasses final : public Scenario {
 public:
  static ScenarioInfo Describe() {
    return {.name = "superclasses",
            .version = 1,
            .summary = "the same superclasses, by other classes of theirs in each experience",
            .source = "superclasses of Krizhevsky 2009"};
  }

  explicit Superclasses(Params& params)
      : Scenario(params, "domain-incremental"), experiences_(DeclareExperiences(params, 5)) {}

 protected:
  Parts Divide(const Splits& data, const Streams& streams) const override {
    const std::vector<std::int64_t>& group_of = Groups(data);
    const std::int64_t groups = *std::max_element(group_of.begin(), group_of.end()) + 1;
    std::vector<std::int64_t> taken(static_cast<std::size_t>(groups));
    Parts parts{.plan = {std::vector<std::int64_t>(group_of.size(), -1), group_of}};
    std::vector<std::vector<std::int64_t>> classes(experiences_);
    for (const std::int64_t label : streams.For("classes").Permutation(data.classes())) {
      const auto of = static_cast<std::size_t>(label);
      std::int64_t& place = taken[static_cast<std::size_t>(group_of[of])];
      if (place == static_cast<std::int64_t>(experiences_)) continue;
      classes[static_cast<std::size_t>(place)].push_back(label);
      parts.plan.home[of] = place++;
    }
    const std::int64_t fewest = *std::min_element(taken.begin(), taken.end());
    if (fewest < static_cast<std::int64_t>(experiences_)) {
      throw InputError(
          fmt::format("superclasses: {} experiences, and a superclass of {} has {} "
                      "classes.",
                      experiences_, data.set->name, fewest));
    }
    for (const std::vector<std::int64_t>& own : classes) {
      parts.experiences.push_back({.train = OfClasses(data.train, own),
                                   .validation = OfClasses(data.validation, own),
                                   .test = OfClasses(data.test, own)});
    }
    return parts;
  }

 private:
  static const std::vector<std::int64_t>& Groups(const Splits& data) {
    if (data.set->groupings.empty()) {
      throw InputError(fmt::format("superclasses: {} has none. cifar100 has.", data.set->name));
    }
    return data.set->groupings.begin()->second;
  }

  std::size_t experiences_;
};
PLASTICITY_REGISTER(Scenario, Superclasses);

}  // namespace
}  // namespace plasticity
