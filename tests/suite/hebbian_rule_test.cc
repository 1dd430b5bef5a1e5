#include "suite/hebbian_rule.h"

#include <ATen/ATen.h>

#include <catch2/catch.hpp>
#include <cmath>
#include <functional>
#include <ostream>

#include "suite/base/error.h"
#include "tests/noise.h"
#include "tests/one_thread.h"

namespace plasticity {
namespace {

using nlohmann::json;
using testing::Noise;

// A layer, and the images that it sees.
struct Setting {
  const char* layer;
  Shape image;
};

std::ostream& operator<<(std::ostream& out, const Setting& setting) { return out << setting.layer; }

// Few and many input channels take different ways through the engine.
const std::vector<Setting> kSettings = {
    {R"({"op": "dense", "out": 7})", {.channels = 11, .flat = true}},
    {R"({"op": "conv", "out": 6, "kernel": 3})", {2, 7, 6}},
    {R"({"op": "conv", "out": 6, "kernel": 3, "padding": 1})", {3, 6, 5}},
    {R"({"op": "conv", "out": 5, "kernel": 5, "padding": 2, "reflect": true})", {3, 7, 8}},
    {R"({"op": "conv", "out": 4, "kernel": 3, "stride": 2, "padding": 1})", {1, 8, 9}},
    {R"({"op": "conv", "out": 4, "kernel": 1})", {40, 3, 4}},
    {R"({"op": "conv", "out": 6, "kernel": 3, "padding": 1})", {33, 5, 4}},
    {R"({"op": "conv", "out": 6, "kernel": 3, "padding": 1, "reflect": true})", {32, 4, 4}},
    {R"({"op": "conv", "out": 5, "kernel": 2, "stride": 2})", {48, 7, 5}},
    {R"({"op": "conv", "out": 5, "kernel": 3, "stride": 3, "padding": 2})", {36, 6, 7}}};

// One layer with a rule attached.
class LayerCell {
 public:
  LayerCell(const Setting& setting, const std::string& rule, const json& params = json::object(),
            Precision precision = Precision::kFloat32)
      : network_({{"blocks", json::array({{{"ops", json::array({json::parse(setting.layer)})}}})}},
                 setting.image, 2, Streams(3), at::kCPU, precision),
        rule_(Registry<Rule>::Get().Make(rule, params)) {
    rule_->Attach(network_);
    const Shape& image = setting.image;
    x = image.flat ? Noise({4, image.channels})
                   : Noise({4, image.channels, image.height, image.width});
  }

  PlasticLayer& layer() { return network_.blocks()[0].layer; }
  HebbianRule* hebbian() const { return dynamic_cast<HebbianRule*>(rule_.get()); }
  Rule& rule() { return *rule_; }

  at::Tensor x;

