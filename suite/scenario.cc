#include "suite/scenario.h"

#include <algorithm>

#include "suite/base/error.h"

namespace plasticity {
namespace {

constexpr Named<Increment> kSettings[] = {{"task-incremental", Increment::kTask},
                                          {"domain-incremental", Increment::kDomain},
                                          {"class-incremental", Increment::kClass}};

}  // namespace

Scenario::Scenario(Params& params, const std::string& setting)
    : setting_(
          params.Choice("setting", setting, kSettings,
                        "what is told at a test: an image's experience, nothing where all have "
                        "the same labels, or nothing among all classes seen so far")),
      boundaries_(params.Flag("boundaries", true,
                              "whether strategies are told where experiences begin and end")) {}

std::size_t Scenario::DeclareExperiences(Params& params, std::int64_t default_value) {
  return static_cast<std::size_t>(params.Integer("experiences", default_value,
                                                 Range{.min = 1, .max = 10000},
                                                 "how many experiences the stream has"));
}

Experiences Scenario::Make(const Splits& data, const Streams& streams) const {
  Parts parts = Divide(data, streams);
  for (Experience& experience : parts.experiences) experience.boundary_known = boundaries_;
  Experiences stream = Arrange(std::move(parts.experiences), parts.plan, setting_);
  const auto has_test = [](const Experience& experience) { return experience.test.size() > 0; };
  if (std::none_of(stream.all.begin(), stream.all.end(), has_test)) return stream;  // a tuning's
  for (const Experience& experience : stream.all) {
    if (!has_test(experience)) {
      throw InputError("experience " + experience.name +
                       " has no test images, and others have. Take more of them "
                       "(task.test_images), or fewer experiences.");
    }
  }
  return stream;
}

}  // namespace plasticity
