// The operations between plastic layers: normalisation, activations, pooling.
#include <ATen/ATen.h>
#include <fmt/format.h>
#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>
#include <functional>

#include "suite/base/error.h"
#include "suite/base/text.h"
#include "suite/network.h"
#include "suite/ops/activations.h"
#include "suite/ops/max_pool.h"
#include "suite/ops/norm_pool.h"
#include "suite/params.h"

namespace plasticity {
namespace {

class MaxPooling final : public Operation {
 public:
  explicit MaxPooling(const Window& window) : window_(window) {}
  at::Tensor Forward(const at::Tensor& x, bool) override { return MaxPool(x, window_); }
  const Window& window() const { return window_; }

 private:
  Window window_;
};

// An operation that can pool what it makes, sooner than the pooling behind it could.
class Poolable : public Operation {
 public:
  // From now on Forward is what `pooling` makes of what it was. The pooling must live as long.
  void PoolWith(const MaxPooling& pooling) { pooling_ = &pooling; }
  bool pools() const { return pooling_ != nullptr; }

 protected:
  const MaxPooling* pooling_ = nullptr;
};

class BatchNorm final : public Poolable {
 public:
  BatchNorm(std::int64_t channels, bool affine, double momentum, double epsilon)
      : norm_{.gain = affine ? at::ones({channels}).requires_grad_() : at::Tensor(),
              .shift = affine ? at::zeros({channels}).requires_grad_() : at::Tensor(),
              .mean = at::zeros({channels}),
              .variance = at::ones({channels}),
              .momentum = momentum,
              .epsilon = epsilon} {}

  at::Tensor Forward(const at::Tensor& x, bool training) override {
    // One value a channel (a batch of one, after a dense layer) has no variance: the running
    // statistics stand in for its own.
    const bool own = training && x.numel() > x.size(1);
    if (pooling_ != nullptr) return NormPool(x, norm_, own, pooling_->window());
    return at::batch_norm(x, norm_.gain, norm_.shift, norm_.mean, norm_.variance, own,
                          norm_.momentum, norm_.epsilon, false);
  }

  void Visit(StateVisitor& visitor) override {
    visitor.Tensor("gain", norm_.gain);
    visitor.Tensor("shift", norm_.shift);
    visitor.Tensor("mean", norm_.mean);
    visitor.Tensor("variance", norm_.variance);
  }

  void AddParameters(std::vector<at::Tensor>& parameters) const override {
    if (!norm_.gain.defined()) return;
    parameters.push_back(norm_.gain);
    parameters.push_back(norm_.shift);
  }

  void To(at::Device device) override {
    norm_.mean = norm_.mean.to(device);
    norm_.variance = norm_.variance.to(device);
    if (!norm_.gain.defined()) return;
    norm_.gain = norm_.gain.detach().to(device).requires_grad_();
    norm_.shift = norm_.shift.detach().to(device).requires_grad_();
  }

 private:
  BatchStatistics norm_;
};

// What is above the mean over channels, to a power, which never falls.
class TriangleOperation final : public Poolable {
 public:
  explicit TriangleOperation(double power) : power_(power) {}
  at::Tensor Forward(const at::Tensor& x, bool) override {
    if (pooling_ == nullptr) return Triangle(x, power_);
    return RectifiedPower(MaxPool(CentreChannels(x), pooling_->window()), power_);
  }

 private:
  double power_;
};

// x.flatten(1) of images, whose errors it hands back as images lie, channels last: what is behind
// would walk them in strides else.
class FlattenFunction : public torch::autograd::Function<FlattenFunction> {
 public:
  static at::Tensor forward(torch::autograd::AutogradContext* context, const at::Tensor& x) {
    context->saved_data["shape"] = x.sizes().vec();
    return x.flatten(1);
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 torch::autograd::variable_list gradients) {
    return {gradients[0]
                .reshape(context->saved_data["shape"].toIntVector())
                .contiguous(at::MemoryFormat::ChannelsLast)};
  }
};

at::Tensor Flatten(const at::Tensor& x) {
  return x.dim() == 4 && x.requires_grad() ? FlattenFunction::apply(x) : x.flatten(1);
}

// An operation without state.
class Function final : public Operation {
 public:
  Function(std::function<at::Tensor(const at::Tensor&)> forward, bool never_falls)
      : forward_(std::move(forward)), never_falls_(never_falls) {}
  at::Tensor Forward(const at::Tensor& x, bool) override { return forward_(x); }
  // Whether it takes value by value, a larger one never to a smaller one.
  bool never_falls() const { return never_falls_; }

