// Steps that are replayed are the steps themselves. What a GPU captures is here captured by its
// CPU twin, which keeps the work with the numbers of its time, and does it again with them.
#include "suite/engine/step_replay.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <c10/util/Exception.h>

#include <catch2/catch.hpp>

#include "suite/base/error.h"
#include "tests/suite/engine/gratings_learner.h"

namespace plasticity {
namespace {

using testing::kPerEpoch;
using testing::Learn;
using testing::NewLearner;
using testing::StateOf;

class KeptWork final : public Captured {
 public:
  explicit KeptWork(std::function<void()> work) : work_(std::move(work)) {}
  void Replay() override { work_(); }

 private:
  std::function<void()> work_;
};

std::unique_ptr<Captured> Keep(const std::function<void()>& work) {
  return std::make_unique<KeptWork>(work);
}

void CheckEqual(const Snapshot& a, const Snapshot& b) {
  CHECK(a.values == b.values);
  REQUIRE(a.tensors.size() == b.tensors.size());
  for (const auto& [name, tensor] : a.tensors) {
    CAPTURE(name);
    CHECK(at::equal(tensor, b.tensors.at(name)));
  }
}

TEST_CASE("every rule's replayed steps are its steps") {
  for (const std::string& rule : Registry<Rule>::Get().Names()) {
    CAPTURE(rule);
    const auto plain = NewLearner(rule), replayed = NewLearner(rule);
    StepReplay as_it_is(*plain, {}), replay(*replayed, Keep);
    std::vector<double> losses, replayed_losses;
    const auto keep = [](std::vector<double>& to) {
      return [&to](const StepReplay::Taken& taken) {
        for (const at::Tensor& loss : {taken.report.loss, taken.readout_loss})
          to.push_back(loss.defined() ? loss.item<double>() : 0);
      };
    };
    Learn(as_it_is, keep(losses));
    Learn(replay, keep(replayed_losses));
    CHECK(as_it_is.replayed() == 0);
    CHECK(replay.refusal().empty());
    // Steps as they are and that which is taken both ways come first in each branch.
    const auto fifth = plain->Branch({.step = 4, .steps = 24, .epochs = 2});
    const bool alike = fifth && fifth == plain->Branch({.step = 5, .steps = 24, .epochs = 2});
    CHECK((replay.replayed() > kPerEpoch / 2) == alike);
    CheckEqual(StateOf(*plain), StateOf(*replayed));
    CHECK(losses == replayed_losses);
  }
}

TEST_CASE("rules that draw, and rates that fall with every step, have no branch") {
  const Progress progress{.step = 3, .steps = 24, .epochs = 2};
  for (const std::string rule : {"barlow", "forward-forward", "dtp", "random"})
    CHECK_FALSE(NewLearner(rule)->Branch(progress));
  CHECK_FALSE(NewLearner("signsym", {{"variant", "brsf"}})->Branch(progress));
  CHECK(NewLearner("signsym", {{"variant", "usf"}})->Branch(progress));
  const auto falling = NewLearner("oja", {{"schedule", "linear"}});
  CHECK(falling->Branch(progress) != falling->Branch({.step = 4, .steps = 24, .epochs = 2}));
  // The layer whose turn it is.
  const auto turns = NewLearner("oja", {{"order", "layerwise"}});
  const auto first = turns->Branch({.step = 0, .steps = 24});
  CHECK(first == turns->Branch({.step = 11, .steps = 24}));
  CHECK(first != turns->Branch({.step = 12, .steps = 24}));
}

// What a rule may do against its word.
enum class Lie { kNone, kStepsNumber, kCounter, kMoves };

class Liar final : public Rule {
 public:
  Liar(Params& params, Lie lie) : Rule(params, 12), lie_(lie) {}
  StepReport Learn(const Batch& batch, const Progress&) override {
    return {.features = network().Readable(network().Maps(batch.images))};
  }
  void Commit(const Progress& progress) override {
    const at::NoGradGuard no_gradients;
    at::Tensor& weight = network().blocks()[0].layer.weight;
    weight.mul_(lie_ == Lie::kStepsNumber ? 1 - 0.01 * static_cast<double>(progress.step) : 0.99);
    if (lie_ == Lie::kCounter) ++counter_;
    if (lie_ == Lie::kMoves) moved_ = moved_ + 1;
  }
  std::int64_t Branch(const Progress&) const override { return 0; }
  void Visit(StateVisitor& visitor) override {
    visitor.Value("counter", counter_);
    visitor.Tensor("moved", moved_);
  }

 private:
  Lie lie_;
  std::int64_t counter_ = 0;
  at::Tensor moved_ = at::zeros({3});
};

std::unique_ptr<Learner> NewLiar(Lie lie) {
  Params params("liar");
  auto rule = std::make_unique<Liar>(params, lie);
  return NewLearner(std::move(rule), {.name = "liar", .summary = "", .formula = "", .source = ""});
}

TEST_CASE("a branch that promises too much is found out, and nothing is lost by it") {
  for (const auto& [lie, words] : std::initializer_list<std::pair<Lie, std::string>>{
           {Lie::kNone, ""},
           {Lie::kStepsNumber, "leaves another 'network.block1.weight'"},
           {Lie::kCounter, "more than what tensors hold"},
           {Lie::kMoves, "more than what tensors hold"}}) {
    CAPTURE(words);
    const auto plain = NewLiar(lie), replayed = NewLiar(lie);
    StepReplay as_it_is(*plain, {}), replay(*replayed, Keep);
    Learn(as_it_is);
    Learn(replay);
    CHECK((replay.replayed() > 0) == (lie == Lie::kNone));
    CHECK_THAT(replay.refusal(), Catch::Contains(words));
    CheckEqual(StateOf(*plain), StateOf(*replayed));
  }
}

TEST_CASE("what cannot be captured is taken as it is") {
  const auto plain = NewLearner("oja"), replayed = NewLearner("oja");
  StepReplay as_it_is(*plain, {});
  StepReplay replay(*replayed, [](const std::function<void()>&) -> std::unique_ptr<Captured> {
    TORCH_CHECK(false, "operation not permitted when stream is capturing");
  });
  Learn(as_it_is);
  Learn(replay);
  CHECK(replay.replayed() == 0);
  CHECK_THAT(replay.refusal(), Catch::Contains("not permitted when stream is capturing"));
  CheckEqual(StateOf(*plain), StateOf(*replayed));
}

}  // namespace
}  // namespace plasticity
