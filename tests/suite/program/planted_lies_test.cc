// What `check` says of rules that lie, crash or never end: each law with lies planted for it, each
// in a child process, as the program looks at them. PLASTICITY_WRITE_CHECK_PAGE=docs/check.md
// writes the page about them.
#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <fmt/format.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <csignal>
#include <cstdlib>
#include <fstream>

#include "suite/base/error.h"
#include "suite/base/text.h"
#include "suite/hebbian_rule.h"
#include "suite/program/conformance.h"
#include "tests/one_thread.h"

namespace plasticity {
namespace {

using Make = std::function<std::unique_ptr<Rule>(Params&)>;

RuleInfo Honest() {
  return {.name = "liar",
          .summary = "Oja's rule, with a lie",
          .formula = "dW = A^T X - R W",
          .source = "a test",
          .citation = "test",
          .defaults = {{"learning_rate", 0.001}, {"constraint", "unit_norm"}}};
}

// Oja's rule with a lie or a fault in one place.
class Liar final : public HebbianRule {
 public:
  Liar(Params& params, const std::string& lie) : HebbianRule(params, 12), lie_(lie) {
    if (lie_ == "constructor throws") throw std::runtime_error("no table for this machine");
    if (lie_ == "constructor exits") std::exit(0);
  }

  void Attach(Network& network) override {
    HebbianRule::Attach(network);
    if (lie_ == "Attach throws") throw std::out_of_range("vector::at");
  }

  Plasticity Respond(const Activity& activity) const override {
    const at::Tensor& y = activity.pre_activation;  // [n, out]
    if (lie_ == "wrong shape") return {.post = at::cat({y, y.slice(1, 0, 1)}, 1)};
    if (lie_ == "wrong type") return {.post = y.to(at::kDouble)};
    return {.post = y, .decay = y.square().sum(0)};
  }

  StepReport Learn(const Batch& batch, const Progress& progress) override {
    if (lie_ == "segfault") std::raise(SIGSEGV);
    if (lie_ == "exit") std::exit(0);
    if (lie_ == "throw 42") throw 42;
    if (lie_ == "labels") chosen_ = batch.labels.eq(0);
    if (lie_ == "lazy" && lazy_.empty()) lazy_.push_back(at::zeros({1}));
    StepReport report = HebbianRule::Learn(batch, progress);
    if (lie_ == "hasty") network().blocks()[1].layer.weight.detach().add_(1e-3);
    return report;
  }

  void Commit(const Progress& progress) override {
    const at::NoGradGuard no_gradients;
    Block& block = network().blocks()[0];
    at::Tensor& weight = block.layer.weight;
    if (lie_ == "endless") {
      for (volatile bool on = true; on;) {
      }
    }
    if (lie_ == "noise") weight.add_(at::rand_like(weight) * 1e-3);
    if (lie_ == "other noise") weight.add_(static_cast<double>(std::rand() % 1000) * 1e-6);
    if (lie_ == "nan" && progress.step == 2) weight.div_(0).sub_(weight.clone());
    if (lie_ == "head") network().head().weight.mul_(0.9);
    if (lie_ == "gradients") weight.requires_grad_();
    if (lie_ == "global") weight.add_(network().head().weight.mean() * 1e-3);
    if (lie_ == "behind") weight.add_(block.Parameters()[2].mean() * 1e-3);  // the norm's gain
    if (lie_ == "forgetful") weight.mul_(1 - 1e-3 * static_cast<double>(++steps_));
    if (lie_ == "lazy") {
      lazy_[0].add_(1);
      weight.mul_(1 - 1e-3 * lazy_[0].item<double>());
    }
    if (lie_ == "moody") weight.mul_(1 - 1e-3 * static_cast<double>(progress.step));
    if (lie_ == "contrary") {
      for (at::Tensor& direction : update().directions) direction = -direction;
    }
    HebbianRule::Commit(progress);
  }

  at::Tensor Features(const at::Tensor& images) override {
    if (lie_ == "stateful") network().blocks()[0].layer.weight.detach().mul_(0.99);
    if (lie_ == "aborts") std::abort();
    const at::Tensor features = HebbianRule::Features(images);
    return lie_ == "short" ? features.slice(1, 1) : features;
  }

  void Visit(StateVisitor& visitor) override {
    HebbianRule::Visit(visitor);
    for (std::size_t i = 0; i < lazy_.size(); ++i)
      visitor.Tensor("lazy" + std::to_string(i), lazy_[i]);
  }