 private:
  Network network_;
  std::unique_ptr<Rule> rule_;
};

bool Close(const at::Tensor& a, const at::Tensor& b, double relative = 1e-4) {
  return a.sizes() == b.sizes() &&
         at::allclose(a, b, relative, relative * b.abs().max().item<double>());
}

TEST_CASE("a Hebbian step is the same whether anyone looks at its directions or not") {
  const Setting& setting = kSettings[GENERATE(0, 2)];
  const json params = GENERATE(json{{"threshold_rate", 0.1}}, json{{"max_step", 0.01}});
  CAPTURE(setting.layer, params.dump());
  LayerCell seen(setting, "softhebb", params), unseen(setting, "softhebb", params);
  for (std::int64_t step = 0; step < 3; ++step) {
    const Progress progress{.step = step, .steps = 3, .draw = static_cast<std::uint64_t>(step)};
    seen.rule().Learn({.images = seen.x}, progress);
    unseen.rule().Learn({.images = unseen.x, .directions_wanted = false}, progress);
    CHECK(seen.rule().update().parameters.size() == 1);
    CHECK(unseen.rule().update().parameters.empty());
    seen.rule().Commit(progress);
    unseen.rule().Commit(progress);
  }
  CHECK(at::equal(seen.layer().weight, unseen.layer().weight));
}

TEST_CASE("input rows are what each unit sees at each position") {
  const Setting setting = GENERATE(from_range(kSettings));
  CAPTURE(setting);
  LayerCell cell(setting, "oja");
  const PlasticLayer& layer = cell.layer();
  const at::Tensor rows = InputRows(layer, layer.Pad(cell.x));
  CHECK(rows.sizes() == at::IntArrayRef({4 * layer.positions, layer.fan_in()}));
  const at::Tensor product = at::addmm(layer.bias, rows, layer.weight.flatten(1).t());
  CHECK(Close(UnitRows(layer.Forward(cell.x)), product));
}

TEST_CASE("A^T X is formed without patches") {
  const Setting setting = GENERATE(from_range(kSettings));
  const bool channels_last = GENERATE(false, true);
  CAPTURE(setting, channels_last);
  LayerCell cell(setting, "oja");
  const PlasticLayer& layer = cell.layer();
  if (channels_last && layer.convolutional)
    cell.x = cell.x.contiguous(at::MemoryFormat::ChannelsLast);
  const at::Tensor padded = layer.Pad(cell.x);
  const at::Tensor rows = InputRows(layer, padded);
  const at::Tensor post = Noise({rows.size(0), layer.units()}, 6);
  const at::Tensor expected = post.t().mm(rows).view_as(layer.weight);
  CHECK(Close(PostTimesInput(layer, padded, post), expected));
  CHECK(Close(MergedUpdate(layer, padded, {.post = post}), expected));
  const at::Tensor diagonal = Noise({layer.units()}, 7),
                   matrix = Noise({layer.units(), layer.units()}, 8);
  const at::Tensor w = layer.weight.flatten(1);
  CHECK(Close(MergedUpdate(layer, padded, {.post = post, .decay = diagonal}),
              expected - at::diag(diagonal).mm(w).view_as(expected)));
  CHECK(Close(MergedUpdate(layer, padded, {.post = post, .decay = matrix}),
              expected - matrix.mm(w).view_as(expected)));
  const at::Tensor together = post.t().mm(post);
  CHECK(Close(MergedUpdate(layer, padded, {.post = post, .forgets = Forgets::kAll}),
              expected - together.mm(w).view_as(expected)));
  CHECK(Close(MergedUpdate(layer, padded, {.post = post, .forgets = Forgets::kUpToItself}),
              expected - together.tril().mm(w).view_as(expected)));
}

// A rule that gives what a test says, and keeps a matrix and a count.
class Given final : public HebbianRule {
 public:
  static RuleInfo Describe() { return {.name = "given"}; }
  explicit Given(Params& params) : HebbianRule(params, 4) {}
  NamedTensors InitialState(const PlasticLayer& layer, std::size_t index) const override {
    return {{"matrix", at::eye(layer.units())},
            {"count", at::full({}, static_cast<double>(index), at::kFloat)}};
  }
  Plasticity Respond(const Activity& activity) const override { return respond(activity); }
  std::function<Plasticity(const Activity&)> respond;
};

struct GivenCell {
  GivenCell()
      : network({{"blocks", json::array({Dense(), Dense()})}}, {.channels = 6, .flat = true}, 2,
                Streams(1), at::kCPU),
        params("given"),
        rule(params) {
    rule.Attach(network);
  }
  static json Dense() {
    return {{"ops", json::array({{{"op", "dense"}, {"out", 5}, {"bias", false}}})}};
  }
  Network network;
  Params params;
  Given rule;
};

TEST_CASE("a Hebbian rule's state has any shape, moves by Commit alone, and is saved by itself") {
  GivenCell cell;
  cell.rule.respond = [](const Activity& activity) -> Plasticity {
    return {.post = activity.pre_activation,
            .state = {{"matrix", activity.state.at("matrix") * 2}}};
  };
  const auto state = [&] {
    StateCollector collector;
    cell.rule.Visit(collector);
    return collector.tensors;
  };
  CHECK(state().size() == 4);
  cell.rule.Learn({Noise({4, 6}), {}}, {});
  CHECK(at::equal(state().at("block2.matrix"), at::eye(5)));
  cell.rule.Commit({});
  CHECK(at::equal(state().at("block1.matrix"), at::eye(5) * 2));
  CHECK(at::equal(state().at("block2.matrix"), at::eye(5) * 2));
  CHECK(state().at("block2.count").item<double>() == 1);  // not named, stays
}

TEST_CASE("a Hebbian rule is told what does not fit a layer") {
  using Case = std::pair<Plasticity, std::string>;
  const at::Tensor post = at::ones({4, 5}), unit = at::ones({5});
  const auto [given, message] = GENERATE_COPY(
      Case{{}, "Respond: post is undefined, want [4, 5]"},
      Case{{.post = at::ones({4, 6})}, "Respond: post is [4, 6], want [4, 5]"},
      Case{{.post = post.to(at::kDouble)}, "Respond: post is of type Double, want float32"},
      Case{{.post = post, .decay = post}, "Respond: decay is [4, 5], want [5] or [5, 5]"},
      Case{{.post = post, .decay = at::ones({5}), .forgets = Forgets::kAll},
           "Respond: R is given twice, as a decay and by what units forget"},
      Case{{.post = post, .mass = at::ones({4})}, "Respond: mass is [4], want [5]"},
      Case{{.post = post, .bias = unit}, "Respond: bias changes, and the layer has none"},
      Case{{.post = post, .state = {{"matrix", unit}}},
           "Respond: state 'matrix' is [5], want [5, 5]"},
      Case{{.post = post, .state = {{"lateral", unit}}},
           "Respond: state 'lateral' is not among what InitialState makes"});
  GivenCell cell;
  cell.rule.respond = [&given = given](const Activity&) { return given; };
  CHECK_THROWS_WITH(cell.rule.Learn({Noise({4, 6}), {}}, {}), message);
}

TEST_CASE("bfloat16 products stay near float32 ones") {
  const Setting setting = GENERATE(from_range(kSettings));
  CAPTURE(setting);
  LayerCell cell(setting, "oja", {}, Precision::kBfloat16);
  const PlasticLayer& layer = cell.layer();
  const at::Tensor padded = layer.Pad(cell.x);
  const at::Tensor rows = InputRows(layer, padded);
  const at::Tensor post = Noise({rows.size(0), layer.units()}, 6);
  const at::Tensor update = PostTimesInput(layer, padded, post);
  CHECK(update.scalar_type() == at::kFloat);
  CHECK(Close(update, post.t().mm(rows).view_as(layer.weight), 0.02));
}

TEST_CASE("every Hebbian rule's merged update equals its per-sample twin") {
  const Setting setting = GENERATE(from_range(kSettings));
  int checked = 0;
  for (const std::string& name : Registry<Rule>::Get().Names()) {
    LayerCell cell(setting, name);
    if (cell.hebbian() == nullptr) continue;
    CAPTURE(setting, name);
    const Proposal proposal = cell.hebbian()->Propose(cell.layer(), 0, cell.x);
    CHECK(Close(proposal.delta, cell.hebbian()->PerSampleDelta(cell.layer(), 0, cell.x)));
    CHECK(proposal.delta.abs().max().item<double>() > 0);
    ++checked;
  }
  CHECK(checked >= 13);
}

TEST_CASE("the twins agree under all of the engine's settings, too") {
  const Setting setting = GENERATE(from_range(kSettings));
  const json params = GENERATE(
      json{{"step_scale", "none"}}, json{{"step_scale", "mean"}}, json{{"step_scale", "max_abs"}},
      json{{"step_scale", "sqrt_fan_in"}}, json{{"p", 3}}, json{{"input_norm", "unit"}},
      json{{"input_norm", "standard"}}, json{{"similarity", "cosine"}},
      json{{"similarity", "raised_cosine"}}, json{{"similarity", "cosine_by_place"}},
      json{{"competition", "none"}}, json{{"competition", "relu"}}, json{{"competition", "tanh"}},
      json{{"competition", "triangle"}}, json{{"competition", "softmax"}},
      json{{"competition", "ranked_softmax"}, {"k", 3}, {"p", 2.5}},
      json{{"competition", "power"}, {"similarity", "raised_cosine"}},
      json{{"competition", "kwta"}, {"k", 2}}, json{{"competition", "kwta_positive"}},
      json{{"competition", "kwta_linear"}, {"k", 3}}, json{{"competition", "ranked"}, {"k", 3}},
      json{{"bias", true}});
  CAPTURE(setting, params.dump());
  LayerCell cell(setting, "softhebb", params);
  const Proposal proposal = cell.hebbian()->Propose(cell.layer(), 0, cell.x);
  CHECK(Close(proposal.delta, cell.hebbian()->PerSampleDelta(cell.layer(), 0, cell.x)));
}

TEST_CASE("a step is the rate of each unit times its change") {
  LayerCell cell(kSettings[2], "softhebb",
                 {{"learning_rate", 0.5}, {"norm_power", 0.5}, {"init_radius", 4}});
  PlasticLayer& layer = cell.layer();
  const at::Tensor before = layer.weight.clone();
  const Proposal proposal = cell.hebbian()->Propose(layer, 0, cell.x);
  CHECK(at::equal(layer.weight, before));  // a proposal changes nothing
  CHECK(proposal.delta.abs().max().item<double>() == Approx(1));
  const at::Tensor norms = before.flatten(1).norm(2, {1});
  CHECK(Close(proposal.rate, (norms - 1).abs().sqrt() * 0.5));
  cell.hebbian()->Apply(layer, 0, proposal);
  CHECK(Close(layer.weight - before, proposal.delta * proposal.rate.view({-1, 1, 1, 1})));

  cell.layer().weight.copy_(before);
  cell.rule().Step({cell.x, {}}, {});
  CHECK(Close(layer.weight - before, proposal.delta * proposal.rate.view({-1, 1, 1, 1})));
}

TEST_CASE("step scales divide by what they say") {
  const auto delta = [](const std::string& scale) {
    LayerCell cell(kSettings[1], "oja", {{"step_scale", scale}});
    return cell.hebbian()->Propose(cell.layer(), 0, cell.x).delta;
  };
  const at::Tensor plain = delta("none");
  const double rows = 4 * 5 * 4;
  CHECK(Close(delta("mean") * rows, plain));
  CHECK(Close(delta("sqrt_fan_in") * rows * std::sqrt(18.0), plain));
  CHECK(Close(delta("max_abs") * plain.abs().max(), plain));
}

TEST_CASE("unit_norm keeps rows on the sphere") {
  const double p = GENERATE(2.0, 3.0);
  LayerCell cell(kSettings[0], "oja",
                 {{"constraint", "unit_norm"}, {"p", p}, {"learning_rate", 0.1}});
  for (int step = 0; step < 3; ++step) {
    cell.rule().Step({cell.x, {}}, {});
    const at::Tensor norms = cell.layer().weight.norm(p, {1});
    CHECK(at::allclose(norms, at::ones_like(norms), 1e-5, 1e-5));
  }
}

TEST_CASE("weights start with the expected norm where a radius is set") {
  LayerCell cell({R"({"op": "conv", "out": 200, "kernel": 5})", {3, 8, 8}}, "softhebb");
  const at::Tensor norms = cell.layer().weight.flatten(1).norm(2, {1});
  CHECK(norms.mean().item<double>() == Approx(25).epsilon(0.02));
  CHECK(cell.layer().bias.abs().max().item<double>() == 0);
}

TEST_CASE("layers of one shape start with different weights") {
  const json spec =
      json::parse(R"({"blocks": [{"ops": [{"op": "flatten"}, {"op": "dense", "out": 12}]},
                                               {"ops": [{"op": "dense", "out": 12}]}]})");
  Network network(spec, {3, 2, 2}, 2, Streams(1), at::kCPU);
  const auto rule = Registry<Rule>::Get().Make("softhebb", json::object());
  rule->Attach(network);
  CHECK_FALSE(at::equal(network.blocks()[0].layer.weight, network.blocks()[1].layer.weight));
}

