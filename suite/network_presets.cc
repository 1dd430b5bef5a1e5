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

// FastHebb's CIFAR network (its code's model_6l.py; the sixth layer is the readout, with dropout).
constexpr const char* kFastHebb6 = R"({
  "name": "fasthebb-6",
  "summary": "FastHebb's six layers for 32x32 images: four convolutions, one dense layer, and the readout",
  "input": "standardize",
  "blocks": [
    {"ops": [{"op": "conv", "out": 96, "kernel": 5, "bias": false}, {"op": "relu"},
             {"op": "max_pool", "kernel": 2}, {"op": "batch_norm"}]},
    {"ops": [{"op": "conv", "out": 128, "kernel": 3, "bias": false}, {"op": "relu"}, {"op": "batch_norm"}]},
    {"ops": [{"op": "conv", "out": 192, "kernel": 3, "bias": false}, {"op": "relu"},
             {"op": "max_pool", "kernel": 2}, {"op": "batch_norm"}]},
    {"ops": [{"op": "conv", "out": 256, "kernel": 3, "bias": false}, {"op": "relu"}, {"op": "batch_norm"}]},
    {"ops": [{"op": "flatten"}, {"op": "dense", "out": 4096, "bias": false}, {"op": "relu"}, {"op": "batch_norm"}]}
  ],
  "features": []
})";

// FastHebb's ImageNet network (its code's model_10l.py), made for 210 x 210 pixels.
constexpr const char* kFastHebb10 = R"({
  "name": "fasthebb-10",
  "summary": "FastHebb's ten layers for 210x210 images: eight convolutions, one dense layer, and the readout",
  "input": "standardize",
  "blocks": [
    {"ops": [{"op": "conv", "out": 96, "kernel": 7, "bias": false}, {"op": "relu"},
             {"op": "max_pool", "kernel": 3}, {"op": "batch_norm"}]},
    {"ops": [{"op": "conv", "out": 128, "kernel": 3, "bias": false}, {"op": "relu"}, {"op": "batch_norm"}]},
    {"ops": [{"op": "conv", "out": 192, "kernel": 3, "bias": false}, {"op": "relu"},
             {"op": "max_pool", "kernel": 2}, {"op": "batch_norm"}]},
    {"ops": [{"op": "conv", "out": 192, "kernel": 3, "bias": false}, {"op": "relu"}, {"op": "batch_norm"}]},
    {"ops": [{"op": "conv", "out": 256, "kernel": 3, "bias": false}, {"op": "relu"},
             {"op": "max_pool", "kernel": 2}, {"op": "batch_norm"}]},
    {"ops": [{"op": "conv", "out": 256, "kernel": 3, "bias": false}, {"op": "relu"}, {"op": "batch_norm"}]},
    {"ops": [{"op": "conv", "out": 384, "kernel": 3, "bias": false}, {"op": "relu"},
             {"op": "max_pool", "kernel": 2}, {"op": "batch_norm"}]},
    {"ops": [{"op": "conv", "out": 512, "kernel": 3, "bias": false}, {"op": "relu"}, {"op": "batch_norm"}]},
    {"ops": [{"op": "flatten"}, {"op": "dense", "out": 4096, "bias": false}, {"op": "relu"}, {"op": "batch_norm"}]}
  ],
  "features": []
})";

// PyTorch-Hebbian's networks (its examples/models.py, create_conv1_model and create_fc1_model).
constexpr const char* kKrotovCnn = R"({
  "name": "krotov-cnn",
  "summary": "PyTorch-Hebbian's convolution: 400 kernels of 5x5, RePU, max pooling",
  "input": "scale",
  "blocks": [
    {"ops": [{"op": "conv", "out": 400, "kernel": 5, "bias": false}, {"op": "batch_norm"},
             {"op": "repu", "power": 1}, {"op": "max_pool", "kernel": 2}]}
  ],
  "features": [{"op": "flatten"}]
})";

constexpr const char* kKrotovMlp = R"({
  "name": "krotov-mlp",
  "summary": "Krotov and Hopfield's dense layer of 2000 units with RePU",
  "input": "scale",
  "blocks": [{"ops": [{"op": "flatten"}, {"op": "dense", "out": 2000, "bias": false},
                      {"op": "batch_norm"}, {"op": "repu", "power": 1}]}],
  "features": []
})";

// Miconi's network (HebbGrad_Github.ipynb); biases are negative thresholds.
constexpr const char* kMiconiCnn = R"({
  "name": "miconi-cnn",
  "summary": "Miconi's three convolutions of 100 (5x5), 196 and 400 (3x3) channels on whitened images",
  "input": "zca",
  "blocks": [
    {"ops": [{"op": "sample_norm"}, {"op": "conv", "out": 100, "kernel": 5, "bias": true},
             {"op": "triangle"}, {"op": "avg_pool", "kernel": 2}]},
    {"ops": [{"op": "sample_norm"}, {"op": "conv", "out": 196, "kernel": 3, "bias": true},
             {"op": "triangle"}, {"op": "avg_pool", "kernel": 2}]},
    {"ops": [{"op": "sample_norm"}, {"op": "conv", "out": 400, "kernel": 3, "bias": true},
             {"op": "triangle"}, {"op": "avg_pool", "kernel": 2}]}
  ],
  "features": [{"op": "flatten"}]
})";

const std::map<std::string, nlohmann::json>& Presets() {
  static const std::map<std::string, nlohmann::json> presets = [] {
    std::map<std::string, nlohmann::json> parsed;
    for (const char* text : {kSphereCnn, kSoftHebbCnn, kMlp, kFastHebb6, kFastHebb10, kKrotovCnn,
                             kKrotovMlp, kMiconiCnn}) {
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