 private:
  std::string lie_;
  std::int64_t steps_ = 0;
  at::Tensor chosen_;
  std::vector<at::Tensor> lazy_;
};

Make Lying(const std::string& lie) {
  return [=](Params& params) { return std::make_unique<Liar>(params, lie); };
}

// A gradient of each layer's own loss, taken on a copy of its weights.
class LossOnACopy final : public Rule {
 public:
  explicit LossOnACopy(Params& params)
      : Rule(params, 12), rate_(params.Real("rate", 0.01, kPositive, "step size")) {}

  StepReport Learn(const Batch& batch, const Progress&) override {
    update() = {};
    at::Tensor x = batch.images;
    for (Block& block : network().blocks()) {
      const at::AutoGradMode gradients(true);
      const at::Tensor copy = block.layer.weight.detach().clone().requires_grad_();
      const at::Tensor u = block.layer.Respond(block.layer.Pad(block.Before(x, true)), copy);
      (u.square().mean() - u.mean().square() + copy.square().sum()).backward();
      update().Add(block.layer.weight, copy.grad());
      x = block.After(u.detach(), true).detach();
    }
    return {.features = network().Readable(x).detach()};
  }

  void Commit(const Progress&) override {
    for (std::size_t i = 0; i < update().parameters.size(); ++i)
      update().parameters[i].sub_(rate_ * update().directions[i]);
  }

 private:
  double rate_;
};

// A registered rule, with other claims.
struct Relabelled {
  RuleInfo info;
  Make make;