TEST_CASE("layerwise order trains one block after the other, and passes on what is frozen") {
  const json spec = json::parse(R"({"blocks": [{"ops": [{"op": "conv", "out": 4}, {"op": "relu"}]},
                                               {"ops": [{"op": "conv", "out": 5}]}]})");
  Network network(spec, {3, 8, 8}, 2, Streams(1), at::kCPU);
  const std::string name = GENERATE("oja", "softhebb");
  CAPTURE(name);
  const auto rule = Registry<Rule>::Get().Make(name, {{"order", "layerwise"}});
  rule->Attach(network);
  const at::Tensor x = Noise({4, 3, 8, 8});
  const auto changed = [&](std::int64_t step) {
    const at::Tensor first = network.blocks()[0].layer.weight.clone();
    const at::Tensor second = network.blocks()[1].layer.weight.clone();
    const StepReport report = rule->Step({x, {}}, {.step = step, .steps = 6});
    return std::vector<bool>{!at::equal(first, network.blocks()[0].layer.weight),
                             !at::equal(second, network.blocks()[1].layer.weight),
                             report.features.defined()};
  };
  for (std::int64_t step = 0; step < 3; ++step)
    CHECK(changed(step) == std::vector<bool>{true, false, false});
  // What the second layer learns is what it would learn alone, on what the frozen first passes on.
  auto& hebbian = dynamic_cast<HebbianRule&>(*rule);
  const at::Tensor passed = network.blocks()[0].Forward(x, false);
  const Proposal alone = hebbian.Propose(network.blocks()[1].layer, 1, passed);
  const at::Tensor before = network.blocks()[1].layer.weight.clone();
  for (std::int64_t step = 3; step < 6; ++step) {
    CHECK(changed(step) == std::vector<bool>{false, true, true});
    if (step == 3) {
      CHECK(Close(network.blocks()[1].layer.weight - before,
                  alone.delta * alone.rate.view({-1, 1, 1, 1})));
    }
  }
}

