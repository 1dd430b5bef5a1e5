// Compares the program with stored values of reference implementations. A case is a JSON file in
// a folder named after its kind: inputs, parameters, expected tensors, and how far each may be off.
// Cases lie beside this file; further folders of kinds are named in PLASTICITY_GOLDEN
// (colon-separated). Every value comes from the engine's own code.
#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <limits>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "suite/hebbian_rule.h"
#include "suite/local_loss_rule.h"
#include "suite/network.h"
#include "suite/ops/activations.h"
#include "suite/ops/convolution.h"
#include "suite/ops/gram.h"
#include "suite/optimizer.h"
#include "suite/readout.h"
#include "tasks/metrics/curves.h"
#include "tasks/metrics/few_shot.h"
#include "tests/golden/case.h"
#include "tests/golden/penalty_cases.h"
#include "tests/golden/plasticity_cases.h"
#include "tests/golden/replay_cases.h"
#include "tests/golden/statistics_cases.h"
#include "tests/golden/stream_cases.h"
#include "tests/golden/task_cases.h"
#include "tests/one_thread.h"

namespace plasticity {
namespace {

namespace fs = std::filesystem;
at::Tensor ReadTensor(const std::string& name, const json& entry) {
  static const std::map<std::string, at::ScalarType> types = {
      {"f32", at::kFloat}, {"f64", at::kDouble}, {"i64", at::kLong}};
  const auto type = types.find(entry.at("dtype").get<std::string>());
  if (type == types.end()) throw Malformed("tensor '" + name + "' has an unknown dtype");
  const auto shape = entry.at("shape").get<std::vector<std::int64_t>>();
  // Integers below 2^53 and float32 values pass through a double unchanged.
  const auto data = entry.at("data").get<std::vector<double>>();
  std::int64_t count = 1;
  for (const std::int64_t side : shape) count *= side;
  if (count != static_cast<std::int64_t>(data.size())) {
    throw Malformed("tensor '" + name + "' has another number of values than its shape");
  }
  return at::tensor(data, at::kDouble).view(shape).to(type->second);
}

Case ReadCase(const json& file) {
  try {
    Case read;
    read.name = file.value("case", "");
    read.params = file.value("params", json::object());
    for (const auto& [name, entry] : file.at("inputs").items()) {
      read.inputs[name] = ReadTensor(name, entry);
    }
    const json& tolerance = file.at("tolerance");
    const json per_tensor = tolerance.value("per_tensor", json::object());
    for (const auto& [name, entry] : file.at("expected").items()) {
      read.expected[name] = ReadTensor(name, entry);
      const json& own = per_tensor.contains(name) ? per_tensor.at(name) : tolerance;
      read.tolerances[name] = {own.at("rtol").get<double>(), own.at("atol").get<double>()};
    }
    if (read.expected.empty()) throw Malformed("nothing is expected");
    return read;
  } catch (const json::exception& error) {
    throw Malformed(error.what());
  }
}

void Put(const at::Tensor& tensor, const std::string& name, const at::Tensor& value) {
  if (tensor.numel() != value.numel()) throw Malformed("input '" + name + "' has another shape");
  tensor.detach().copy_(value.reshape(tensor.sizes()));
}

// ------------------------------------------------------------------------------------- Hebbian

// A network of one plastic layer, and a rule attached to it; the layer's weight is input `w`.
class OneLayer {
 public:
  OneLayer(const Case& given, const std::string& rule, const json& params)
      : OneLayer(given, Registry<Rule>::Get().Make(rule, params)) {}

  OneLayer(const Case& given, std::unique_ptr<Rule> rule)
      : network_(Spec(given), ImageShape(given.Input("x")), 2, Streams(1), at::kCPU),
        rule_(std::move(rule)) {
    rule_->Attach(network_);
    Put(layer().weight, "w", given.Input("w"));
  }
  OneLayer(const OneLayer&) = delete;  // the rule knows where the network is
  OneLayer& operator=(const OneLayer&) = delete;

  Block& block() { return network_.blocks()[0]; }
  PlasticLayer& layer() { return block().layer; }
  Rule& rule() { return *rule_; }
  HebbianRule& hebbian() { return dynamic_cast<HebbianRule&>(*rule_); }

 private:
  static Shape ImageShape(const at::Tensor& x) {
    if (x.dim() == 2) return {.channels = x.size(1), .flat = true};
    return {.channels = x.size(1), .height = x.size(2), .width = x.size(3)};
  }

  static json Spec(const Case& given) {
    const at::Tensor& weight = given.Input("w");
    const json& params = given.params;
    if (params.value("dilation", 1) != 1) throw std::runtime_error("layers have no dilation");
    json layer = {{"out", weight.size(0)}, {"bias", params.value("bias", false)}};
    if (weight.dim() == 2) {
      layer["op"] = "dense";
    } else {
      const std::string mode = params.value("padding_mode", "zeros");
      if (mode != "zeros" && mode != "reflect") throw std::runtime_error("no padding " + mode);
      if (weight.size(2) != weight.size(3)) throw std::runtime_error("kernels are square");
      layer.update({{"op", "conv"},
                    {"kernel", weight.size(2)},
                    {"stride", params.value("stride", 1)},
                    {"padding", params.value("padding", 0)},
                    {"reflect", mode == "reflect"}});
    }
    json ops = json::array({layer});
    if (params.value("batchnorm", false)) {
      ops.insert(ops.begin(), json{{"op", "batch_norm"}, {"affine", false}});
    }
    return {{"blocks", json::array({json{{"ops", ops}}})}};
  }

