// Every registered rule keeps every law of suite/program/conformance.h, baselines included: a new
// rule is covered without a line written. And the laws notice rules that do not; what is said of
// them: planted_lies_test.cc.
#include "suite/program/conformance.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <catch2/catch.hpp>

#include "suite/base/error.h"
#include "suite/base/image_source.h"
#include "suite/hebbian_rule.h"
#include "tests/rules/cells.h"

namespace plasticity {
namespace {

using Verdict = Finding::Verdict;

// tests/gpu has this one.
const std::string kNeedsGpu = "cuda";
const std::string kNeedsData = "real-images";

bool HaveRealImages() { return HaveDataset("fashion-mnist") || HaveDataset("cifar10"); }

// All laws but those that need more than this program.
std::vector<std::string> LawsWithoutData() {
  std::vector<std::string> names;
  for (const Law& law : Laws())
    if (law.name != kNeedsGpu && law.name != kNeedsData) names.push_back(law.name);
  return names;
}

// In this process: what crashes here is ours.
void CheckEveryRule(const std::vector<std::string>& laws) {
  Registry<Rule>::Get().Check();
  for (const std::string& rule : Registry<Rule>::Get().Names()) {
    DYNAMIC_SECTION(rule) {
      CheckRule(Registry<Rule>::Get(), rule, {.laws = laws, .in_children = false},
                [](const Law& law, const Finding& finding) {
                  CAPTURE(law.name, finding.network, finding.message);
                  CHECK(finding.verdict != Verdict::kFailed);
                });
    }
  }
}

TEST_CASE("every rule keeps what every rule must") { CheckEveryRule(LawsWithoutData()); }

TEST_CASE("every rule keeps what every rule must on real images", "[data]") {
  if (!HaveRealImages()) {
    WARN("skipped: no data");
    return;
  }
  CheckEveryRule({kNeedsData});
}

// A rule that keeps every promise, and breaks one at a time when told to.
class Suspect : public HebbianRule {
 public:
  static RuleInfo Describe() {
    return {.name = "suspect",
            .summary = "Oja's rule, with a flaw",
            .formula = "dW = A^T X - R W",
            .source = "a test",
            .citation = "test",
            // unit_norm so that huge images do no harm
            .defaults = {{"learning_rate", 0.001}, {"constraint", "unit_norm"}}};
  }

  Suspect(Params& params, std::string flaw)
      : HebbianRule(params, 12), flaw_(std::move(flaw)), rate_(Rate(params)) {}

  void Attach(Network& network) override {
    if (flaw_ == "picky" && !network.blocks()[0].layer.convolutional)
      throw InputError("suspect: convolutions only.");
    if (flaw_ == "refusing") throw InputError("suspect: no network will do.");
    HebbianRule::Attach(network);
  }

  Plasticity Respond(const Activity& activity) const override {
    const at::Tensor& y = activity.pre_activation;  // [n, out]
    if (flaw_ == "divides") return {.post = y / y.abs().amax(), .decay = {}};
    return {.post = y, .decay = y.square().sum(0)};
  }

  StepReport Learn(const Batch& batch, const Progress& progress) override {
    ++steps_;
    labels_ = batch.labels;
    if (flaw_ == "frozen") return {.features = Features(batch.images)};
    StepReport report = HebbianRule::Learn(batch, progress);
    at::Tensor last = network().blocks()[1].layer.weight.detach();
    if (flaw_ == "hasty") last.add_(1e-3);
    if (flaw_ == "invents a loss") report.loss = last.square().sum();
    return report;
  }

  void Commit(const Progress& progress) override {
    const at::NoGradGuard no_gradients;
    at::Tensor& first = network().blocks()[0].layer.weight;
    if (flaw_ == "frozen") return;
    if (flaw_ == "global") first.add_(network().head().weight.mean() * 1e-3);
    if (flaw_ == "head") network().head().weight.mul_(0.9);
    if (flaw_ == "labels" && labels_.defined()) first.add_(labels_.to(at::kFloat).mean() * 1e-3);
    if (flaw_ == "gradients") first.requires_grad_();
    if (flaw_ == "unseeded") first.add_(at::rand_like(first) * 1e-3);
    if (flaw_ == "forgetful" && steps_ > 5) first.mul_(0.9);
    if (flaw_ == "contrary") {
      for (at::Tensor& direction : update().directions) direction = -direction;
    }
    HebbianRule::Commit(progress);
  }