TEST_CASE("naive and merged updates agree") {
  const Setting setting = GENERATE(from_range(kSettings));
  const std::string rule = GENERATE("hpca", "swta", "kwta", "wta");
  CAPTURE(setting, rule);
  LayerCell merged(setting, rule, {{"update", "merged"}}),
      naive(setting, rule, {{"update", "naive"}});
  CHECK(Close(naive.hebbian()->Propose(naive.layer(), 0, naive.x).delta,
              merged.hebbian()->Propose(merged.layer(), 0, merged.x).delta));
}

TEST_CASE("gradhebb's change is the gradient of its loss") {
  const Setting setting = GENERATE(from_range(kSettings));
  const std::string variant = GENERATE("hebb", "instar", "oja");
  const std::string competition = GENERATE("kwta_positive", "kwta_linear", "softmax");
  CAPTURE(setting, variant, competition);
  LayerCell cell(setting, "gradhebb",
                 {{"variant", variant}, {"competition", competition}, {"l1", 0.1}});
  const PlasticLayer& layer = cell.layer();
  const Proposal proposal = cell.hebbian()->Propose(layer, 0, cell.x);
  const at::Tensor y = proposal.plasticity.post;  // [n, out]
  const at::Tensor w = layer.weight.detach().flatten(1).clone().requires_grad_();
  at::Tensor surrogate = InputRows(layer, layer.Pad(cell.x)).mm(w.t());
  const at::Tensor half = w.square().sum(1) / 2;  // [out]
  if (variant == "instar") surrogate = surrogate - half;
  if (variant == "oja") surrogate = surrogate - half * y;
  surrogate = surrogate + (y - surrogate).detach();  // the value of y, the gradient as above
  (-surrogate.square().sum() / 2 + 0.1 * w.abs().sum()).backward();
  CHECK(Close(proposal.delta, -w.grad().view(layer.weight.sizes())));
}

