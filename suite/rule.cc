#include "suite/rule.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

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

std::string DescentName(Descent descent) {
  switch (descent) {
    case Descent::kNone:
      return "none";
    case Descent::kOwnDirection:
      return "own";
    case Descent::kLoss:
      return "loss";
  }
  return "";
}

Rule::Rule(Params& params, std::int64_t batch_size)
    : batch_size_(params.Integer("batch_size", batch_size, Range{.min = 1},
                                 "images a learning step", "images")) {}

at::Tensor Rule::Features(const at::Tensor& images) {
  const at::NoGradGuard no_gradients;
  return network().Readable(Encode(images));
}

template <>
Registry<Rule>& Registry<Rule>::Get() {
  static Registry<Rule> registry;
  return registry;
}

}  // namespace plasticity