  explicit Relabelled(const std::string& rule) {
    const auto& entry = Registry<Rule>::Get().Find(rule);
    info = entry.info;
    make = entry.make;
  }
};

struct Lie {
  std::string what;
  RuleInfo info;
  Make make;
  std::string law;    // that fails
  std::string words;  // in what it says
};

std::vector<Lie> Lies() {
  std::vector<Lie> lies;
  const auto plant = [&](const std::string& what, const std::string& lie, const std::string& law,
                         const std::string& words) {
    lies.push_back({what, Honest(), Lying(lie), law, words});
  };
  plant("its constructor throws", "constructor throws", "defaults",
        "its constructor throws: no table for this machine");
  plant("its constructor calls exit(0)", "constructor exits", "defaults",
        "its constructor ends the process with exit(0)");
  plant("Attach throws", "Attach throws", "finite", "Attach throws: vector::at");
  plant("a segfault in Learn", "segfault", "finite",
        "Learn of step 1 crashes: SIGSEGV (segmentation fault)");
  plant("exit(0) in Learn", "exit", "finite", "Learn of step 1 ends the process with exit(0)");
  plant("throw 42 in Learn", "throw 42", "finite", "Learn of step 1 throws an int");
  plant("a loop without end in Commit", "endless", "finite",
        "Commit of step 1 does not end within");
  plant("abort() in Features", "aborts", "features", "Features crashes: SIGABRT (aborted)");
  plant("Respond gives a post of another shape", "wrong shape", "finite",
        "Learn of step 1 throws:");
  plant("Respond gives a post of another type", "wrong type", "finite", "Learn of step 1 throws:");
  plant("touches labels, needs_labels = false", "labels", "finite",
        "labels are withheld: needs_labels is false");
  plant("weights become NaN in step 3", "nan", "finite",
        "weights are not finite after step 3: block 1");
  plant("noise from at::rand_like", "noise", "seed", "LibTorch's own generator");
  plant("noise from std::rand", "other noise", "seed",
        "one seed gave two outcomes: draw from network().streams()");
  plant("state made in the first step", "lazy", "state",
        "state rule.lazy0 is first made in a step: make it in Attach");
  plant(
      "state that Visit leaves out", "forgetful", "checkpoint",
      "something is missing in Visit(): a run resumed at step 5 of 10 ends with another block 1's");
  plant("a decay by the step's number, in one branch", "moody", "branch",
        "Branch() says that steps 1 and 2 do the same work");
  plant("Features of another size than FeatureCount()", "short", "features", "another size");
  plant("Features changes weights", "stateful", "features", "differs when asked again");
  plant("changes the head, trains_head = false", "head", "learning", "the head changed");
  plant("looks at the head, locality = local", "global", "locality",
        "locality is local, and the first block learns from later ones");
  plant("looks at the gain of the normalisation behind its layer, locality = local", "behind",
        "own-layer", "learns from what follows it in its block");
  plant("leaves weights asking for gradients", "gradients", "gradients", "ask for gradients");
  plant("moves weights in Learn", "hasty", "descent", "Learn moves block 2's weights");
  plant("Commit goes up its directions", "contrary", "descent", "does not go down");

  const auto claim = [&](const std::string& what, RuleInfo info, const Make& make,
                         const std::string& law, const std::string& words) {
    lies.push_back({what, std::move(info), make, law, words});
  };
  RuleInfo info = Honest();
  info.needs_labels = true;
  claim("needs_labels = true, and looks at none", info, Lying(""), "labels",
        "needs_labels is true, and other labels change nothing");
  info = Honest();
  info.trains_head = true;
  claim("trains_head = true, and does not", info, Lying(""), "learning", "the head did not change");
  info = Honest();
  info.descent = Descent::kLoss;
  claim("descent = loss, and no loss", info, Lying(""), "descent", "no loss is reported");
  info = Honest();
  info.descent = Descent::kNone;
  claim("descent = none, and an update", info, Lying(""), "descent", "there is an update");
  info = Honest();
  info.locality = Locality::kGlobal;
  claim("locality = global, and each layer for itself", info, Lying(""), "locality",
        "learns nothing from later ones");
  info = Honest();
  info.defaults = nlohmann::json::object();
  claim(
      "a loss's gradient on a copy of each layer's weights, locality = local", info,
      [](Params& params) { return std::make_unique<LossOnACopy>(params); }, "gradients",
      "a step follows gradients");
  Relabelled backprop("backprop");
  backprop.info.backward = backprop.info.weight_transport = false;
  claim("backprop, backward = false and weight_transport = false", backprop.info, backprop.make,
        "backward", "backward is false, and with another block between");
  backprop.info.backward = true;
  claim("backprop, weight_transport = false", backprop.info, backprop.make, "transport",
        "weight_transport is false");
  backprop.info.locality = Locality::kLayer;
  backprop.info.backward = false;
  claim("backprop, locality = layer", backprop.info, backprop.make, "locality",
        "locality is layer, and the first block learns from later ones");
  Relabelled dfa("dfa");
  dfa.info.backward = true;
  claim("direct feedback alignment, backward = true", dfa.info, dfa.make, "backward",
        "direction changes by 0.0 %");
  Relabelled fa("fa");
  fa.info.weight_transport = true;
  claim("feedback alignment, weight_transport = true", fa.info, fa.make, "transport",
        "weight_transport is true");
  return lies;
}

// Every law that needs no data.
std::vector<std::string> AllLaws() {
  std::vector<std::string> names;
  for (const Law& law : Laws())
    if (law.name != "cuda" && law.name != "real-images") names.push_back(law.name);
  return names;
}

std::vector<Finding> FindingsOf(const Lie& lie, double limit_s) {
  Registry<Rule> registry;
  registry.Add({lie.info, lie.make});
  std::vector<Finding> findings;
  CheckRule(registry, lie.info.name, {.laws = AllLaws(), .limit_s = limit_s},
            [&](const Law&, const Finding& finding) { findings.push_back(finding); });
  return findings;
}

// "finite: Learn of step 1 throws an int. Undecided: seed, state."
std::string Said(const std::vector<Finding>& findings) {
  std::vector<std::string> failed, undecided;
  for (const Finding& finding : findings) {
    const std::string text = fmt::format("**{}**: {}", finding.law, finding.message);
    if (finding.verdict == Finding::Verdict::kFailed &&
        (failed.empty() || failed.back().find("**" + finding.law + "**") != 0))
      failed.push_back(text);
    if (finding.verdict == Finding::Verdict::kUndecided &&
        (undecided.empty() || undecided.back() != finding.law))
      undecided.push_back(finding.law);
  }
  std::string said = Join(failed, "<br>");
  if (undecided.size() > 4)
    said += fmt::format("<br>undecided: {} laws", undecided.size());
  else if (!undecided.empty())
    said += "<br>undecided: " + Join(undecided, ", ");
  return said;
}

class ThrowingDescription final : public Rule {
 public:
  static RuleInfo Describe() { throw std::logic_error("basic_string: construction from null"); }
  explicit ThrowingDescription(Params& params) : Rule(params, 1) {}
  StepReport Learn(const Batch&, const Progress&) override { return {}; }
  void Commit(const Progress&) override {}
};

TEST_CASE("a description that throws is kept for who asks") {
  Registry<Rule> registry;
  registry.Add({Honest(), Lying("")});
  registry.Register<ThrowingDescription>("ThrowingDescription");
  CHECK_THROWS_WITH(registry.Check(),
                    "the description (Describe) of ThrowingDescription throws: basic_string: "
                    "construction from null.");
}

TEST_CASE("an honest rule keeps every law in children too") {
  for (const Finding& finding : FindingsOf({"", Honest(), Lying(""), "", ""}, 60)) {
    CAPTURE(finding.law, finding.network, finding.message);
    CHECK(finding.verdict == Finding::Verdict::kPassed);
  }
}

constexpr const char* kIntroduction = R"(# What `check` holds a rule to

`plasticity check RULE` (with `--plugin` for one of your own) looks at each law on two small networks, in a child process: where a
rule crashes, calls `exit` or takes more than 300 s for a law, what it was at is named, and another child goes on with the
next law. A law **needs** others: where one of those failed it is *undecided*, since it would blame the wrong thing. Mend
first what `FAILED`. Exit code 1 if a law failed.

A library that crashes, exits or throws while it is loaded, where its `Describe()` runs, is refused with that, exit code 2.

This page is written by
`PLASTICITY_WRITE_CHECK_PAGE=docs/check.md build/release/tests/suite_program_test "planted lies are named"`.

## How traits are looked at

- **needs_labels**: other labels must change what is learned exactly if it is true; a rule without it is handed none.
- **locality**: another second block and head must change what the first block learns exactly if it is `global`. A `local` rule's
  weights must, in addition, not depend on what follows the layer in its block (gain and shift of its normalisation), and
  its steps must not run LibTorch's automatic differentiation.
- **backward**, for `global` rules: errors come back through the blocks between a block and the output. The second block is
  exchanged, and the head solved such that a batch keeps its scores: a rule that hands the output's error to each block
  straight (direct feedback alignment) or broadcasts a reward learns the same in the first block; others do not. A rule
  that learns by perturbing forward passes feels the blocks between and counts as backward.
- **weight_transport**, for `global` rules: the second block's weights are changed in the null space of what a batch
  shows them, so that every activity stays: whoever sends errors through the weights themselves learns otherwise in
  the first block. All magnitudes are made alike before, and no sign turns, so that sign symmetry, which takes the signs
  alone, is no transport; and the head stays as it is, since it is no block (dtp takes its top target through it). Up to
  1 % of change is allowed, since learned inverses (dtp) come out a little different.
- **descent**: `loss` must agree with finite differences of the reported loss along its directions; `own` only has to go down
  its directions.
)";

std::string CheckPage(const std::vector<std::pair<std::string, std::string>>& rows) {
  std::string page = kIntroduction;
  page += "\n## The laws\n\n| law | what it holds | needs |\n| --- | --- | --- |\n";
  for (const Law& law : Laws())
    page += fmt::format("| {} | {} | {} |\n", law.name, law.promise, Join(law.needs, ", "));
  page += "\n## Planted lies\n\n| planted | `check` says |\n| --- | --- |\n";
  for (const auto& [what, said] : rows) page += fmt::format("| {} | {} |\n", what, said);
  return page;
}

TEST_CASE("planted lies are named") {
  std::vector<std::pair<std::string, std::string>> rows;
  for (const Lie& lie : Lies()) {
    const bool endless = lie.law == "finite" && lie.words.find("does not end") != std::string::npos;
    const std::vector<Finding> findings = FindingsOf(lie, endless ? 2 : 60);
    const auto first = std::find_if(findings.begin(), findings.end(), [](const Finding& finding) {
      return finding.verdict == Finding::Verdict::kFailed;
    });
    CAPTURE(lie.what, Said(findings));
    REQUIRE(first != findings.end());
    CHECK(first->law == lie.law);
    CHECK_THAT(first->message, Catch::Contains(lie.words));
    rows.emplace_back(lie.what, Said(findings));
  }
  if (const char* file = std::getenv("PLASTICITY_WRITE_CHECK_PAGE"))
    std::ofstream(file) << CheckPage(rows);
}

TEST_CASE("the page has every law and every lie") {
  std::ifstream file("docs/check.md");
  const std::string page(std::istreambuf_iterator<char>(file), {});
  for (const Law& law : Laws())
    CHECK_THAT(page, Catch::Contains(fmt::format("| {} | {} |", law.name, law.promise)));
  for (const Lie& lie : Lies()) CHECK_THAT(page, Catch::Contains(fmt::format("| {} |", lie.what)));
}

}  // namespace
}  // namespace plasticity
