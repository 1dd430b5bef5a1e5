// What every registered rule must keep, baselines included. A new rule is covered without a line
// written.
#include <ATen/ATen.h>

#include <catch2/catch.hpp>
#include <cmath>
#include <cstdlib>
#include <filesystem>

#include "suite/base/error.h"
#include "tests/rules/cells.h"

namespace plasticity {
namespace {

using testing::Gratings;
using testing::RuleCell;

bool Equal(const Snapshot& a, const Snapshot& b) {
  if (a.tensors.size() != b.tensors.size() || a.values != b.values) return false;
  for (const auto& [name, tensor] : a.tensors) {
    const auto found = b.tensors.find(name);
    if (found == b.tensors.end() || !at::equal(tensor, found->second)) return false;
  }
  return true;
}

bool Finite(const Snapshot& snapshot) {
  for (const auto& [name, tensor] : snapshot.tensors) {
    if (!at::isfinite(tensor).all().item<bool>()) return false;
  }
  return true;
}

/// The part of a snapshot whose names start with `prefix`.
Snapshot Part(const Snapshot& whole, const std::string& prefix) {
  Snapshot part;
  for (const auto& [name, tensor] : whole.tensors) {
    if (name.rfind(prefix, 0) == 0) part.tensors[name] = tensor;
  }
  return part;
}

/// The plastic weights alone, without the running statistics that any forward pass updates.
std::vector<at::Tensor> Weights(RuleCell& cell) {
  std::vector<at::Tensor> weights;
  for (Block& block : cell.network().blocks())
    weights.push_back(block.layer.weight.detach().clone());
  return weights;
}

// Runs `check(rule's info, network's specification)` for every rule on every network.
template <typename Check>
void ForEveryRule(const Check& check) {
  Registry<Rule>::Get().Check();
  for (const nlohmann::json& spec : {testing::TinyConvolutions(), testing::TinyDense()}) {
    for (const auto& [name, entry] : Registry<Rule>::Get().entries()) {
      const std::string network = spec.at("name");
      DYNAMIC_SECTION(name << " on " << network) { check(entry.info, spec); }
    }
  }
}

TEST_CASE("a rule says what it is") {
  for (const auto& [name, entry] : Registry<Rule>::Get().entries()) {
    CAPTURE(name);
    CHECK(entry.info.name == name);
    CHECK_FALSE(entry.info.summary.empty());
    CHECK_FALSE(entry.info.formula.empty());
    CHECK_FALSE(entry.info.source.empty());
    CHECK((entry.info.is_baseline || !entry.info.citation.empty()));
    CHECK((entry.info.locality == Locality::kNone) !=
          (Registry<Rule>::Get().Parameters(name).size() > 1));
    for (const ParamInfo& param : Registry<Rule>::Get().Parameters(name)) {
      CAPTURE(param.name);
      CHECK_FALSE(param.doc.empty());
      CHECK_FALSE(param.range.empty());
      CHECK_FALSE(param.default_value.is_null());
    }
  }
}

TEST_CASE("a rule is made from its defaults, and its resolved parameters make it again") {
  for (const std::string& name : Registry<Rule>::Get().Names()) {
    CAPTURE(name);
    nlohmann::json resolved, again;
    CHECK(Registry<Rule>::Get().Make(name, {}, &resolved) != nullptr);
    CHECK(Registry<Rule>::Get().Make(name, resolved, &again) != nullptr);
    CHECK(resolved == again);
    CHECK(resolved.size() == Registry<Rule>::Get().Parameters(name).size());
  }
}

TEST_CASE("a rule refuses unknown and impossible parameters") {
  for (const std::string& name : Registry<Rule>::Get().Names()) {
    CAPTURE(name);
    const auto make = [&](const std::string& param, const nlohmann::json& value) {
      return Registry<Rule>::Get().Make(name, {{param, value}});
    };
    CHECK_THROWS_AS(make("no_such_parameter", 1), InputError);
    CHECK_THROWS_AS(make("batch_size", 0), InputError);
    for (const ParamInfo& param : Registry<Rule>::Get().Parameters(name)) {
      CAPTURE(param.name);
      CHECK_THROWS_AS(make(param.name, nlohmann::json::object()), InputError);
      CHECK_THROWS_AS(make(param.name, "no such value"), InputError);
      if (param.default_value.is_number()) CHECK_THROWS_AS(make(param.name, -1e9), InputError);
    }
    // One letter too many: the message names the parameter that was meant.
    for (const ParamInfo& param : Registry<Rule>::Get().Parameters(name)) {
      CHECK_THROWS_WITH(make(param.name + "s", 1), Catch::Contains(param.name + " ("));
    }
  }
}

TEST_CASE("the same seed gives the same weights, another seed others") {
  ForEveryRule([](const RuleInfo& info, const nlohmann::json& spec) {
    RuleCell first(info.name, spec, 7), again(info.name, spec, 7), other(info.name, spec, 8);
    for (RuleCell* cell : {&first, &again, &other}) cell->Train(0, 5, 5, info.needs_labels);
    CHECK(Equal(first.Save(), again.Save()));
    CHECK_FALSE(at::equal(Weights(first)[0], Weights(other)[0]));
    CHECK_FALSE(at::equal(Weights(first)[1], Weights(other)[1]));
  });
}

TEST_CASE("weights stay finite, and change exactly when the rule says that it learns") {
  ForEveryRule([](const RuleInfo& info, const nlohmann::json& spec) {
    RuleCell cell(info.name, spec, 3);
    const std::vector<at::Tensor> before = Weights(cell);
    const StepReport report = cell.Train(0, 20, 20, info.needs_labels);
    CHECK(Finite(cell.Save()));
    const std::vector<at::Tensor> after = Weights(cell);
    for (std::size_t i = 0; i < before.size(); ++i) {
      CHECK(at::equal(before[i], after[i]) == (info.locality == Locality::kNone));
    }
    REQUIRE(report.features.defined());
    CHECK_FALSE(report.features.requires_grad());
    CHECK(at::isfinite(report.features).all().item<bool>());
    if (report.loss.defined()) {
      CHECK(report.loss.numel() == 1);
      CHECK_FALSE(report.loss.requires_grad());
    }
  });
}

TEST_CASE("a rule's features have the promised size and follow from its state") {
  ForEveryRule([](const RuleInfo& info, const nlohmann::json& spec) {
    RuleCell cell(info.name, spec, 3);
    cell.Train(0, 2, 2, info.needs_labels);
    const at::Tensor images = Gratings(1, 6).images;
    const Snapshot before = cell.Save();
    const at::Tensor features = cell.rule().Features(images);
    CHECK(features.sizes() == at::IntArrayRef({6, cell.rule().FeatureCount(3 * 8 * 8)}));
    CHECK_FALSE(features.requires_grad());
    CHECK(at::equal(features, cell.rule().Features(images)));
    CHECK(Equal(before, cell.Save()));  // looking changes nothing
    // One image's features do not depend on the others that are asked for with it.
    CHECK(at::allclose(features.slice(0, 2, 3), cell.rule().Features(images.slice(0, 2, 3)), 1e-4,
                       1e-5));
    CHECK(cell.rule().learn_flops() >= 0);
    CHECK(std::isfinite(cell.rule().learn_flops()));
  });
}

TEST_CASE("a stopped run goes on bit for bit from its checkpoint") {
  std::string folder =
      (std::filesystem::temp_directory_path() / "plasticity-contract-XXXXXX").string();
  REQUIRE(::mkdtemp(folder.data()) != nullptr);
  ForEveryRule([&](const RuleInfo& info, const nlohmann::json& spec) {
    const std::filesystem::path file = std::filesystem::path(folder) / "checkpoint";
    RuleCell unbroken(info.name, spec, 5);
    unbroken.Train(0, 10, 10, info.needs_labels);
    {
      RuleCell stopped(info.name, spec, 5);
      stopped.Train(0, 5, 10, info.needs_labels);
      WriteSnapshot(file, stopped.Save());
    }
    RuleCell resumed(info.name, spec, 5);
    const Snapshot snapshot = ReadSnapshot(file);
    StateLoader loader(snapshot);
    resumed.Visit(loader);
    resumed.Train(5, 10, 10, info.needs_labels);
    CHECK(Equal(unbroken.Save(), resumed.Save()));
    const at::Tensor images = Gratings(1, 6).images;  // state that only looking would need
    CHECK(at::equal(unbroken.rule().Features(images), resumed.rule().Features(images)));
  });
  std::filesystem::remove_all(folder);
}

TEST_CASE("labels matter exactly to the rules that say so") {
  ForEveryRule([](const RuleInfo& info, const nlohmann::json& spec) {
    RuleCell labelled(info.name, spec, 5), other_labels(info.name, spec, 5);
    labelled.Train(0, 3, 3, true);
    other_labels.Train(0, 3, 3, true, 1);
    CHECK(Equal(labelled.Save(), other_labels.Save()) == !info.needs_labels);
    if (info.needs_labels) return;
    RuleCell unlabelled(info.name, spec, 5);
    unlabelled.Train(0, 3, 3, false);
    CHECK(Equal(labelled.Save(), unlabelled.Save()));
  });
}

TEST_CASE("a block learns from later blocks exactly under global rules") {
  ForEveryRule([](const RuleInfo& info, const nlohmann::json& spec) {
    RuleCell plain(info.name, spec, 5), altered(info.name, spec, 5);
    for (const at::Tensor& parameter : altered.network().blocks()[1].Parameters()) {
      parameter.detach().mul_(-1.5).add_(0.1);
    }
    altered.network().head().weight.detach().mul_(-1.5);
    plain.Train(0, 1, 1, info.needs_labels);
    altered.Train(0, 1, 1, info.needs_labels);
    const std::string first = "network.block1.";
    REQUIRE_FALSE(Part(plain.Save(), first).tensors.empty());
    CHECK(Equal(Part(plain.Save(), first), Part(altered.Save(), first)) ==
          (info.locality != Locality::kGlobal));
  });
}

TEST_CASE("gradients are left to the rules that use them") {
  ForEveryRule([](const RuleInfo& info, const nlohmann::json& spec) {
    if (info.locality != Locality::kLocal && info.locality != Locality::kNone) return;
    RuleCell cell(info.name, spec, 5);
    cell.Train(0, 2, 2, info.needs_labels);
    for (const Block& block : cell.network().blocks()) {
      for (const at::Tensor& parameter : block.Parameters())
        CHECK_FALSE(parameter.grad().defined());
      CHECK_FALSE(block.layer.weight.requires_grad());
    }
  });
}

}  // namespace
}  // namespace plasticity