 private:
  std::function<at::Tensor(const at::Tensor&)> forward_;
  bool never_falls_;
};

std::unique_ptr<Operation> Make(std::function<at::Tensor(const at::Tensor&)> forward) {
  return std::make_unique<Function>(std::move(forward), false);
}

std::unique_ptr<Operation> MakeActivation(std::function<at::Tensor(const at::Tensor&)> forward) {
  return std::make_unique<Function>(std::move(forward), true);
}

std::int64_t Pooled(std::int64_t size, std::int64_t kernel, std::int64_t stride,
                    std::int64_t padding) {
  return (size + 2 * padding - kernel) / stride + 1;
}

std::unique_ptr<Operation> MakePool(bool max, Params& params, Shape& shape,
                                    const std::string& where) {
  const std::int64_t kernel =
      params.Integer("kernel", 2, Range{.min = 1}, "side of the window", "pixels");
  const std::int64_t stride =
      params.Integer("stride", kernel, Range{.min = 1}, "step of the window", "pixels");
  const std::int64_t padding = params.Integer("padding", 0, kNonNegative, "border", "pixels");
  if (padding > kernel / 2) throw InputError(where + ": padding is at most half the kernel.");
  if (shape.flat) throw InputError(where + ": pooling cannot follow a flattened input.");
  if (std::min(shape.height, shape.width) + 2 * padding < kernel) {
    throw InputError(where + ": the image is smaller than the window.");
  }
  shape.height = Pooled(shape.height, kernel, stride, padding);
  shape.width = Pooled(shape.width, kernel, stride, padding);
  if (max)
    return std::make_unique<MaxPooling>(
        Window{.kernel = kernel, .stride = stride, .padding = padding});
  return Make([=](const at::Tensor& x) {
    return at::avg_pool2d(x, {kernel, kernel}, {stride, stride}, {padding, padding});
  });
}

using Maker = std::function<std::unique_ptr<Operation>(Params&, Shape&, const std::string&)>;

const std::map<std::string, Maker>& Makers() {
  static const std::map<std::string, Maker> makers = {
      {"batch_norm",
       [](Params& params, Shape& shape, const std::string&) -> std::unique_ptr<Operation> {
         const bool affine = params.Flag("affine", true, "learn a gain and a shift per channel");
         const double momentum =
             params.Real("momentum", 0.1, kUnitInterval, "weight of the newest batch");
         const double epsilon = params.Real("epsilon", 1e-5, kPositive, "added to the variance");
         return std::make_unique<BatchNorm>(shape.channels, affine, momentum, epsilon);
       }},
      {"relu",
       [](Params&, Shape&, const std::string&) {
         return MakeActivation([](const at::Tensor& x) { return at::relu(x); });
       }},
      {"leaky_relu",
       [](Params& params, Shape&, const std::string&) {
         const double slope = params.Real("slope", 0.01, kNonNegative, "slope below zero");
         return MakeActivation([=](const at::Tensor& x) { return at::leaky_relu(x, slope); });
       }},
      {"tanh",
       [](Params&, Shape&, const std::string&) {
         return MakeActivation([](const at::Tensor& x) { return at::tanh(x); });
       }},
      {"repu",
       [](Params& params, Shape&, const std::string&) {
         const double power = params.Real("power", 1, kPositive, "exponent n of relu(x)^n");
         return MakeActivation([=](const at::Tensor& x) { return RectifiedPower(x, power); });
       }},
      {"sample_norm",
       [](Params&, Shape&, const std::string&) {
         return Make([](const at::Tensor& x) { return SampleNorm(x); });
       }},
      {"triangle",
       [](Params& params, Shape&, const std::string&) {
         const double power = params.Real("power", 1, kPositive, "exponent");
         return std::make_unique<TriangleOperation>(power);
       }},
      {"max_pool", [](Params& params, Shape& shape,
                      const std::string& where) { return MakePool(true, params, shape, where); }},
      {"avg_pool", [](Params& params, Shape& shape,
                      const std::string& where) { return MakePool(false, params, shape, where); }},
      {"adaptive_avg_pool",
       [](Params& params, Shape& shape, const std::string& where) {
         const std::int64_t size =
             params.Integer("size", 1, Range{.min = 1}, "side of the output", "pixels");
         if (shape.flat) throw InputError(where + ": pooling cannot follow a flattened input.");
         shape.height = shape.width = size;
         return Make([=](const at::Tensor& x) { return at::adaptive_avg_pool2d(x, {size, size}); });
       }},
      {"flatten", [](Params&, Shape& shape, const std::string&) {
         shape = {.channels = shape.size(), .flat = true};
         return Make(Flatten);
       }}};
  return makers;
}

}  // namespace

std::unique_ptr<Operation> MakeOperation(const nlohmann::json& spec, Shape& shape,
                                         const std::string& where) {
  if (!spec.is_object() || !spec.contains("op") || !spec.at("op").is_string()) {
    throw InputError(where + ": an operation is an object with an \"op\", not " + spec.dump() +
                     ".");
  }
  const std::string op = spec.at("op");
  const auto maker = Makers().find(op);
  if (maker == Makers().end()) {
    std::vector<std::string> names = {"conv", "dense"};
    for (const auto& [name, make] : Makers()) names.push_back(name);
    throw InputError(
        fmt::format("{}: no operation '{}'. There are: {}.", where, op, Join(names, ", ")));
  }
  nlohmann::json given = spec;
  given.erase("op");
  Params params(where + ", " + op, given);
  std::unique_ptr<Operation> made = maker->second(params, shape, where);
  params.Finish();
  return made;
}

std::vector<Operation*> RunningOrder(const std::vector<std::unique_ptr<Operation>>& operations) {
  std::vector<Operation*> order;
  for (const std::unique_ptr<Operation>& operation : operations) {
    const auto* const pooling = dynamic_cast<const MaxPooling*>(operation.get());
    auto at = order.end();
    const auto never_falls = [](const Operation* before) {
      const auto* const function = dynamic_cast<const Function*>(before);
      return function != nullptr && function->never_falls();
    };
    if (pooling != nullptr)
      while (at != order.begin() && never_falls(*std::prev(at))) --at;
    auto* const before = pooling == nullptr || at == order.begin()
                             ? nullptr
                             : dynamic_cast<Poolable*>(*std::prev(at));
    if (before != nullptr && !before->pools())
      before->PoolWith(*pooling);
    else
      order.insert(at, operation.get());
  }
  return order;
}

}  // namespace plasticity