  Network network_;
  std::unique_ptr<Rule> rule_;
};

// Rows [n, out] shaped as the pre-activation [n, out] or [n, out, h, w].
at::Tensor ShapedAs(const at::Tensor& pre_activation, const at::Tensor& rows) {
  if (pre_activation.dim() == 2) return rows;
  const auto sizes = pre_activation.sizes();
  return rows.reshape({sizes[0], sizes[2], sizes[3], sizes[1]}).permute({0, 3, 1, 2});
}

json SoftHebbParams(const Case& given) {
  return {{"temperature", given.Param<double>("t_invert")},
          {"learning_rate", given.Param<double>("lr")},
          {"norm_power", given.Param<double>("power_lr")}};
}

// "triangle_p07" is Triangle with power 0.7, "triangle_p1" with 1, "triangle_p14" with 1.4.
std::optional<double> TrianglePower(const std::string& name) {
  const std::string prefix = "triangle_p";
  if (name.rfind(prefix, 0) != 0) return std::nullopt;
  const std::string digits = name.substr(prefix.size());
  if (digits.empty() || digits.find_first_not_of("0123456789") != std::string::npos) {
    return std::nullopt;
  }
  return std::stod(digits.substr(0, 1) + "." + digits.substr(1) + "0");
}

Tensors SoftHebbConv(const Case& given) {
  const at::Tensor& x = given.Input("x");
  Tensors computed;
  {
    OneLayer one(given, "softhebb", SoftHebbParams(given));
    const Proposal proposal = one.hebbian().Propose(one.layer(), 0, one.block().Before(x, true));
    computed["u"] = proposal.pre_activation;
    computed["y_signed"] = ShapedAs(proposal.pre_activation, proposal.plasticity.post);
    computed["delta_w"] = proposal.delta;
    computed["lr_per_filter"] = proposal.rate;
  }
  OneLayer trained(given, "softhebb", SoftHebbParams(given));
  const auto steps = given.Param<std::int64_t>("steps");
  for (std::int64_t step = 0; step < steps; ++step) {
    trained.rule().Step({x, {}}, {.step = step, .steps = steps});
    computed["w_step" + std::to_string(step + 1)] = trained.layer().weight.clone();
  }
  const at::Tensor u = trained.layer().Forward(trained.block().Before(x, false));
  for (const auto& [name, value] : given.expected) {
    if (const auto power = TrianglePower(name)) computed[name] = Triangle(u, *power);
  }
  return computed;
}

Tensors SoftHebbFull(const Case& given) {
  const auto kind = given.Param<std::string>("kind");
  const auto mode = given.params.value("mode", 0);
  json params = SoftHebbParams(given);
  if (kind == "softkrotov" && mode != 0 && mode != 1)
    throw std::runtime_error(fmt::format("no rule for {} in mode {}", kind, mode));
  params["competition"] = kind == "hard"         ? "kwta"
                          : kind == "soft"       ? "softmax"
                          : kind == "hardkrotov" ? "ranked"
                          : kind != "softkrotov" ? kind
                          : mode == 0            ? "signed_softmax"
                                                 : "ranked_softmax";
  params["p"] = given.Param<double>("lebesgue_p");
  params["k"] = kind == "hard" ? 1 : given.Param<std::int64_t>("rank");
  params["delta"] = given.Param<double>("delta");
  params["bias"] = given.Param<bool>("bias");

  OneLayer one(given, "softhebb", params);
  Tensors computed;
  const bool has_bias = one.layer().bias.defined();
  if (has_bias) computed["bias0"] = one.layer().bias.clone();
  const Proposal proposal = one.hebbian().Propose(one.layer(), 0, given.Input("x"));
  computed["u"] = proposal.pre_activation;
  computed["wta"] = ShapedAs(proposal.pre_activation, proposal.plasticity.post);
  computed["delta_w"] = proposal.delta;
  computed[one.layer().convolutional ? "lr_per_filter" : "lr_per_unit"] = proposal.rate;
  one.hebbian().Apply(one.layer(), 0, proposal);
  computed["w_new"] = one.layer().weight;
  if (!has_bias) return computed;
  // A proposal holds the bias's change with its own step size, 1/t or 0.1/t; the files without.
  const double own_step = (one.layer().convolutional ? 0.1 : 1.0) / given.Param<double>("t_invert");
  computed["delta_b"] = proposal.delta_bias / own_step;
  computed["bias_new"] = one.layer().bias;
  return computed;
}

// dW times the rate, as one step would add it.
at::Tensor ScaledStep(const Proposal& proposal) {
  std::vector<std::int64_t> per_unit(static_cast<std::size_t>(proposal.delta.dim()), 1);
  per_unit[0] = -1;
  return proposal.rate.view(per_unit) * proposal.delta;
}

Tensors HebbAndOja(const Case& given) {
  const json params = {{"learning_rate", given.Param<double>("c")}, {"step_scale", "mean"}};
  const at::Tensor& x = given.Input("x");
  OneLayer oja(given, "oja", params), hebb(given, "hebb", params);
  const Proposal proposal = oja.hebbian().Propose(oja.layer(), 0, x);
  Tensors computed;
  computed["y"] = proposal.pre_activation;
  computed["oja_dw_intended"] = ScaledStep(proposal);
  computed["oja_dw_reference"] = computed["oja_dw_intended"];
  computed["hebb_dw_intended"] = ScaledStep(hebb.hebbian().Propose(hebb.layer(), 0, x));
  return computed;
}

Tensors Gha(const Case& given) {
  const at::Tensor& x = given.Input("x");
  const auto delta = [&](const std::string& rule, const json& params) {
    OneLayer one(given, rule, params);
    return one.hebbian().Propose(one.layer(), 0, x).delta;
  };
  Tensors computed;
  computed["delta_sanger"] = delta("sanger", {});
  computed["delta_oja_per_unit"] = delta("oja", {});
  computed["delta_oja_subspace"] = delta("oja", {{"coupling", "all"}});
  OneLayer trained(given, "sanger", {{"learning_rate", given.Param<double>("eta")}});
  computed["y"] = trained.hebbian().Propose(trained.layer(), 0, x).pre_activation;
  for (int step = 0; step < given.Param<int>("steps"); ++step) trained.rule().Step({x, {}}, {});
  computed["w_final"] = trained.layer().weight;
  return computed;
}

// What krotov's units see with patches=as_published: the answers of units whose weights are those
// of the identity.
at::Tensor RowsAsPublished(const Case& given, json params) {
  const at::Tensor& w = given.Input("w");
  const std::int64_t kernel = w.size(2), values = kernel * kernel;
  Case identity = given;
  identity.inputs["w"] =
      at::eye(values * w.size(1), values, w.options()).view({values, w.size(1), kernel, kernel});
  params.update({{"patches", "as_published"}, {"input_norm", "none"}});
  OneLayer one(identity, "krotov", params);
  return one.hebbian().Propose(one.layer(), 0, given.Input("x")).pre_activation.slice(1, 0, values);
}

Tensors Krotov(const Case& given) {
  const at::Tensor& x = given.Input("x");
  json params = {{"p", given.Param<double>("p")},
                 {"k", given.Param<int>("k")},
                 {"delta", given.Param<double>("delta")},
                 {"scale_floor", given.Param<double>("precision")},
                 {"learning_rate", given.params.value("lr", 0.02)},
                 {"schedule", "constant"},
                 {"input_norm", given.params.value("normalize", false) ? "unit" : "none"}};
  Tensors computed;
  if (given.Param<std::string>("kind") == "conv") {
    for (const auto& [patches, name] :
         std::map<std::string, std::string>{{"full", "dw_full_patch"},
                                            {"per_channel", "dw_true_patches_per_channel"},
                                            {"as_published", "dw_as_implemented"}}) {
      params["patches"] = patches;
      OneLayer one(given, "krotov", params);
      computed[name] = one.hebbian().Propose(one.layer(), 0, x).delta;
      if (patches != "as_published") continue;
      computed["patches_as_implemented"] = RowsAsPublished(given, params);
    }
    return computed;
  }
  OneLayer one(given, "krotov", params);
  const Proposal proposal = one.hebbian().Propose(one.layer(), 0, x);
  computed["u"] = proposal.pre_activation.t();
  computed["dw"] = proposal.delta;
  one.hebbian().Apply(one.layer(), 0, proposal);
  computed["w_new"] = one.layer().weight;
  params["step_scale"] = "none";
  OneLayer raw(given, "krotov", params);
  computed["dw_raw"] = raw.hebbian().Propose(raw.layer(), 0, x).delta;
  return computed;
}

// One case holds for the merged form and for the naive one.
Tensors FastHebb(const Case& given, const std::string& update) {
  const auto rule = given.Param<std::string>("rule");
  const auto activation = given.Param<std::string>("act");
  const auto k = given.Param<double>("k");
  const at::Tensor& x = given.Input("x");
  json params = {{"learning_rate", given.Param<double>("lr")}, {"update", update}};
  if (activation == "kwta") {
    params.update({{"competition", "kwta"}, {"k", k}});
  } else if (activation == "esoftwta") {
    params.update({{"competition", "softmax"}, {"temperature", 1 / k}});
  } else if (activation == "psoftwta") {
    params.update({{"competition", "power"}, {"temperature", 1 / k}});
  } else {
    params["competition"] = activation == "identity" ? "none" : activation;
  }
  OneLayer one(given, rule, params);
  const Proposal proposal = one.hebbian().Propose(one.layer(), 0, x);
  Tensors computed;
  computed["s"] = proposal.pre_activation;
  const at::Tensor& post = proposal.plasticity.post;
  if (rule == "hpca") {
    computed["y"] = ShapedAs(proposal.pre_activation, post);
    computed["z"] = at::ones_like(computed["y"]);
  } else {
    computed["y"] = computed["s"];
    computed["z"] = ShapedAs(proposal.pre_activation, post.sqrt());  // A is z^2
  }
  computed["output"] = at::relu(one.layer().Forward(x));
  computed["delta_w"] = proposal.delta;
  one.hebbian().Apply(one.layer(), 0, proposal);
  computed["w_new"] = one.layer().weight;
  return computed;
}

Tensors Miconi(const Case& given) {
  const auto k = given.Param<double>("K");
  const auto l1 = given.Param<double>("l1");
  const bool thresholds = given.Param<bool>("use_thres");
  const bool masked = given.Param<double>("mask_prob") > 0;
  const at::Tensor& x = given.Input("x");
  const json params = {
      {"variant", given.Param<std::string>("rule")},
      {"k", k},
      {"competition", given.Param<bool>("binarized") ? "kwta_positive" : "kwta_linear"},
      {"learning_rate", given.Param<double>("lr")},
      {"threshold_rate", thresholds ? given.Param<double>("mu_thres") : 0},
      {"constraint", given.Param<bool>("normw") ? "unit_norm" : "none"},
      {"prune", masked ? 0.5 : 0},  // the mask itself is an input
      {"l1", l1}};
  const auto layer_cell = [&](const json& changed) {
    json all = params;
    all.update(changed);
    auto one = std::make_unique<OneLayer>(given, "gradhebb", all);
    if (thresholds) one->layer().bias.copy_(-given.Input("thres").flatten());
    if (masked) {
      StateCollector collector;
      one->rule().Visit(collector);
      collector.tensors.at("block1.mask").copy_(given.Input("mask"));
    }
    return one;
  };
  Tensors computed;
  const auto one = layer_cell(json::object());
  computed["x_norm"] = SampleNorm(x);
  const Proposal proposal = one->hebbian().Propose(one->layer(), 0, computed["x_norm"]);
  const at::Tensor& u = proposal.pre_activation;  // thresholds subtracted
  computed["prelim_y"] = thresholds ? u - one->layer().bias.view({1, -1, 1, 1}) : u.clone();
  computed["real_y"] = ShapedAs(u, proposal.plasticity.post);
  computed["minus_grad"] = proposal.delta;
  computed["delta_w"] =
      layer_cell({{"l1", 0}})->hebbian().Propose(one->layer(), 0, computed["x_norm"]).delta;
  computed["loss"] =
      -proposal.plasticity.post.square().sum() / 2 + l1 * one->layer().weight.abs().sum();
  computed["out_y"] =
      given.Param<std::string>("triangle") == "YES" ? Triangle(u, 1) : computed["real_y"];
  Shape shape{.channels = u.size(1), .height = u.size(2), .width = u.size(3)};
  const json pool = {{"op", "avg_pool"}, {"kernel", given.Param<int>("pool")}};
  computed["next_x"] = MakeOperation(pool, shape, "golden")->Forward(computed["out_y"], false);
  one->hebbian().Apply(one->layer(), 0, proposal);
  computed["w_new"] = one->layer().weight;
  if (thresholds) computed["thres_new"] = -one->layer().bias;
  return computed;
}

Tensors TriangleActivation(const Case& given) {
  const at::Tensor& x = given.Input("x");
  Shape shape{.channels = x.size(1)};
  const json spec = {{"op", "triangle"}, {"power", given.Param<double>("power")}};
  const std::unique_ptr<Operation> triangle = MakeOperation(spec, shape, "golden");
  const at::Tensor input = x.clone().requires_grad_();
  const at::Tensor y = triangle->Forward(input, true);
  Tensors computed = {{"y", y.detach()}};
  if (given.inputs.count("gy") == 0) return computed;
  y.backward(given.Input("gy"));
  computed["grad_x"] = input.grad();
  return computed;
}

// -------------------------------------------------------------------------------------- SPHeRe

Tensors SphereGram(const Case& given) { return {{"gram", CosineGram(given.Input("x"))}}; }

Tensors SphereLosses(const Case& given) {
  const at::Tensor& x = given.Input("x");
  const auto lambda = given.Param<double>("lambda_ortho");
  Tensors computed;
  // Without a projection the rule's losses look at y itself.
  const auto add = [&](const std::string& name, double structure, double orthogonality) {
    const auto rule = Registry<Rule>::Get().Make(
        "sphere", {{"projection", 0}, {"structure", structure}, {"lambda", orthogonality}});
    const at::Tensor y = given.Input("y").clone().requires_grad_();
    const at::Tensor loss = dynamic_cast<LocalLossRule&>(*rule).Loss(0, x, y, {});
    loss.backward();
    computed[name + "_loss"] = loss.detach();
    computed["grad_y_" + name] = y.grad();
  };
  add("hebb", 1, 0);
  add("ortho", 0, 1);
  add("total", 1, lambda);
  return computed;
}

// The tensors of a network and of a sphere rule attached to it, under the reference's names:
// block1.block.0.weight, block1.out_proj.5.bias, fc.weight.
Tensors SphereTensors(Network& network, Rule& rule) {
  static const std::map<std::string, std::string> of_block = {
      {"block.0.weight", "weight"},         {"block.0.bias", "bias"},
      {"block.1.weight", "op0.gain"},       {"block.1.bias", "op0.shift"},
      {"block.1.running_mean", "op0.mean"}, {"block.1.running_var", "op0.variance"}};
  static const std::map<std::string, std::string> of_projection = {
      {"out_proj.0.weight", "reduce.weight"},   {"out_proj.0.bias", "reduce.bias"},
      {"out_proj.1.weight", "norm.gain"},       {"out_proj.1.bias", "norm.shift"},
      {"out_proj.1.running_mean", "norm.mean"}, {"out_proj.1.running_var", "norm.variance"},
      {"out_proj.5.weight", "project.weight"},  {"out_proj.5.bias", "project.bias"}};
  StateCollector collector;
  network.Visit(collector);
  rule.Visit(collector);
  Tensors named = {{"fc.weight", collector.tensors.at("head.weight")},
                   {"fc.bias", collector.tensors.at("head.bias")}};
  for (std::size_t i = 1; i <= network.blocks().size(); ++i) {
    const std::string number = std::to_string(i);
    for (const auto& [theirs, ours] : of_block) {
      named["block" + number + "." + theirs] = collector.tensors.at("block" + number + "." + ours);
    }
    for (const auto& [theirs, ours] : of_projection) {
      named["block" + number + "." + theirs] =
          collector.tensors.at("modules.block" + number + "." + ours);
    }
  }
  return named;
}

bool IsBuffer(const std::string& name) { return name.find("running_") != std::string::npos; }

// One block with its projection; the weights are the inputs.
class SphereBlock {
 public:
  SphereBlock(const Case& given, double structure, double lambda)
      : network_(Spec(given), ImageShape(given.Input("x")), 2, Streams(1), at::kCPU),
        rule_(Registry<Rule>::Get().Make("sphere", {{"projection", given.Param<int>("proj")},
                                                    {"structure", structure},
                                                    {"lambda", lambda}})) {
    rule_->Attach(network_);
    for (const auto& [name, tensor] : SphereTensors(network_, *rule_)) {
      if (name.rfind("block1.", 0) != 0) continue;
      const std::string own = name.substr(7);
      tensors_[own] = tensor;
      if (!IsBuffer(own)) Put(tensor, own, given.Input(own));
    }
  }