  at::Tensor Features(const at::Tensor& images) override {
    if (flaw_ == "stateful") network().blocks()[0].layer.weight.detach().mul_(0.99);
    const at::Tensor features = HebbianRule::Features(images);
    if (flaw_ == "short") return features.slice(1, 1);
    if (flaw_ == "mixing") return features - features.mean(0);
    if (flaw_ == "constant") return features * 0;
    return features;
  }

 private:
  double Rate(Params& params) const {
    try {
      return params.Real("rate", 0.5, kUnitInterval, flaw_ == "undocumented" ? "" : "nothing");
    } catch (const InputError&) {
      if (flaw_ != "unchecked") throw;
      return 0.5;
    }
  }

  std::string flaw_;
  double rate_;
  int steps_ = 0;      // not visited: only the forgetful one needs it
  at::Tensor labels_;  // of the step
};

// Which laws a suspect with this flaw fails; of `only` one, where it is named.
std::vector<std::string> Failed(const std::string& flaw, const RuleInfo& info = Suspect::Describe(),
                                const std::string& only = "") {
  Registry<Rule> registry;
  registry.Add({info, [flaw](Params& params) -> std::unique_ptr<Rule> {
                  return std::make_unique<Suspect>(params, flaw);
                }});
  std::vector<std::string> failed;
  std::vector<std::string> laws = {only};
  if (only.empty()) laws = LawsWithoutData();
  CheckRule(registry, info.name, {.laws = laws, .in_children = false},
            [&](const Law& law, const Finding& finding) {
              if (finding.verdict != Verdict::kFailed) return;
              CHECK_FALSE(finding.message.empty());
              if (failed.empty() || failed.back() != law.name) failed.push_back(law.name);
            });
  return failed;
}

using Names = std::vector<std::string>;

TEST_CASE("a rule without a flaw fails nothing") { CHECK(Failed("") == Names{}); }

TEST_CASE("a rule that refuses some networks is checked on the others") {
  CHECK(Failed("picky") == Names{});
  CHECK(Failed("refusing") == Names{"networks"});
}

TEST_CASE("each law notices its flaw") {
  const auto [flaw, law] = GENERATE(table<std::string, std::string>({
      {"undocumented", "description"},
      {"unchecked", "refusals"},
      {"unseeded", "seed"},
      {"frozen", "learning"},
      {"head", "learning"},
      {"short", "features"},
      {"stateful", "features"},
      {"mixing", "features"},
      {"forgetful", "checkpoint"},
      {"labels", "labels"},
      {"global", "locality"},
      {"gradients", "gradients"},
      {"hasty", "descent"},
      {"contrary", "descent"},
      {"divides", "zero-input"},
  }));
  CAPTURE(flaw);
  CHECK(Failed(flaw, Suspect::Describe(), law) == Names{law});
}

TEST_CASE("features that tell nothing are no better than chance", "[data]") {
  if (!HaveRealImages()) {
    WARN("skipped: no data");
    return;
  }
  CHECK(Failed("constant", Suspect::Describe(), "real-images") == Names{"real-images"});
}

TEST_CASE("traits that are not so are noticed") {
  RuleInfo info = Suspect::Describe();
  const auto notices = [&](const std::string& law) { CHECK(Failed("", info, law) == Names{law}); };
  SECTION("labels") {
    info.needs_labels = true;
    notices("labels");
  }
  SECTION("locality global") {
    info.locality = Locality::kGlobal;
    notices("locality");
  }
  SECTION("locality none") {
    info.locality = Locality::kNone;
    notices("learning");
  }
  SECTION("descent loss, and no loss") {
    info.descent = Descent::kLoss;
    notices("descent");
  }
  SECTION("descent loss, and a loss that the direction has nothing to do with") {
    info.descent = Descent::kLoss;
    CHECK(Failed("invents a loss", info, "descent") == Names{"descent"});
  }
  SECTION("descent none") {
    info.descent = Descent::kNone;
    notices("descent");
  }
  SECTION("head") {
    info.trains_head = true;
    notices("learning");
  }
  SECTION("a default of nothing") {
    info.defaults["learning_rat"] = 0.1;
    notices("defaults");
  }
  SECTION("no citation") {
    info.citation = "";
    notices("description");
  }
}

}  // namespace
}  // namespace plasticity
