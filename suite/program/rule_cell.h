#pragma once

#include <cstdint>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "suite/network.h"
#include "suite/rule.h"
#include "suite/state.h"

namespace plasticity {

/// Images that have something to learn: noisy gratings, one orientation a class, with contrast,
/// phase and colour drawn for each image; about zero mean and unit deviation.
Batch Gratings(std::uint64_t seed, std::int64_t count, std::int64_t side = 8,
               std::int64_t classes = 4);

/// Two convolutional blocks, for 3 x 8 x 8 images and larger ones.
nlohmann::json TinyConvolutions();

/// Two dense blocks, for images of any size.
nlohmann::json TinyDense();

/// A small network with a rule attached, ready to learn: what the conformance checks and the tests
/// of rules work on.
class RuleCell {
 public:
  /// A network for 3 x 8 x 8 images of 4 classes, such as Gratings gives.
  RuleCell(const std::string& rule, const nlohmann::json& spec, std::uint64_t seed,
           const nlohmann::json& params = nlohmann::json::object(), at::Device device = at::kCPU);
  RuleCell(std::unique_ptr<Rule> rule, const nlohmann::json& spec, std::uint64_t seed,
           const Shape& image, std::int64_t classes, at::Device device = at::kCPU);
  RuleCell(const RuleCell&) = delete;  // the rule knows where the network is
  RuleCell& operator=(const RuleCell&) = delete;

  /// Steps `from` to `to` of `steps`, each on a batch of gratings of its own. With `labelled` false
  /// the rule gets no labels.
  StepReport Train(std::int64_t from, std::int64_t to, std::int64_t steps, bool labelled,
                   std::int64_t label_shift = 0);

  void Visit(StateVisitor& visitor);
  Snapshot Save();

  Network& network() { return network_; }
  Rule& rule() { return *rule_; }

 private:
  Network network_;
  std::unique_ptr<Rule> rule_;
};

}  // namespace plasticity