  Network& network() { return network_; }
  LocalLossRule& rule() { return dynamic_cast<LocalLossRule&>(*rule_); }
  const Tensors& tensors() const { return tensors_; }

 private:
  static Shape ImageShape(const at::Tensor& x) {
    return {.channels = x.size(1), .height = x.size(2), .width = x.size(3)};
  }

  static json Spec(const Case& given) {
    json ops = json::array(
        {{{"op", "conv"}, {"out", given.Param<int>("out")}, {"kernel", 3}, {"padding", 1}},
         {{"op", "batch_norm"},
          {"epsilon", given.Param<double>("bn_eps")},
          {"momentum", given.Param<double>("bn_momentum")}},
         {{"op", "leaky_relu"}, {"slope", given.Param<double>("leaky_slope")}}});
    if (given.Param<bool>("pool")) {
      ops.push_back({{"op", "max_pool"}, {"kernel", 4}, {"stride", 2}, {"padding", 1}});
    }
    const json block = {{"ops", ops}, {"residual", given.Param<bool>("res")}};
    return {{"blocks", json::array({block})}};
  }

  Network network_;
  std::unique_ptr<Rule> rule_;
  Tensors tensors_;
};

Tensors SphereLayer(const Case& given) {
  const at::Tensor& x = given.Input("x");
  const auto lambda = given.Param<double>("lambda_ortho");
  Tensors computed;

  SphereBlock whole(given, 1, lambda);
  const StepReport report = whole.rule().ComputeGradients({x, {}});
  computed["loss"] = report.loss;
  computed["output"] = report.features;
  for (const auto& [name, tensor] : whole.tensors()) {
    if (IsBuffer(name)) {
      computed[name] = tensor;
    } else if (tensor.grad().defined()) {
      computed["grad." + name] = tensor.grad();
    }
  }
  computed["output_eval"] = whole.network().Features(x);

  SphereBlock inside(given, 1, lambda);
  computed["block_out"] = inside.network().blocks()[0].Inner(x, true).detach();
  computed["y_proj"] = inside.rule().Represent(0, computed["block_out"]).detach();
  computed["hebb_loss"] = SphereBlock(given, 1, 0).rule().ComputeGradients({x, {}}).loss;
  computed["ortho_loss"] = SphereBlock(given, 0, 1).rule().ComputeGradients({x, {}}).loss;
  return computed;
}

// SPHeRe's network, what trains it, and a readout beside it; the weights are the inputs.
class SphereNetwork {
 public:
  SphereNetwork(const Case& given, const json& optimizer)
      : x_(given.Input("x")),
        labels_(given.Input("labels")),
        network_(Spec(given), {x_.size(1), x_.size(2), x_.size(3)}, given.Param<int>("label_num"),
                 Streams(1), at::kCPU) {
    json params = optimizer;
    params["projection"] = given.Param<int>("proj");
    params["lambda"] = given.Param<double>("lambda_ortho");
    sphere_ = Registry<Rule>::Get().Make("sphere", params);
    sphere_->Attach(network_);
    if (given.Param<bool>("is_bp")) {
      backprop_ = Registry<Rule>::Get().Make("backprop", optimizer);
      backprop_->Attach(network_);
    }
    readout_ = Registry<Readout>::Get().Make("online", optimizer);
    readout_->Attach(Registry<Rule>::Get().Find(backprop_ ? "backprop" : "sphere").info, network_,
                     network_.feature_count(), given.Param<int>("label_num"));
    tensors_ = SphereTensors(network_, *sphere_);
    for (const auto& [name, tensor] : tensors_) {
      if (!IsBuffer(name)) Put(tensor, name, given.Input(name));
    }
  }

