#pragma once

#include <string>

#include "suite/experience.h"
#include "suite/lab.h"
#include "suite/registry.h"
#include "suite/streams.h"

namespace plasticity {

/// What a scenario states about itself. `version` changes whenever its experiences would.
struct ScenarioInfo {
  std::string name;     ///< as a task's parameter `scenario` takes it
  int version = 1;      ///< goes up when the experiences change; part of every request
  std::string summary;  ///< one line
  std::string source;   ///< paper, and where the code differs from it
};

/// How a data set becomes a stream of experiences. It moves no pixel.
class Scenario {
 public:
  /// The kind's name.
  static constexpr const char* kKind = "scenario";
  /// What an entry says about itself.
  using Info = ScenarioInfo;

  /// Declares what every scenario has: the setting, and whether boundaries are known. `setting` is
  /// the default, such as "class-incremental".
  Scenario(Params& params, const std::string& setting);
  virtual ~Scenario() = default;

  /// The stream, for the seed of the streams. Throws InputError for data of which it cannot be
  /// made.
  Experiences Make(const Splits& data, const Streams& streams) const;

 protected:
  /// What a scenario makes: experiences with the stream's classes as labels, and how those lie.
  struct Parts {
    std::vector<Experience> experiences;  ///< train, validation and test; the rest is filled in
    ClassPlan plan;                       ///< of their classes
  };
  /// The experiences themselves.
  virtual Parts Divide(const Splits& data, const Streams& streams) const = 0;

  /// Reads how many experiences there are, 1 to 10,000.
  static std::size_t DeclareExperiences(Params& params, std::int64_t default_value);

 private:
  Increment setting_;
  bool boundaries_;
};

/// All scenarios that the program knows.
template <>
Registry<Scenario>& Registry<Scenario>::Get();

}  // namespace plasticity
