// Every registered rule has a stored trace: what 20 steps on gratings, one thread, make of two
// small networks. A change of a rule's numbers shows as a difference in its file, to be looked at.
#include <ATen/ATen.h>
#include <fmt/format.h>

#include <catch2/catch.hpp>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "suite/base/error.h"
#include "tests/rules/cells.h"

namespace plasticity {
namespace {

using nlohmann::json;

constexpr std::int64_t kSteps = 20;

std::filesystem::path File(const std::string& rule) {
  return std::filesystem::path(PLASTICITY_SOURCE_FOLDER) / "tests/rules/traces" / (rule + ".json");
}

json Rounded(double value) {
  return std::isfinite(value) ? json::parse(fmt::format("{:.5g}", value)) : json();
}

// Losses by step, and each block's weights: mean, deviation, the first three.
json Trace(const std::string& rule, const json& network) {
  testing::RuleCell cell(rule, network, 1);
  json trace = {{"loss", json::array()}, {"weights", json::array()}};
  const bool labelled = Registry<Rule>::Get().Find(rule).info.needs_labels;
  for (std::int64_t step = 1; step <= kSteps; ++step) {
    const StepReport report = cell.Train(step, kSteps, labelled);
    if (report.loss.defined()) trace["loss"].push_back(Rounded(report.loss.item<double>()));
  }
  for (const Block& block : cell.network().blocks()) {
    const at::Tensor w = block.layer.weight.detach().contiguous().flatten();
    json numbers = {Rounded(w.mean().item<double>()), Rounded(w.std().item<double>())};
    for (int i = 0; i < 3; ++i) numbers.push_back(Rounded(w[i].item<double>()));
    trace["weights"].push_back(numbers);
  }
  return trace;
}

json Traces(const std::string& rule) {
  json traces;
  for (const json& network : {testing::TinyConvolutions(), testing::TinyDense()}) {
    const std::string name = network.at("name");
    try {
      traces[name] = Trace(rule, network);
    } catch (const InputError& refusal) {
      traces[name] = {{"refused", refusal.what()}};
    }
  }
  return traces;
}

// What MKL multiplies with depends on the processor, and Adam makes of a rounding error near 0 a
// whole step: the one set of kernels that all have is asked for before the first product.
const bool same_everywhere = setenv("MKL_CBWR", "COMPATIBLE", 0) == 0;

// Processors round differently, and twenty steps let it grow a little.
bool Near(const json& stored, const json& found) {
  if (stored.is_number() && found.is_number()) {
    const double a = stored.get<double>(), b = found.get<double>();
    return std::abs(a - b) <= 2e-3 * std::max(std::abs(a), std::abs(b)) + 2e-4;
  }
  if (stored.is_structured() && stored.type() == found.type() && stored.size() == found.size()) {
    for (const auto& [key, value] : stored.items()) {
      const bool there = stored.is_array() || found.contains(key);
      const json& other = stored.is_array() ? found.at(static_cast<std::size_t>(std::stoul(key)))
                                            : (there ? found.at(key) : stored);
      if (!there || !Near(value, other)) return false;
    }
    return true;
  }
  return stored == found;
}

TEST_CASE("every rule leaves its stored trace") {
  const char* write = std::getenv("PLASTICITY_WRITE_TRACES");  // a rule's name, or "all"
  for (const std::string& rule : Registry<Rule>::Get().Names()) {
    DYNAMIC_SECTION(rule) {
      const json found = Traces(rule);
      if (write != nullptr && (rule == write || std::string(write) == "all")) {
        std::filesystem::create_directories(File(rule).parent_path());
        std::ofstream(File(rule)) << found.dump(1) << "\n";
      }
      const std::string command =
          "PLASTICITY_WRITE_TRACES=" + rule +
          " build/release/tests/rules_test \"every rule leaves its stored trace\"";
      std::ifstream file(File(rule));
      INFO((file ? "If this change is meant, look at it and store it: " : "It has none. Make it: ")
           << command);
      REQUIRE(file);
      const json stored = json::parse(file);
      CAPTURE(stored.dump(), found.dump());
      CHECK(Near(stored, found));
    }
  }
}

}  // namespace
}  // namespace plasticity