TEST_CASE("similarities are what they say") {
  const Setting setting = GENERATE(from_range(kSettings));
  CAPTURE(setting);
  const auto u = [&](const json& params) {
    LayerCell cell(setting, "hebb", params);
    const PlasticLayer& layer = cell.layer();
    return std::pair(UnitRows(cell.hebbian()->Propose(layer, 0, cell.x).pre_activation),
                     std::pair(InputRows(layer, layer.Pad(cell.x)), layer.weight.flatten(1)));
  };
  const auto [cosine, seen] = u({{"similarity", "cosine"}});
  const auto& [x, w] = seen;
  const at::Tensor norms = x.norm(2, {1}, true);
  const at::Tensor expected = x.mm(w.t()) / at::where(norms == 0, 1, norms) / w.norm(2, {1});
  CHECK(Close(cosine, expected));
  CHECK(Close(u({{"similarity", "raised_cosine"}}).first, ((expected + 1) / 2).square()));
  CHECK(Close(u({{"p", 3}}).first, x.mm((w.sign() * w.square()).t())));

  LayerCell cell(setting, "hebb",
                 {{"similarity", "cosine_by_place"}, {"output", "cosine_by_place"}});
  const at::Tensor& weight = cell.layer().weight;  // [out, in, ...]
  const at::Tensor places = (weight / weight.norm(2, {1}, true)).flatten(1);
  const at::Tensor by_place = x.mm(places.t()) / at::where(norms == 0, 1, norms);
  const Proposal proposal = cell.hebbian()->Propose(cell.layer(), 0, cell.x);
  CHECK(Close(UnitRows(proposal.pre_activation), by_place));
  CHECK(Close(UnitRows(cell.layer().Forward(cell.x)), by_place));
}

