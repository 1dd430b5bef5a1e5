#pragma once

#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <string>

#include "suite/base/result.h"

namespace plasticity {

/// A folder of its own that goes when the test ends.
class ScratchFolder {
 public:
  ScratchFolder() {
    static std::atomic<int> count = 0;
    path_ = std::filesystem::temp_directory_path() /
            ("plasticity-reports-" + std::to_string(::getpid()) + "-" + std::to_string(++count));
    std::filesystem::create_directories(path_);
  }
  ~ScratchFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;

  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

inline constexpr const char* kFingerprint =
    "8bed1e1f2c3d4a5b6c7d8e9f0011223344556677889900aabbccddeeff005996";

/// A made-up, complete result of `rule` with this seed and test accuracy.
inline Result SampleResult(const std::string& rule, int seed, double accuracy) {
  Result result;
  result.state = "ok";
  result.date = "2026-01-31T23:59:59Z";
  result.request = {{"rule", {{"name", rule}, {"params", {{"learning_rate", 0.01}}}}},
                    {"network",
                     {{"name", "sphere-cnn"},
                      {"width", 0.25},
                      {"input", "standardize"},
                      {"blocks", {{{"ops", {{{"op", "conv"}, {"out", 384}}, {{"op", "relu"}}}}}}},
                      {"features", {{{"op", "flatten"}}}}}},
                    {"task",
                     {{"name", "classification"},
                      {"version", 1},
                      {"params", {{"epochs", 1}, {"train_images", 12000}}}}},
                    {"readout", {{"name", "linear"}, {"params", {{"epochs", 10}}}}},
                    {"data", {{"name", "cifar10"}, {"version", 1}, {"fingerprint", kFingerprint}}},
                    {"seed", seed},
                    {"protocol_version", 1},
                    {"precision", "float32"},
                    {"device_type", "cpu"}};
  result.rule = {{"summary", "A rule for tests"},
                 {"citation", "nobody2026nothing"},
                 {"origin", "builtin"},
                 {"baseline", rule == "backprop" || rule == "random" || rule == "pixels"},
                 {"needs_labels", rule == "backprop"},
                 {"locality", rule == "backprop"                     ? "global"
                              : rule == "random" || rule == "pixels" ? "none"
                                                                     : "layer"},
                 {"backward", rule == "backprop"},
                 {"role", rule == "backprop"                     ? "ceiling"
                          : rule == "random" || rule == "pixels" ? "floor"
                                                                 : ""}};
  result.dataset = {{"name", "cifar10"},
                    {"origin", "re-encoded images"},
                    {"fingerprint", kFingerprint},
                    {"split_sizes", {{"train", 12000}, {"validation", 5000}, {"test", 10000}}},
                    {"classes", 10},
                    {"chance", 0.1}};
  result.selection = {{"split", "validation"}, {"metric", "accuracy.validation"}};
  result.suite = {{"version", "0.1.0"},
                  {"git", {{"commit", "19bf3da0c0ffee"}, {"dirty", false}}},
                  {"build_type", "Release"},
                  {"compiler", "GNU 12.2.0"}};
  result.env = {{"libtorch", "2.11.0"}, {"device", "cpu"},
                {"threads", 2},         {"cpu_model", "Imaginary CPU 3000"},
                {"cpu_count", 2},       {"os", "Linux"}};
  result.metrics["accuracy.test"] = {accuracy, true, "fraction", ""};
  result.metrics["loss.readout"] = {1.25, false, "nats", ""};
  result.records["accuracy.validation"] = {{"epoch"}, "fraction", {0.25, accuracy}};
  result.cost.wall_s = {{"data", 0.5}, {"learn", 30.0}, {"total", 41.5}};
  result.cost.samples_seen = rule == "random" || rule == "pixels" ? 0 : 12000;
  if (result.cost.samples_seen > 0) result.cost.images_per_s = 400.0;
  result.cost.flops_forward_per_image = 1.5e8;
  result.cost.peak_host_bytes = 612'000'000;
  result.run_id = RunId(result.request);
  return result;
}

/// SampleResult whose request `edit` has changed, with the run_id that this gives.
template <typename Edit>
Result EditedSample(const std::string& rule, int seed, double accuracy, Edit edit) {
  Result result = SampleResult(rule, seed, accuracy);
  edit(result);
  result.run_id = RunId(result.request);
  return result;
}

/// The result as version 1 wrote it.
inline nlohmann::json VersionOne(const Result& result) {
  nlohmann::json old = ToJson(result);
  old["schema_version"] = 1;
  for (nlohmann::json& metric : old["metrics"]) {
    metric.erase("definition");
    metric.erase("chance");
  }
  old["curves"] = nlohmann::json::object();
  for (const auto& [name, record] : result.records) old["curves"][name] = record.values.ToJson();
  for (const char* key : {"records", "predictions", "artifacts"}) old.erase(key);
  old["cost"]["peak_host_bytes"] = result.cost.peak_host_bytes.value_or(0);
  old["cost"].erase("state_bytes");
  return old;
}

/// SampleResult in another state: without metrics.
inline Result LostSample(const std::string& rule, int seed, const std::string& state,
                         const std::string& reason) {
  Result result = SampleResult(rule, seed, 0);
  result.state = state;
  result.reason = reason;
  result.metrics.clear();
  return result;
}

}  // namespace plasticity
