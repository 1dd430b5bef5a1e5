#include "suite/network.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "suite/base/error.h"
#include "suite/base/memory.h"
#include "suite/base/text.h"
#include "suite/ops/convolution.h"
#include "suite/ops/dense.h"
#include "suite/ops/unit_weights.h"
#include "suite/params.h"

namespace plasticity {
namespace {

// uniform in +-1/sqrt(fan_in): PyTorch's default for convolutions and dense layers.
at::Tensor DefaultInit(at::IntArrayRef sizes, std::int64_t fan_in, Stream& stream) {
  at::Tensor tensor = at::empty(sizes);
  const double bound = 1 / std::sqrt(static_cast<double>(fan_in));
  stream.FillUniform(tensor.data_ptr<float>(), static_cast<std::size_t>(tensor.numel()), -bound,
                     bound);
  return tensor;
}

// Throws InputError where so many values do not fit into memory, before they are made. Products of
// sizes are formed as real numbers, which do not overflow.
void CheckFits(double values, const std::string& what) {
  CheckMemory(values * sizeof(float), what);
}

double ValuesOf(const Shape& shape) {
  return static_cast<double>(shape.channels) * static_cast<double>(shape.height) *
         static_cast<double>(shape.width);
}

// MakeOperation, of an output that fits.
std::unique_ptr<Operation> MakeFitting(const nlohmann::json& op, Shape& shape,
                                       const std::string& where) {
  std::unique_ptr<Operation> made = MakeOperation(op, shape, where);
  CheckFits(ValuesOf(shape), where + ": the output of " + op.at("op").dump());
  return made;
}

// x, or 1 where it is 0.
at::Tensor OrOne(const at::Tensor& x) { return at::where(x == 0, 1, x); }

}  // namespace

at::Tensor PlasticLayer::Pad(const at::Tensor& x) const {
  if (!convolutional || padding == 0) return x;
  const std::int64_t p = padding;
  return reflect ? at::reflection_pad2d(x, {p, p, p, p}) : at::constant_pad_nd(x, {p, p, p, p});
}

at::Tensor PlasticLayer::Respond(const at::Tensor& padded, const at::Tensor& weights) const {
  if (convolutional) return Convolution(padded, weights, bias, stride, precision);
  const auto dense = [&](const at::Tensor& x, const at::Tensor& w, const at::Tensor& b) {
    return Dense(x, w, b, w.is_same(weight) ? gradient : nullptr);
  };
  return Multiplied(precision, dense, padded, weights, bias);
}

at::Tensor PlasticLayer::InputNorms(const at::Tensor& padded) const {
  if (!convolutional) return padded.norm(2, {1}, true);
  const std::int64_t kernel = weight.size(2);
  const at::Tensor sums = at::avg_pool2d(padded.square().sum(1, true), {kernel, kernel},
                                         {stride, stride}, {0, 0}, false, true, 1);
  return sums.clamp_min(0).sqrt();
}

at::Tensor PlasticLayer::Surrounded(const at::Tensor& u) const {
  if (!surround.defined() || !convolutional) return u;
  const std::int64_t side = surround.size(0);
  const at::Tensor maps = u.contiguous().flatten(0, 1).unsqueeze(1);  // [n * out, 1, h, w]
  return at::conv2d(maps, surround.view({1, 1, side, side}), {}, {1, 1}, {side / 2, side / 2})
      .view(u.sizes())
      .contiguous(at::MemoryFormat::ChannelsLast);
}

at::Tensor PlasticLayer::Direction(bool by_place) const {
  if (by_place) return weight / OrOne(weight.norm(2, {1}, true));
  return weight / PerUnit(OrOne(UnitNorms(weight)), weight);
}

at::Tensor PlasticLayer::Forward(const at::Tensor& x) const {
  const at::Tensor padded = Pad(x);
  if (output == UnitOutput::kDot) return Surrounded(Respond(padded, weight));
  const at::Tensor direction = Direction(output == UnitOutput::kCosineByPlace);
  if (output == UnitOutput::kProjection) return Surrounded(Respond(padded, direction));
  PlasticLayer unbiased = *this;
  unbiased.bias = at::Tensor();
  const at::Tensor cosine = unbiased.Respond(padded, direction) / OrOne(InputNorms(padded));
  if (!bias.defined()) return Surrounded(cosine);
  return Surrounded(cosine + (convolutional ? bias.view({1, -1, 1, 1}) : bias));
}

Block::Block(const nlohmann::json& spec, double width, Shape& shape, const std::string& where,
             Stream init) {
  if (!spec.is_object() || !spec.contains("ops") || !spec.at("ops").is_array()) {
    throw InputError(where + ": a block is an object with a list \"ops\".");
  }
  for (const auto& [key, value] : spec.items()) {
    if (key != "ops" && key != "residual")
      throw InputError(where + " has no setting '" + key + "'. It has: ops, residual.");
  }
  const Shape input = shape;
  const nlohmann::json residual = spec.value("residual", nlohmann::json(false));
  if (!residual.is_boolean())
    throw InputError(where + ": residual = " + residual.dump() + " is not true or false.");
  residual_ = residual;
  bool seen = false;
  for (const nlohmann::json& op : spec.at("ops")) {
    const nlohmann::json kind =
        op.is_object() ? op.value("op", nlohmann::json()) : nlohmann::json();
    if (kind != "conv" && kind != "dense") {
      (seen ? after_ : before_).push_back(MakeFitting(op, shape, where));
      continue;
    }
    if (seen) throw InputError(where + " has two plastic layers; a block has one conv or dense.");
    seen = true;
    nlohmann::json given = op;
    given.erase("op");
    Params params(where + ", " + kind.get<std::string>(), given);
    const std::int64_t nominal = params.Integer("out", 64, Range{.min = 1}, "units at width 1");
    const double wide = static_cast<double>(nominal) * width;
    CheckFits(wide, fmt::format("{}: a layer of {:g} units (at width {:g})", where, wide, width));
    const std::int64_t out = std::max<std::int64_t>(1, std::llround(wide));
    const bool with_bias = params.Flag("bias", true, "a bias per unit");
    std::vector<std::int64_t> sizes = {out, shape.channels};
    double fan_in = static_cast<double>(shape.channels);
    layer.convolutional = kind == "conv";
    if (layer.convolutional) {
      if (shape.flat) throw InputError(where + ": a convolution cannot follow a flattened input.");
      const std::int64_t kernel =
          params.Integer("kernel", 3, Range{.min = 1}, "side of the kernel", "pixels");
      layer.stride = params.Integer("stride", 1, Range{.min = 1}, "step of the kernel", "pixels");
      layer.padding = params.Integer("padding", 0, kNonNegative, "border", "pixels");
      layer.reflect = params.Flag("reflect", false, "the border mirrors the image; else zeros");
      const double border = 2 * static_cast<double>(layer.padding);
      CheckFits(fan_in * (static_cast<double>(shape.height) + border) *
                    (static_cast<double>(shape.width) + border),
                where + ": an input with that padding");
      fan_in *= static_cast<double>(kernel) * static_cast<double>(kernel);
      if (layer.reflect && layer.padding >= std::min(shape.height, shape.width)) {
        throw InputError(where + ": a mirrored border must be smaller than the image.");
      }
      if (std::min(shape.height, shape.width) + 2 * layer.padding < kernel) {
        throw InputError(where + ": the image is smaller than the kernel.");
      }
      shape.height = (shape.height + 2 * layer.padding - kernel) / layer.stride + 1;
      shape.width = (shape.width + 2 * layer.padding - kernel) / layer.stride + 1;
      sizes.insert(sizes.end(), {kernel, kernel});
    } else if (!shape.flat) {
      throw InputError(where + ": a dense layer needs a \"flatten\" before it.");
    }
    params.Finish();
    CheckFits(fan_in * wide,
              fmt::format("{}: the weights of {} units (at width {:g})", where, out, width));
    shape.channels = out;
    CheckFits(ValuesOf(shape), fmt::format("{}: the output of {} units", where, out));
    layer.positions = shape.height * shape.width;
    layer.weight = DefaultInit(sizes, static_cast<std::int64_t>(fan_in), init);
    if (with_bias) layer.bias = DefaultInit({out}, static_cast<std::int64_t>(fan_in), init);
  }
  if (!seen) throw InputError(where + " has no plastic layer; a block has one conv or dense.");
  output_shape_ = shape;
  before_order_ = RunningOrder(before_);
  after_order_ = RunningOrder(after_);
  StateCounter behind;
  for (const auto& op : after_) op->Visit(behind);
  keeps_statistics_behind_ = behind.bytes() > 0;
  if (residual_ && (input.flat || shape.flat || shape.channels < input.channels)) {
    throw InputError(
        where + ": a skip connection needs images, and as many channels as its input or more.");
  }
  const std::int64_t shrink = shape.channels > input.channels ? 2 : 1;
  if (residual_ && (shape.height != input.height / shrink || shape.width != input.width / shrink)) {
    throw InputError(
        where +
        ": a skip connection needs a block that halves the image if it adds channels, and keeps "
        "its size if not.");
  }
}

at::Tensor Block::Before(const at::Tensor& x, bool training) {
  at::Tensor y = x;
  for (Operation* const op : before_order_) y = op->Forward(y, training);
  return y;
}

at::Tensor Block::After(const at::Tensor& pre_activation, bool training) {
  at::Tensor y = pre_activation;
  for (Operation* const op : after_order_) y = op->Forward(y, training);
  return y;
}

at::Tensor Block::Skip(const at::Tensor& x, const at::Tensor& inner) const {
  if (!residual_) return inner;
  const std::int64_t missing = inner.size(1) - x.size(1);
  if (missing == 0) return inner + x;
  return inner + at::avg_pool2d(at::constant_pad_nd(x, {0, 0, 0, 0, 0, missing}), {2, 2});
}

void Block::Visit(StateVisitor& visitor) {
  visitor.Tensor("weight", layer.weight);
  visitor.Tensor("bias", layer.bias);
  std::size_t index = 0;
  for (const auto* ops : {&before_, &after_}) {
    for (const auto& op : *ops) {
      ScopedVisitor scoped(visitor, "op" + std::to_string(index++));
      op->Visit(scoped);
    }
  }
}

std::vector<at::Tensor> Block::Parameters() const {
  std::vector<at::Tensor> parameters = {layer.weight};
  if (layer.bias.defined()) parameters.push_back(layer.bias);
  for (const auto* ops : {&before_, &after_}) {
    for (const auto& op : *ops) op->AddParameters(parameters);
  }
  return parameters;
}

void Block::To(at::Device device) {
  // Channels last: [n, out] views of feature maps then cost nothing.
  const at::MemoryFormat format =
      layer.convolutional ? at::MemoryFormat::ChannelsLast : at::MemoryFormat::Contiguous;
  layer.weight = layer.weight.to(device).contiguous(format);
  if (layer.bias.defined()) layer.bias = layer.bias.to(device);
  for (const auto* ops : {&before_, &after_}) {
    for (const auto& op : *ops) op->To(device);
  }
}

Linear::Linear(std::int64_t in, std::int64_t out, Stream init, at::Device device)
    : weight(DefaultInit({out, in}, in, init).to(device)),
      bias(DefaultInit({out}, in, init).to(device)) {}

at::Tensor Linear::Forward(const at::Tensor& x) const { return at::linear(x, weight, bias); }

void Linear::Visit(StateVisitor& visitor) {
  visitor.Tensor("weight", weight);
  visitor.Tensor("bias", bias);
}

NetworkSettings SettingsOf(const nlohmann::json& spec) {
  if (!spec.is_object()) throw InputError("a network is described by a JSON object.");
  const nlohmann::json given_name = spec.value("name", nlohmann::json("network"));
  if (!given_name.is_string())
    throw InputError("a network's name is a text, not " + given_name.dump() + ".");
  const std::string name = given_name;
  for (const auto& [key, value] : spec.items()) {
    static const std::vector<std::string> known = {"name",  "summary", "width",
                                                   "input", "blocks",  "features"};
    if (std::find(known.begin(), known.end(), key) == known.end()) {
      throw InputError(fmt::format("network {} has no setting '{}'.{} It has: {}.", name, key,
                                   NearestHint(key, known), Join(known, ", ")));
    }
  }
  const nlohmann::json width = spec.value("width", nlohmann::json(1.0));
  if (!width.is_number() || !kPositive.Contains(width.get<double>())) {
    throw InputError(fmt::format(
        "network {}: width = {} is not allowed. It multiplies the units of every layer (> 0).",
        name, width.dump()));
  }
  const nlohmann::json input = spec.value("input", nlohmann::json("standardize"));
  static const std::map<std::string, InputNormalization> inputs = {
      {"standardize", InputNormalization::kStandardize},
      {"scale", InputNormalization::kScale},
      {"zca", InputNormalization::kZca},
      {"zca_pixels", InputNormalization::kZcaPixels}};
  const auto known = input.is_string() ? inputs.find(input.get<std::string>()) : inputs.end();
  if (known == inputs.end()) {
    throw InputError(
        fmt::format("network {}: input = {} is not allowed: standardize, scale, zca or zca_pixels.",
                    name, input.dump()));
  }
  return {.name = name, .width = width.get<double>(), .input = known->second};
}

Network::Network(const nlohmann::json& spec, const Shape& image, std::int64_t classes,
                 const Streams& streams, at::Device device, Precision precision)
    : device_(device), streams_(streams) {
  const NetworkSettings settings = SettingsOf(spec);
  const std::string& name = settings.name;
  input_ = settings.input;
  Shape shape = image;
  const nlohmann::json blocks = spec.value("blocks", nlohmann::json::array());
  const nlohmann::json features = spec.value("features", nlohmann::json::array());
  if (!blocks.is_array() || blocks.empty() || !features.is_array()) {
    throw InputError(
        fmt::format("network {}: blocks is a list of one block or more, features a list.", name));
  }
  blocks_.reserve(blocks.size());
  for (const nlohmann::json& block : blocks) {
    const std::size_t index = blocks_.size();
    blocks_.emplace_back(block, settings.width, shape,
                         fmt::format("network {}, block {}", name, index + 1),
                         streams_.For("weights", index));
    blocks_.back().layer.precision = precision;
    blocks_.back().To(device_);
  }
  for (const nlohmann::json& op : features) {
    features_.push_back(MakeFitting(op, shape, "network " + name + ", features"));
  }
  feature_count_ = shape.size();
  CheckFits(ValuesOf(shape) * static_cast<double>(classes), "network " + name + ": the head");
  head_ = Linear(feature_count_, classes, streams_.For("weights.head"), device_);
}

at::MemoryFormat Network::input_format() const {
  return blocks_.front().layer.convolutional ? at::MemoryFormat::ChannelsLast
                                             : at::MemoryFormat::Contiguous;
}

at::Tensor Network::Readable(const at::Tensor& last_output) {
  at::Tensor x = last_output;
  for (const auto& op : features_) x = op->Forward(x, false);
  return x.flatten(1);
}

at::Tensor Network::Through(const at::Tensor& images, std::size_t count) {
  at::Tensor x = images;
  for (std::size_t i = 0; i < count; ++i) x = blocks_[i].Forward(x, false);
  return x;
}

at::Tensor Network::Maps(const at::Tensor& images) {
  const at::NoGradGuard no_gradients;
  return Through(images, blocks_.size());
}

at::Tensor Network::Features(const at::Tensor& images) {
  const at::NoGradGuard no_gradients;
  return Readable(Maps(images));
}

double Network::forward_flops() const {
  double flops = 0;
  for (const Block& block : blocks_) {
    flops += 2.0 * static_cast<double>(block.layer.weight.numel()) *
             static_cast<double>(block.layer.positions);
  }
  return flops;
}

void Network::Visit(StateVisitor& visitor) {
  for (std::size_t i = 0; i < blocks_.size(); ++i) {
    ScopedVisitor scoped(visitor, "block" + std::to_string(i + 1));
    blocks_[i].Visit(scoped);
  }
  ScopedVisitor scoped(visitor, "head");
  head_.Visit(scoped);
}

}  // namespace plasticity