  struct Losses {
    at::Tensor cross_entropy;
    at::Tensor blocks;
    at::Tensor features;
  };

  // One step of everything that learns.
  Losses Step() {
    const StepReport report = (backprop_ ? backprop_ : sphere_)->Step({x_, labels_}, {});
    const at::Tensor cross_entropy =
        readout_->Learn(report.features, {}, {.labels = labels_}, {}).loss;
    readout_->Commit({});
    if (backprop_) return {report.loss, at::zeros({}), report.features};
    return {cross_entropy, report.loss, report.features};
  }

  // A forward pass in training mode, which changes running statistics alone.
  void UpdateStatistics() {
    if (!backprop_) {
      dynamic_cast<LocalLossRule&>(*sphere_).ComputeGradients({x_, {}});
      return;
    }
    const std::unique_ptr<Rule> random = Registry<Rule>::Get().Make("random", json::object());
    random->Attach(network_);
    random->Step({x_, {}}, {});
  }

  at::Tensor Logits() { return readout_->Scores(network_.Features(x_)); }
  at::Tensor Logits(const at::Tensor& features) { return readout_->Scores(features); }
  const Tensors& tensors() const { return tensors_; }

 private:
  static json Spec(const Case& given) {
    json spec = NetworkSpec("sphere-cnn");
    for (std::size_t i = 0; i < spec.at("blocks").size(); ++i) {
      const std::string name = fmt::format("block{}.block.0.weight", i + 1);
      spec["blocks"][i]["ops"][0]["out"] = given.Input(name).size(0);
    }
    return spec;
  }

