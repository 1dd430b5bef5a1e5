#include <filesystem>
#include <map>

#include "suite/base/error.h"
#include "suite/base/files.h"
#include "suite/base/text.h"
#include "suite/network.h"

namespace plasticity {
namespace {

// SPHeRe's network (its main.py): three blocks, a parameter-free skip over the third.
constexpr const char* kSphereCnn = R"({
  "name": "sphere-cnn",
  "summary": "SPHeRe's network: three 3x3 convolutions of 384, 768 and 1536 channels, the third with a skip",
  "input": "standardize",
  "blocks": [
    {"ops": [{"op": "conv", "out": 384, "kernel": 3, "padding": 1, "bias": true},
             {"op": "batch_norm"}, {"op": "leaky_relu", "slope": 0.2},
             {"op": "max_pool", "kernel": 4, "stride": 2, "padding": 1}]},
    {"ops": [{"op": "conv", "out": 768, "kernel": 3, "padding": 1, "bias": true},
             {"op": "batch_norm"}, {"op": "leaky_relu", "slope": 0.2},
             {"op": "max_pool", "kernel": 4, "stride": 2, "padding": 1}]},
    {"ops": [{"op": "conv", "out": 1536, "kernel": 3, "padding": 1, "bias": true},
             {"op": "batch_norm"}, {"op": "leaky_relu", "slope": 0.2},
             {"op": "max_pool", "kernel": 4, "stride": 2, "padding": 1}], "residual": true}
  ],
  "features": [{"op": "adaptive_avg_pool", "size": 4}, {"op": "flatten"}]
})";

// SoftHebb's CIFAR network (preset 4SoftHebbCnnCIFAR and demo.py).
constexpr const char* kSoftHebbCnn = R"({
  "name": "softhebb-cnn",
  "summary": "SoftHebb's CIFAR network: convolutions of 96 (5x5), 384 and 1536 (3x3) channels, triangle activations",
  "input": "scale",
  "blocks": [
    {"ops": [{"op": "batch_norm", "affine": false},
             {"op": "conv", "out": 96, "kernel": 5, "padding": 2, "reflect": true, "bias": false},
             {"op": "triangle", "power": 0.7}, {"op": "max_pool", "kernel": 4, "stride": 2, "padding": 1}]},
    {"ops": [{"op": "batch_norm", "affine": false},
             {"op": "conv", "out": 384, "kernel": 3, "padding": 1, "reflect": true, "bias": false},
             {"op": "triangle", "power": 1.4}, {"op": "max_pool", "kernel": 4, "stride": 2, "padding": 1}]},
    {"ops": [{"op": "batch_norm", "affine": false},
             {"op": "conv", "out": 1536, "kernel": 3, "padding": 1, "reflect": true, "bias": false},
             {"op": "triangle", "power": 1.0}, {"op": "avg_pool", "kernel": 2, "stride": 2}]}
  ],
  "features": [{"op": "flatten"}]
})";

constexpr const char* kMlp = R"({
  "name": "mlp",
  "summary": "Three dense layers of 2048, 1024 and 512 units with ReLU",
  "input": "standardize",
  "blocks": [
    {"ops": [{"op": "flatten"}, {"op": "dense", "out": 2048, "bias": true}, {"op": "batch_norm"}, {"op": "relu"}]},
    {"ops": [{"op": "dense", "out": 1024, "bias": true}, {"op": "batch_norm"}, {"op": "relu"}]},
    {"ops": [{"op": "dense", "out": 512, "bias": true}, {"op": "batch_norm"}, {"op": "relu"}]}
  ],
  "features": []
})";

const std::map<std::string, nlohmann::json>& Presets() {
  static const std::map<std::string, nlohmann::json> presets = [] {
    std::map<std::string, nlohmann::json> parsed;
    for (const char* text : {kSphereCnn, kSoftHebbCnn, kMlp}) {
      nlohmann::json spec = nlohmann::json::parse(text);
      spec["width"] = 1.0;
      const std::string name = spec.at("name");
      parsed[name] = std::move(spec);
    }
    return parsed;
  }();
  return presets;
}

}  // namespace

std::vector<std::string> NetworkPresets() {
  std::vector<std::string> names;
  for (const auto& [name, spec] : Presets()) names.push_back(name);
  return names;
}

nlohmann::json NetworkSpec(const std::string& name) {
  const auto preset = Presets().find(name);
  if (preset != Presets().end()) return preset->second;
  if (name.find(".json") == std::string::npos) {
    throw InputError("no network named '" + name + "'." + NearestHint(name, NetworkPresets()) +
                     " `plasticity list networks` shows all; a path of a JSON file works too.");
  }
  nlohmann::json spec = nlohmann::json::parse(ReadFile(name), nullptr, false);
  if (!spec.is_object()) throw InputError(name + " is not a JSON object that describes a network.");
  if (!spec.contains("name")) spec["name"] = std::filesystem::path(name).stem().string();
  if (!spec.contains("width")) spec["width"] = 1.0;
  return spec;
}

}  // namespace plasticity
