#include "tasks/scenarios/changed.h"

#include "tasks/scenarios/dealing.h"

namespace plasticity {

Scenario::Parts ChangedScenario::Divide(const Splits& data, const Streams& streams) const {
  Parts parts{.plan = SameClasses(data.classes(), experiences())};
  for (std::size_t place = 0; place < experiences(); ++place) {
    const std::shared_ptr<const ImageChange> change = Change(place, data.set->shape, streams);
    const auto changed = [&](const Samples& samples) {
      const Samples shifted = Shifted(samples, place, data.classes());
      return change == nullptr ? shifted : Changed(shifted, change);
    };
    parts.experiences.push_back({.train = changed(data.train),
                                 .validation = changed(data.validation),
                                 .test = changed(data.test)});
  }
  return parts;
}

}  // namespace plasticity