  at::Tensor x_;
  at::Tensor labels_;
  Network network_;
  std::unique_ptr<Rule> sphere_;    // owns the projections
  std::unique_ptr<Rule> backprop_;  // trains in its place where the case says so
  std::unique_ptr<Readout> readout_;
  Tensors tensors_;
};

Tensors SphereCnn(const Case& given) {
  const OptimizerConfig known;
  if (given.Param<std::vector<double>>("betas") != std::vector<double>{known.beta1, known.beta2} ||
      given.Param<double>("eps") != known.epsilon) {
    throw std::runtime_error("rules train with AdamW's usual betas and epsilon");
  }
  const json adamw = {{"optimizer", "adamw"},
                      {"learning_rate", given.Param<double>("lr")},
                      {"weight_decay", given.Param<double>("weight_decay")},
                      {"schedule", "constant"}};
  // One step of plain descent, so large that the weights' difference is the gradient in all its
  // digits; a power of two, so that dividing it out costs none.
  const double large = 1 << 20;
  const json descent = {{"optimizer", "sgd"},
                        {"momentum", 0},
                        {"learning_rate", large},
                        {"weight_decay", 0},
                        {"schedule", "constant"}};
  Tensors computed;
  const auto add_summary = [&](const std::string& prefix, const std::string& name,
                               const at::Tensor& tensor) {
    const at::Tensor flat = tensor.detach().contiguous().flatten();
    computed[prefix + "_norm." + name] = flat.to(at::kDouble).norm();
    computed[prefix + "_first16." + name] = flat.slice(0, 0, 16);
  };

  SphereNetwork probe(given, descent);
  probe.Step();
  for (const auto& [name, tensor] : probe.tensors()) {
    if (IsBuffer(name)) continue;
    const at::Tensor start = given.Input(name).reshape(tensor.sizes());
    add_summary("grad0", name, (start.to(at::kDouble) - tensor.detach().to(at::kDouble)) / large);
  }

  SphereNetwork initial(given, adamw);
  computed["init_eval_logits"] = initial.Logits();
  SphereNetwork passed(given, adamw);
  passed.UpdateStatistics();
  computed["eval_logits_w0_stats1"] = passed.Logits();

  SphereNetwork trained(given, adamw);
  std::vector<at::Tensor> cross_entropies, of_blocks;
  for (int step = 0; step < given.Param<int>("steps"); ++step) {
    const SphereNetwork::Losses losses = trained.Step();
    if (step == 0) computed["train_logits_step0"] = initial.Logits(losses.features);
    cross_entropies.push_back(losses.cross_entropy);
    of_blocks.push_back(losses.blocks);
  }
  computed["ce_loss"] = at::stack(cross_entropies);
  computed["aux_loss"] = at::stack(of_blocks);
  computed["loss"] = computed["ce_loss"] + computed["aux_loss"];
  computed["loss_step0"] = computed["loss"][0];
  for (const auto& [name, tensor] : trained.tensors()) {
    if (IsBuffer(name)) {
      computed["final_buf." + name] = tensor;
    } else {
      add_summary("final", name, tensor);
    }
  }
  computed["final_eval_logits"] = trained.Logits();
  return computed;
}

// ------------------------------------------------------------------------ optimiser, statistics

Tensors SphereSchedule(const Case& given) {
  OptimizerConfig config;
  config.schedule = "cosine";
  config.learning_rate = given.Param<double>("lr0");
  config.min_learning_rate = given.Param<double>("eta_min");
  std::vector<double> rates;
  const at::Tensor epochs = given.Input("epoch");
  for (std::int64_t i = 0; i < epochs.numel(); ++i) {
    rates.push_back(config.RateAt(
        {.epoch = epochs[i].item<std::int64_t>(), .epochs = given.Param<int>("T_max")}));
  }
  return {{"lr", at::tensor(rates, at::kDouble)}};
}

Tensors OptimizerSteps(const Case& given) {
  OptimizerConfig config;
  config.kind = given.Param<std::string>("kind");
  std::transform(config.kind.begin(), config.kind.end(), config.kind.begin(),
                 [](unsigned char letter) { return static_cast<char>(std::tolower(letter)); });
  config.learning_rate = given.Param<double>("lr");
  config.weight_decay = given.Param<double>("weight_decay");
  const auto betas = given.Param<std::vector<double>>("betas");
  config.beta1 = betas.at(0);
  config.beta2 = betas.at(1);
  config.epsilon = given.Param<double>("eps");
  const auto without = given.Param<std::vector<std::size_t>>("no_grad");
  std::vector<at::Tensor> parameters;
  while (given.inputs.count(fmt::format("w{}", parameters.size())) > 0) {
    parameters.push_back(given.Input(fmt::format("w{}", parameters.size())).clone());
  }
  Optimizer optimizer(config, parameters);
  Tensors computed;
  for (int step = 1; step <= given.Param<int>("steps"); ++step) {
    Update update;
    for (std::size_t i = 0; i < parameters.size(); ++i) {
      const bool skipped = std::find(without.begin(), without.end(), i) != without.end();
      if (!skipped) update.Add(parameters[i], given.Input(fmt::format("g{}_step{}", i, step)));
    }
    optimizer.Step(update, {});
    for (std::size_t i = 0; i < parameters.size(); ++i) {
      computed[fmt::format("w{}_step{}", i, step)] = parameters[i].detach().clone();
    }
  }
  return computed;
}

Tensors AreaUnderCurve(const Case& given) {
  const auto values = [&](const char* name) {
    const at::Tensor x = given.Input(name).contiguous();
    return std::vector<double>(x.const_data_ptr<double>(), x.const_data_ptr<double>() + x.numel());
  };
  const std::vector<double> x = values("x"), y = values("acc");
  const double doublings = std::log2(x.back() / x.front());
  return {{"aulc_log2", Scalar(MeanHeightOverDoublings(x, y).value())},
          {"auc_log2_raw", Scalar(MeanHeightOverDoublings(x, y).value() * doublings)},
          {"aulc_linear", Scalar(MeanHeight(x, y).value())},
          {"mean_acc", given.Input("acc").mean()}};
}

Tensors FewShotEpisodes(const Case& given) {
  const std::int64_t way = given.Param<std::int64_t>("way");
  const at::Tensor gallery = given.Input("gallery").to(at::kDouble);  // [episodes, way * shot, d]
  const at::Tensor query = given.Input("query").to(at::kDouble);
  const at::Tensor labels =
      at::arange(way).repeat_interleave(given.Param<std::int64_t>("query_per_class"));
  const auto episode = [&](const at::Tensor& x, std::int64_t i) {
    return x[i].view({way, -1, x.size(2)});
  };
  const auto accuracy = [&](const at::Tensor& predicted) {
    return predicted.eq(labels).to(at::kDouble).mean();
  };
  Tensors computed;
  const std::map<std::string, std::pair<at::Tensor, at::Tensor>> kinds = {
      {"UN", {gallery, query}},
      {"L2N", {OnUnitSphere(gallery, {}), OnUnitSphere(query, {})}},
      {"CL2N",
       {OnUnitSphere(gallery, given.Input("train_mean").to(at::kDouble)),
        OnUnitSphere(query, given.Input("train_mean").to(at::kDouble))}}};
  for (const auto& [kind, features] : kinds) {
    std::vector<at::Tensor> accuracies, predicted, by_angle;
    for (std::int64_t i = 0; i < gallery.size(0); ++i) {
      predicted.push_back(NearestMean(episode(features.first, i), features.second[i]));
      accuracies.push_back(accuracy(predicted.back()));
    }
    const at::Tensor all = at::stack(accuracies);
    computed["acc_" + kind] = all;
    computed["acc_mean_" + kind] = all.mean();
    computed["ci95_" + kind] =
        1.96 * all.std(0, false) / std::sqrt(static_cast<double>(all.numel()));
    if (kind != "UN") continue;
    computed["pred_euclidean"] = at::stack(predicted);
    for (std::int64_t i = 0; i < gallery.size(0); ++i) {
      const at::Tensor means = OnUnitSphere(episode(gallery, i).mean(1, true), {});
      by_angle.push_back(NearestMean(means, OnUnitSphere(query[i], {})));
    }
    computed["pred_cosine"] = at::stack(by_angle);
  }
  const at::Tensor scores =
      RidgeScores(episode(gallery, 0), query[0], given.Param<double>("ridge_alpha"));
  computed["ridge_scores"] = scores;
  computed["ridge_acc"] = accuracy(scores.argmax(1));
  return computed;
}

// What a case of a kind gives; for some kinds in several ways that must agree.
using Handler = std::function<Tensors(const Case&)>;

const std::map<std::string, std::vector<Handler>>& Handlers() {
  static const std::map<std::string, std::vector<Handler>> handlers = {
      {"adamw", {OptimizerSteps}},
      {"agem", {AveragedGradientMemoryCase}},
      {"anytime", {AnytimeCase}},
      {"area_under_curve", {AreaUnderCurve}},
      {"cbp", {ContinualBackpropCase}},
      {"class_mask", {MaskCase}},
      {"continual_metrics", {ContinualMetricsCase}},
      {"corruptions", {CorruptionsCase}},
      {"der_loss", {DarkReplayCase}},
      {"derpp_loss", {DarkReplayCase}},
      {"ece", {CalibrationCase}},
      {"effective_dimension", {DimensionsCase}},
      {"ewc", {EwcCase}},
      {"er_ace_cosine", {[](const Case&) { return Tensors(); }}},
      {"er_ace_loss", {AsymmetricReplayCase}},
      {"fasthebb",
       {[](const Case& given) { return FastHebb(given, "merged"); },
        [](const Case& given) { return FastHebb(given, "naive"); }}},
      {"fewshot", {FewShotEpisodes}},
      {"fgsm_pgd", {AttacksCase}},
      {"fly", {FlyCase}},
      {"gradient_angle", {AnglesCase}},
      {"gem", {GradientMemoryCase}},
      {"gha", {Gha}},
      {"hebb_oja", {HebbAndOja}},
      {"hlop", {HlopCase}},
      {"icarl_herding", {HerdingCase}},
      {"icarl_loss", {IcarlLossCase}},
      {"image_metrics", {ImageQualityCase}},
      {"krotov", {Krotov}},
      {"linear_cka", {LinearCkaCase}},
      {"lwf", {DistillationCase}},
      {"mas", {MasCase}},
      {"miconi", {Miconi}},
      {"online_ewc", {OnlineEwcCase}},
      {"ranpac", {RandomProjectionCase}},
      {"reconstruction", {DecoderCase}},
      {"si", {SiCase}},
      {"slda", {StreamingLdaCase}},
      {"softhebb_conv", {SoftHebbConv}},
      {"softhebb_full_conv", {SoftHebbFull}},
      {"softhebb_linear", {SoftHebbFull}},
      {"sphere_cnn", {SphereCnn}},
      {"sphere_gram", {SphereGram}},
      {"sphere_layer", {SphereLayer}},
      {"sphere_losses", {SphereLosses}},
      {"sphere_schedule", {SphereSchedule}},
      {"student_ci", {StudentIntervals}},
      {"topk_confusion", {TopFiveCase}},
      {"bayes_correlated_t", {BayesCorrelatedCase}},
      {"bayes_signed_rank", {BayesSignedRankCase}},
      {"bootstrap_bca", {BootstrapCase}},
      {"critical_difference", {CriticalDifferenceCase}},
      {"distributions", {DistributionsCase}},
      {"effect_size", {EffectSizeCase}},
      {"friedman_nemenyi", {FriedmanCase}},
      {"holm_family", {HolmFamilyCase}},
      {"iman_davenport", {ImanDavenportCase}},
      {"iqm", {InterquartileCase}},
      {"mcnemar", {McNemarCase}},
      {"paired_t_holm", {PairedTCase}},
      {"prediction_band", {PredictionBandCase}},
      {"sign_flip", {SignFlipCase}},
      {"tost", {TostCase}},
      {"wilcoxon", {WilcoxonCase}},
      {"triangle", {TriangleActivation}}};
  return handlers;
}

// ---------------------------------------------------------------------------------- comparison

// What published code gives and the suite does not have: its other conventions for the same thing,
// intermediate values, and what was left out on purpose. '*' stands for the rest of a name.
const std::vector<std::string> kNotOurs = {
    "cbp/bounds",  // the published start of weights; ours is the layer's own
    "fewshot/logistic_acc", "fewshot/logistic_proba",
    "ece/ece10_torchmetrics",  // bins closed below; ours, as temperature_scaling's, above
    "ece/ece15_torchmetrics", "ece/mce15_torchmetrics", "ece/rms15_torchmetrics", "ece/confidence",
    "topk_confusion/top5_torch",  // of equal scores the lower index comes first in ours
    "topk_confusion/top5_optimistic", "topk_confusion/top5_pessimistic",
    "topk_confusion/recall_torchmetrics",  // 0 for a class without images; ours has no value
    "topk_confusion/macro_torchmetrics", "image_metrics/ssim_sample_cov",
    "image_metrics/ssim_uniform7", "effective_dimension/approximate_rank",
    "effective_dimension/abs_approximate_rank", "effective_dimension/participation_ratio_uncentred",
    "effective_dimension/matrix_rank", "gradient_angle/cosine_torch", "gradient_angle/norm_ratio",
    "corruptions/fog", "corruptions/frost", "corruptions/glass_blur", "corruptions/motion_blur",
    "corruptions/snow", "corruptions/spatter", "corruptions/speckle_noise",
    "corruptions/pixelate_small_size",
    "corruptions/qtable_*",  // libjpeg's own
    "er_ace_cosine/*",       // a head is linear
    "fgsm_pgd/grad_clean", "reconstruction/grad0.*", "ewc/fisher_all_repo_div_Nminus1.*",
    "class_mask/evaluate_avg_loss",  // a batch's mean, divided by its images
    "continual_metrics/bwt_per_task", "continual_metrics/forgetting_after_task",
    "continual_metrics/forgetting_per_task*", "continual_metrics/fwt_per_task",
    "ranpac/ridge_losses",
    // Solved for in one go.
    "slda/bias", "slda/lambda_matrix", "slda/weights"};

bool IsOurs(const std::string& kind, const std::string& name) {
  const std::string full = kind + "/" + name;
  return std::none_of(kNotOurs.begin(), kNotOurs.end(), [&](const std::string& other) {
    return other.back() == '*' ? full.rfind(other.substr(0, other.size() - 1), 0) == 0
                               : full == other;
  });
}

struct Deviation {
  double excess = 0;  // deviation over what is allowed: above 1 is too much
  std::string text;
};

// The entry of `computed` that is off most, measured by what is allowed for it.
Deviation WorstEntry(const at::Tensor& computed, const at::Tensor& expected, Tolerance tolerance) {
  if (!computed.defined() || computed.numel() != expected.numel()) {
    return {std::numeric_limits<double>::infinity(),
            fmt::format("{} values instead of {}", computed.defined() ? computed.numel() : 0,
                        expected.numel())};
  }
  const at::Tensor got = computed.detach().to(at::kDouble).contiguous().flatten();
  const at::Tensor want = expected.to(at::kDouble).contiguous().flatten();
  const double* values = got.const_data_ptr<double>();
  const double* targets = want.const_data_ptr<double>();
  Deviation worst;
  for (std::int64_t i = 0; i < want.numel(); ++i) {
    const double off = std::abs(values[i] - targets[i]);
    const double allowed = tolerance.absolute + tolerance.relative * std::abs(targets[i]);
    if (off <= allowed * worst.excess) continue;
    worst.excess = std::isfinite(off) && off > 0 && allowed > 0
                       ? off / allowed
                       : std::numeric_limits<double>::infinity();
    worst.text = fmt::format("off by {:.3g}, allowed {:.3g} (entry {}: {:.9g}, expected {:.9g})",
                             off, allowed, i, values[i], targets[i]);
    if (std::isinf(worst.excess)) break;
  }
  return worst;
}

// What is wrong with a case, in one line; "" when nothing is.
std::string Compare(const Case& given, const Tensors& computed) {
  Deviation worst;
  std::size_t wrong = 0;
  for (const auto& [name, expected] : given.expected) {
    const auto found = computed.find(name);
    if (found == computed.end()) return "not computed: " + name;
    const Deviation deviation = WorstEntry(found->second, expected, given.tolerances.at(name));
    if (!(deviation.excess > 1)) continue;
    ++wrong;
    if (deviation.excess > worst.excess) worst = {deviation.excess, name + " " + deviation.text};
  }
  if (wrong == 0) return "";
  return wrong == 1 ? worst.text
                    : fmt::format("{}; {} of {} tensors are off", worst.text, wrong,
                                  given.expected.size());
}

struct Count {
  int passed = 0;
  int failed = 0;
  int malformed = 0;  // of the failed
  std::map<std::string, int> not_covered;
};

void RunFile(const fs::path& path, const std::string& kind, Count& tally) {
  std::string trouble;
  try {
    std::ifstream stream(path, std::ios::binary);
    const json file = json::parse(stream, nullptr, false);
    if (!stream || !file.is_object()) throw Malformed("unreadable, or not a JSON object");
    const auto handlers = Handlers().find(kind);
    if (handlers == Handlers().end()) {
      ++tally.not_covered[kind];
      return;
    }
    Case given = ReadCase(file);
    std::erase_if(given.expected, [&](const auto& item) { return !IsOurs(kind, item.first); });
    for (const Handler& handler : handlers->second) {
      if (trouble.empty()) trouble = Compare(given, handler(given));
    }
  } catch (const Malformed& error) {
    trouble = std::string("malformed: ") + error.what();
    ++tally.malformed;
  } catch (const std::exception& error) {
    const std::string message = error.what();
    trouble = message.substr(0, message.find('\n'));
  }
  if (trouble.empty()) {
    ++tally.passed;
    return;
  }
  ++tally.failed;
  fmt::print("FAILED {}/{}: {}\n", kind, path.filename().string(), trouble);
}

int Main() {
  std::vector<fs::path> roots = {fs::path(PLASTICITY_SOURCE_FOLDER) / "tests" / "golden"};
  const char* more = std::getenv("PLASTICITY_GOLDEN");
  std::string folders = more == nullptr ? "" : more;
  while (!folders.empty()) {
    const std::size_t colon = std::min(folders.find(':'), folders.size());
    if (colon > 0) roots.emplace_back(folders.substr(0, colon));
    folders.erase(0, colon + 1);
  }

  Count tally;
  for (const fs::path& root : roots) {
    if (!fs::is_directory(root)) {
      fmt::print("FAILED {}: no such folder\n", root.string());
      ++tally.failed;
      ++tally.malformed;
      continue;
    }
    std::vector<fs::path> files;
    for (const fs::directory_entry& kind : fs::directory_iterator(root)) {
      if (!kind.is_directory()) continue;
      for (const fs::directory_entry& file : fs::directory_iterator(kind)) {
        if (file.path().extension() == ".json") files.push_back(file.path());
      }
    }
    std::sort(files.begin(), files.end());
    for (const fs::path& file : files) {
      RunFile(file, file.parent_path().filename().string(), tally);
    }
  }
  int not_covered = 0;
  for (const auto& [kind, count] : tally.not_covered) {
    fmt::print("not covered: {} ({} files)\n", kind, count);
    not_covered += count;
  }
  const bool none = tally.passed + tally.failed + not_covered == 0;
  if (none) fmt::print("no golden file was found\n");
  fmt::print("{} passed, {} failed, {} not covered\n", tally.passed, tally.failed, not_covered);
  if (none || tally.malformed > 0) return 2;
  return tally.failed > 0 ? 1 : 0;
}

}  // namespace
}  // namespace plasticity

int main() { return plasticity::Main(); }