TEST_CASE("a projection passes on the response of unit vectors") {
  const Setting setting = GENERATE(from_range(kSettings));
  CAPTURE(setting);
  LayerCell cell(setting, "hebb", {{"output", "projection"}});
  const PlasticLayer& layer = cell.layer();
  const at::Tensor w = layer.weight.flatten(1);
  const at::Tensor expected =
      InputRows(layer, layer.Pad(cell.x)).mm((w / w.norm(2, {1}, true)).t());
  CHECK(Close(UnitRows(layer.Forward(cell.x)), expected));
}

TEST_CASE("thresholds even out how often units win") {
  const auto busiest = [](double rate) {
    LayerCell cell(kSettings[0], "wta",
                   {{"threshold_rate", rate}, {"learning_rate", 0}, {"similarity", "cosine"}});
    cell.x = Noise({200, 11}, 9) + 1;  // a common direction favours some units
    for (int step = 0; step < 200; ++step) cell.rule().Step({cell.x, {}}, {});
    return cell.hebbian()->Propose(cell.layer(), 0, cell.x).plasticity.mass.max().item<double>();
  };
  CHECK(busiest(0) > 60);
  CHECK(busiest(0.05) < 40);
}

TEST_CASE("a linear schedule ends at no step") {
  LayerCell cell(kSettings[0], "hebb",
                 {{"schedule", "linear"}, {"constraint", "none"}, {"learning_rate", 1}});
  const at::Tensor before = cell.layer().weight.clone();
  const at::Tensor delta = cell.hebbian()->Propose(cell.layer(), 0, cell.x).delta;
  cell.rule().Step({cell.x, {}}, {.step = 3, .steps = 4});
  CHECK(Close(cell.layer().weight - before, delta / 4));
}

TEST_CASE("max_step bounds long steps and leaves short ones alone") {
  const auto step = [](double rate, double bound) {
    LayerCell cell(kSettings[0], "hebb",
                   {{"constraint", "none"}, {"learning_rate", rate}, {"max_step", bound}});
    cell.layer().weight.mul_(10);
    const at::Tensor before = cell.layer().weight.clone();
    cell.rule().Step({cell.x, {}}, {});
    return std::pair(before, cell.layer().weight - before);
  };
  const auto [weight, free] = step(1e3, 0);
  const at::Tensor bounded = step(1e3, 0.5).second, norms = weight.norm(2, {1});
  REQUIRE((free.norm(2, {1}) > norms).all().item<bool>());
  CHECK(Close(bounded.norm(2, {1}), norms.clamp_min(1) / 2));
  CHECK(Close(bounded / bounded.norm(2, {1}, true), free / free.norm(2, {1}, true)));
  CHECK(at::equal(step(1e-4, 0.5).second, step(1e-4, 0).second));
}

TEST_CASE("max_norm shortens long rows alone") {
  LayerCell cell(kSettings[0], "hebb", {{"constraint", "max_norm"}, {"learning_rate", 0}});
  cell.layer().weight.copy_(Noise({7, 11}) * 0.3);
  const at::Tensor before = cell.layer().weight.clone(), norms = before.norm(2, {1}, true);
  REQUIRE(norms.min().item<double>() < 1);
  REQUIRE(norms.max().item<double>() > 1);
  cell.rule().Step({cell.x, {}}, {});
  CHECK(Close(cell.layer().weight, before / norms.clamp_min(1)));
}

}  // namespace
}  // namespace plasticity
