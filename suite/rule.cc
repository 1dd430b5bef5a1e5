#include "suite/rule.h"

namespace plasticity {

std::string LocalityName(Locality locality) {
  switch (locality) {
    case Locality::kNone:
      return "none";
    case Locality::kLocal:
      return "local";
    case Locality::kLayer:
      return "layer";
    case Locality::kGlobal:
      return "global";
  }
  return "";
}

Rule::Rule(Params& params, std::int64_t batch_size)
    : batch_size_(params.Integer("batch_size", batch_size, Range{.min = 1},
                                 "images a learning step", "images")) {}

template <>
Registry<Rule>& Registry<Rule>::Get() {
  static Registry<Rule> registry;
  return registry;
}

}  // namespace plasticity
