#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "suite/program/conformance.h"
#include "suite/program/rule_cell.h"

/// What laws are written with.
namespace plasticity::conformance {

/// Thrown by a law: the promise is broken.
struct Broken {
  std::string message;
};

/// Thrown by a law: it cannot be looked at here.
struct Skipped {
  std::string reason;
};

/// Throws Broken with `otherwise` where the promise is not kept.
void Promise(bool kept, const std::string& otherwise);

/// A rule, and the network that a law looks at it on (null for a law of the rule by itself).
struct Subject {
  const Registry<Rule>& registry;
  const RuleInfo& info;
  nlohmann::json network;

  /// The rule, made from `given`. Throws RuleThrew where its constructor throws, but InputErrors.
  std::unique_ptr<Rule> Make(const nlohmann::json& given = nlohmann::json::object(),
                             nlohmann::json* resolved = nullptr) const;

  /// A fresh cell that learns gratings. Throws Skipped where the rule refuses the network.
  RuleCell Cell(std::uint64_t seed, at::Device device = at::kCPU) const;
  RuleCell Cell(std::uint64_t seed, const std::shared_ptr<const Dataset>& data,
                const Samples& samples, std::int64_t batch_size,
                at::Device device = at::kCPU) const;

  /// Gratings as the rule may see them: without labels where it needs none.
  Batch Some(std::int64_t count) const;
};

bool Equal(const Snapshot& a, const Snapshot& b);

/// Names of what differs between two snapshots, a few at most: "block 1's weight, rule.memory".
std::string Differing(const Snapshot& a, const Snapshot& b);

/// A tensor's or value's name in words for a rule's author: "block 1's weight", "rule.memory".
std::string InWords(const std::string& name);

bool Finite(const at::Tensor& tensor);

/// The first tensor that is not finite, or "".
std::string NotFinite(const Snapshot& snapshot);

/// The part of a snapshot whose names start with `prefix`.
Snapshot Part(const Snapshot& whole, const std::string& prefix);

/// The plastic weights alone, without the running statistics that any forward pass updates.
std::vector<at::Tensor> Weights(RuleCell& cell);

/// A folder that goes when it is no longer needed, however that comes about.
class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

/// What the rule is made of and says of itself; what its steps do; what its traits claim.
std::vector<Law> MakingLaws();
std::vector<Law> LearningLaws();
std::vector<Law> TraitLaws();
std::vector<Law> InputLaws();

}  // namespace plasticity::conformance
