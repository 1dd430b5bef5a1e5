#pragma once

#include <ATen/core/Tensor.h>
#include <c10/core/Device.h>

#include <cstdint>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <string>

namespace plasticity {

/// Walks through what a cell must keep to go on where it stopped: named tensors and JSON values.
/// The same walk saves and loads, so the two cannot disagree.
class StateVisitor {
 public:
  virtual ~StateVisitor() = default;
  /// `tensor` is what is saved, and receives what is loaded: in place where it is defined, resized
  /// where it had grown, and made where it is not defined yet.
  virtual void Tensor(const std::string& name, at::Tensor& tensor) = 0;
  /// `value` is what is saved, and receives what is loaded.
  virtual void Json(const std::string& name, nlohmann::json& value) = 0;

  /// A number through Json.
  template <typename Number>
  void Value(const std::string& name, Number& number) {
    nlohmann::json value = number;
    Json(name, value);
    number = value.get<Number>();
  }
};

/// Tensors by name: what a part keeps, as long as the part lives. Handles: who changes one in place
/// changes the part's.
using NamedTensors = std::map<std::string, at::Tensor>;

/// Visits all of them.
void VisitTensors(StateVisitor& visitor, NamedTensors& tensors);
/// The same where what there is comes to be while learning: visits their names, too, as `list`.
void VisitTensors(StateVisitor& visitor, const std::string& list, NamedTensors& tensors);

/// Saved state: tensors on the CPU, and JSON values.
struct Snapshot {
  NamedTensors tensors;                          ///< by name
  std::map<std::string, nlohmann::json> values;  ///< by name

  /// Whether there is anything whose name starts with `prefix`.
  bool Has(const std::string& prefix) const;
  /// Forgets all of it.
  void Drop(const std::string& prefix);
};

/// Copies everything visited into a Snapshot.
class StateSaver final : public StateVisitor {
 public:
  /// Fills `snapshot`, which must live as long.
  explicit StateSaver(Snapshot& snapshot) : snapshot_(snapshot) {}
  void Tensor(const std::string& name, at::Tensor& tensor) override;
  void Json(const std::string& name, nlohmann::json& value) override;

 private:
  Snapshot& snapshot_;
};

/// Fills everything visited from a Snapshot; what is not made yet is made on `device`. Throws
/// RunError for a missing name, or another shape of something that is trained by gradients.
class StateLoader final : public StateVisitor {
 public:
  /// Reads `snapshot`, which must live as long.
  explicit StateLoader(const Snapshot& snapshot, at::Device device = at::kCPU)
      : snapshot_(snapshot), device_(device) {}
  void Tensor(const std::string& name, at::Tensor& tensor) override;
  void Json(const std::string& name, nlohmann::json& value) override;

 private:
  const Snapshot& snapshot_;
  at::Device device_;
};

/// Counts the bytes of all tensors visited.
class StateCounter final : public StateVisitor {
 public:
  void Tensor(const std::string& name, at::Tensor& tensor) override;
  void Json(const std::string&, nlohmann::json&) override {}
  /// So far.
  std::int64_t bytes() const { return bytes_; }

 private:
  std::int64_t bytes_ = 0;
};

/// Gathers handles of all tensors visited.
class StateCollector final : public StateVisitor {
 public:
  void Tensor(const std::string& name, at::Tensor& tensor) override {
    if (tensor.defined()) tensors[name] = tensor;
  }
  void Json(const std::string&, nlohmann::json&) override {}

  /// Where they lie, by name.
  std::map<std::string, const void*> Places() const {
    std::map<std::string, const void*> places;
    for (const auto& [name, tensor] : tensors) places[name] = tensor.const_data_ptr();
    return places;
  }

  NamedTensors tensors;  ///< what was visited, by name
};

/// Puts "prefix." before every name, so that parts can be visited without knowing where they stand.
class ScopedVisitor final : public StateVisitor {
 public:
  /// Hands on to `visitor`, with "prefix." before every name.
  ScopedVisitor(StateVisitor& visitor, const std::string& prefix)
      : visitor_(visitor), prefix_(prefix + ".") {}
  void Tensor(const std::string& name, at::Tensor& tensor) override {
    visitor_.Tensor(prefix_ + name, tensor);
  }
  void Json(const std::string& name, nlohmann::json& value) override {
    visitor_.Json(prefix_ + name, value);
  }

 private:
  StateVisitor& visitor_;
  std::string prefix_;
};

/// Writes a snapshot atomically: a line of JSON that describes the tensors, then their bytes, then
/// the digest of both.
void WriteSnapshot(const std::filesystem::path& path, const Snapshot& snapshot);

/// Reads what WriteSnapshot wrote. Throws RunError when the file is cut short, not a snapshot, or
/// no longer what its digest (SHA-256, at its end) is of.
Snapshot ReadSnapshot(const std::filesystem::path& path);

}  // namespace plasticity
