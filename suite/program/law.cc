#include "suite/program/law.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <set>

#include "suite/base/error.h"
#include "suite/base/text.h"

namespace plasticity::conformance {

void Promise(bool kept, const std::string& otherwise) {
  if (!kept) throw Broken{otherwise};
}

std::unique_ptr<Rule> Subject::Make(const nlohmann::json& given, nlohmann::json* resolved) const {
  const Doing doing("its constructor");
  try {
    return registry.Make(info.name, given, resolved);
  } catch (const InputError&) {
    throw;
  } catch (const std::exception& error) {  // the registry says whose constructor throws what
    throw RuleThrew(error.what());
  }
}

RuleCell Subject::Cell(std::uint64_t seed, at::Device device) const {
  return Cell(seed, GratingData(), AllOf(GratingData()->train), 12, device);
}

RuleCell Subject::Cell(std::uint64_t seed, const std::shared_ptr<const Dataset>& data,
                       const Samples& samples, std::int64_t batch_size, at::Device device) const {
  std::unique_ptr<Rule> rule = Make();
  try {
    return RuleCell(info, std::move(rule), network, seed, data, samples, batch_size, device);
  } catch (const InputError& error) {
    throw Skipped{fmt::format("it refuses the network: {}", error.what())};
  }
}

Batch Subject::Some(std::int64_t count) const {
  Batch batch = Gratings(1, count);
  if (!info.needs_labels) batch.labels = at::Tensor();
  return batch;
}

bool Equal(const Snapshot& a, const Snapshot& b) { return Differing(a, b).empty(); }

std::string Differing(const Snapshot& a, const Snapshot& b) {
  constexpr std::size_t kNamed = 4;
  std::set<std::string> names;
  for (const Snapshot* snapshot : {&a, &b}) {
    for (const auto& [name, tensor] : snapshot->tensors) names.insert(name);
    for (const auto& [name, value] : snapshot->values) names.insert(name);
  }
  std::vector<std::string> differ;
  for (const std::string& name : names) {
    const auto x = a.tensors.find(name), y = b.tensors.find(name);
    const auto v = a.values.find(name), w = b.values.find(name);
    const bool tensors = x != a.tensors.end() && y != b.tensors.end();
    const bool values = v != a.values.end() && w != b.values.end();
    if (tensors && at::equal(x->second, y->second)) continue;
    if (values && v->second == w->second) continue;
    differ.push_back(InWords(name));
  }
  const std::size_t more = differ.size() > kNamed ? differ.size() - kNamed : 0;
  differ.resize(differ.size() - more);
  return Join(differ, ", ") + (more > 0 ? fmt::format(" and {} more", more) : "");
}

std::string InWords(const std::string& name) {
  const std::string block = "network.block", head = "network.head.";
  if (name.rfind(block, 0) == 0) {
    const std::size_t dot = name.find('.', block.size());
    return fmt::format("block {}'s {}", name.substr(block.size(), dot - block.size()),
                       name.substr(dot + 1));
  }
  if (name.rfind(head, 0) == 0) return "the head's " + name.substr(head.size());
  return name;
}

bool Finite(const at::Tensor& tensor) { return at::isfinite(tensor).all().item<bool>(); }

std::string NotFinite(const Snapshot& snapshot) {
  for (const auto& [name, tensor] : snapshot.tensors) {
    if (!Finite(tensor)) return name;
  }
  return "";
}

Snapshot Part(const Snapshot& whole, const std::string& prefix) {
  Snapshot part;
  for (const auto& [name, tensor] : whole.tensors) {
    if (name.rfind(prefix, 0) == 0) part.tensors[name] = tensor;
  }
  return part;
}

TemporaryFolder::TemporaryFolder() {
  std::string pattern =
      (std::filesystem::temp_directory_path() / "plasticity-check-XXXXXX").string();
  if (::mkdtemp(pattern.data()) == nullptr)
    throw RunError("cannot make a folder in " + std::filesystem::temp_directory_path().string() +
                   ".");
  path_ = pattern;
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::vector<at::Tensor> Weights(RuleCell& cell) {
  std::vector<at::Tensor> weights;
  for (Block& block : cell.network().blocks())
    weights.push_back(block.layer.weight.detach().clone());
  return weights;
}

}  // namespace plasticity::conformance
