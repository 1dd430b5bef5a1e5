#pragma once

#include <functional>
#include <memory>

#include "suite/scenario.h"

namespace plasticity {

/// A scenario whose experiences all ask for all classes of the data, of images that are changed in
/// each experience in another way.
class ChangedScenario : public Scenario {
 public:
  using Scenario::Scenario;

 protected:
  /// How many experiences there are.
  virtual std::size_t experiences() const = 0;
  /// What happens to the images of the experience at `place`; nullptr: nothing.
  virtual std::shared_ptr<const ImageChange> Change(std::size_t place, const ImageShape& shape,
                                                    const Streams& streams) const = 0;
  Parts Divide(const Splits& data, const Streams& streams) const final;
};

}  // namespace plasticity
