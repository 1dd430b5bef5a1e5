// What a golden case holds: see golden_test.cc.
#pragma once

#include <ATen/ATen.h>

#include <map>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>

namespace plasticity {

using nlohmann::json;
using Tensors = std::map<std::string, at::Tensor>;

// A file that does not hold a case: exit code 2, unlike a case that fails.
class Malformed : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

struct Tolerance {
  double relative = 0;
  double absolute = 0;
};

struct Case {
  std::string name;  // as the file has it
  json params;
  Tensors inputs;
  Tensors expected;
  std::map<std::string, Tolerance> tolerances;  // one for each expected tensor

  const at::Tensor& Input(const std::string& name) const {
    const auto found = inputs.find(name);
    if (found == inputs.end()) throw Malformed("no input '" + name + "'");
    return found->second;
  }
  template <typename Value>
  Value Param(const std::string& name) const {
    try {
      return params.at(name).get<Value>();
    } catch (const json::exception&) {
      throw Malformed("no parameter '" + name + "' of the right type");
    }
  }
};

inline at::Tensor Scalar(double value) { return at::scalar_tensor(value, at::kDouble); }

}  // namespace plasticity
