// What a SoftHebb step costs, part by part, on the layers of SoftHebb's CIFAR network with its
// batch of 10 images, and on two narrower ones of sphere-cnn. A^T X is formed by the engine and in
// three other ways; units respond by the engine and by LibTorch's convolution (FLOP/s are a direct
// convolution's; `error` is the root mean square of what float32 loses, over that of the numbers);
// the signed softmax goes by the fused kernel and in plain ATen.
#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <benchmark/benchmark.h>
#include <malloc.h>

#include <iterator>
#include <string>

#include "rules/kernels/kernels.h"
#include "suite/hebbian_rule.h"

namespace plasticity {
namespace {

constexpr std::int64_t kBatch = 10;

// Memory is kept as `plasticity run` keeps it.
const bool kept =
    mallopt(M_MMAP_THRESHOLD, 1 << 30) == 1 && mallopt(M_TRIM_THRESHOLD, 1 << 30) == 1;

struct LayerShape {
  const char* name;
  std::int64_t in, out, kernel, side;
};

constexpr LayerShape kLayers[] = {{"3->96 k5 32x32", 3, 96, 5, 32},
                                  {"96->384 k3 16x16", 96, 384, 3, 16},
                                  {"384->1536 k3 8x8", 384, 1536, 3, 8},
                                  {"96->192 k3 16x16", 96, 192, 3, 16},
                                  {"48->96 k3 16x16", 48, 96, 3, 16}};
constexpr std::int64_t kLast = std::size(kLayers) - 1;

at::Tensor Noise(at::IntArrayRef sizes) {
  at::Tensor tensor = at::empty(sizes);
  Stream(1).FillNormal(tensor.data_ptr<float>(), static_cast<std::size_t>(tensor.numel()), 0, 1);
  return tensor;
}

// One layer, its padded input and a post-synaptic factor, lying in memory as they do in a step.
struct Case {
  explicit Case(const benchmark::State& state)
      : shape(kLayers[state.range(0)]),
        network({{"blocks",
                  {{{"ops",
                     {{{"op", "conv"},
                       {"out", shape.out},
                       {"kernel", shape.kernel},
                       {"padding", shape.kernel / 2},
                       {"reflect", true},
                       {"bias", false}}}}}}}},
                {shape.in, shape.side, shape.side}, 2, Streams(1), at::kCPU),
        layer(network.blocks()[0].layer),
        padded(layer.Pad(Noise({kBatch, shape.in, shape.side, shape.side}))
                   .contiguous(at::MemoryFormat::ChannelsLast)),
        post(Noise({kBatch * layer.positions, shape.out})) {}

  // The post-synaptic factor as maps [batch, out, h, w].
  at::Tensor Maps() const {
    return post.view({kBatch, shape.side, shape.side, shape.out}).permute({0, 3, 1, 2});
  }

  // `amount` of `unit` is done in each iteration.
  void Report(benchmark::State& state, const std::string& unit, double amount) const {
    state.SetLabel(shape.name);
    state.counters[unit + "/s"] =
        benchmark::Counter(amount, benchmark::Counter::kIsIterationInvariantRate);
  }
  double ProductOperations() const {
    return 2.0 * static_cast<double>(layer.weight.numel() * layer.positions * kBatch);
  }

  LayerShape shape;
  Network network;
  PlasticLayer& layer;
  at::Tensor padded;
  at::Tensor post;
};

// How far numbers are from exact ones, over the size of these.
double ErrorOf(const at::Tensor& numbers, const at::Tensor& exact) {
  const auto size = [](const at::Tensor& of) { return of.square().mean().sqrt().item<double>(); };
  return size(numbers.to(at::kDouble) - exact) / size(exact);
}

// Runs `product` of a case until the time is known.
template <typename Product>
void TimeProduct(benchmark::State& state, const Product& product) {
  const at::NoGradGuard no_gradients;
  const Case given(state);
  const at::Tensor expected = PostTimesInput(given.layer, given.padded, given.post);
  if (!at::allclose(product(given), expected, 1e-3, 1e-3 * expected.abs().max().item<double>())) {
    state.SkipWithError("another result than the engine's");
    return;
  }
  for (auto _ : state) benchmark::DoNotOptimize(product(given));
  given.Report(state, "FLOP", given.ProductOperations());
  const auto [none, exact, empty] =
      at::convolution_backward(given.Maps().to(at::kDouble), given.padded.to(at::kDouble),
                               given.layer.weight.to(at::kDouble), std::nullopt, {1, 1}, {0, 0},
                               {1, 1}, false, {0, 0}, 1, {false, true, false});
  state.counters["error"] = ErrorOf(product(given), exact);
}

void Engine(benchmark::State& state) {
  TimeProduct(state, [](const Case& given) {
    return PostTimesInput(given.layer, given.padded, given.post);
  });
}

void ConvolutionBackward(benchmark::State& state) {
  TimeProduct(state, [](const Case& given) {
    return std::get<1>(at::convolution_backward(given.Maps(), given.padded, given.layer.weight,
                                                std::nullopt, {1, 1}, {0, 0}, {1, 1}, false, {0, 0},
                                                1, {false, true, false}));
  });
}

void PatchesProduct(benchmark::State& state) {
  TimeProduct(state, [](const Case& given) {
    return given.post.t().mm(InputRows(given.layer, given.padded)).view(given.layer.weight.sizes());
  });
}

// As SoftHebb's demo.py does it: a convolution in which batch and channels have changed places.
void ConvolutionOfTransposes(benchmark::State& state) {
  TimeProduct(state, [](const Case& given) {
    return at::conv2d(given.padded.transpose(0, 1), given.Maps().transpose(0, 1)).transpose(0, 1);
  });
}

// Runs `respond` of a case until the time is known.
template <typename Respond>
void TimeResponses(benchmark::State& state, const Respond& respond) {
  const at::NoGradGuard no_gradients;
  const Case given(state);
  for (auto _ : state) benchmark::DoNotOptimize(respond(given));
  given.Report(state, "FLOP", given.ProductOperations());
  state.counters["error"] = ErrorOf(
      respond(given), at::conv2d(given.padded.to(at::kDouble), given.layer.weight.to(at::kDouble)));
}

void Responses(benchmark::State& state) {
  TimeResponses(state, [](const Case& given) {
    return given.layer.Respond(given.padded, given.layer.weight);
  });
}

void Convolution(benchmark::State& state) {
  TimeResponses(state,
                [](const Case& given) { return at::conv2d(given.padded, given.layer.weight); });
}

void FusedSignedSoftmax(benchmark::State& state) {
  const Case given(state);
  for (auto _ : state) benchmark::DoNotOptimize(kernels::SignedSoftmax(given.post, 0.65));
  given.Report(state, "values", static_cast<double>(given.post.numel()));
}

void PlainSignedSoftmax(benchmark::State& state) {
  const Case given(state);
  const at::Tensor& u = given.post;
  for (auto _ : state) {
    const at::Tensor share = at::softmax(u * 0.65, 1);
    const at::Tensor wins = at::zeros_like(u).scatter(1, u.argmax(1, true), 1) > 0;
    const at::Tensor y = at::where(wins, share, -share);
    benchmark::DoNotOptimize((y * u).sum(0));
  }
  given.Report(state, "values", static_cast<double>(given.post.numel()));
}

BENCHMARK(Engine)->DenseRange(0, kLast)->UseRealTime()->Unit(benchmark::kMillisecond);
BENCHMARK(ConvolutionBackward)->DenseRange(0, kLast)->UseRealTime()->Unit(benchmark::kMillisecond);
BENCHMARK(PatchesProduct)->DenseRange(0, kLast)->UseRealTime()->Unit(benchmark::kMillisecond);
BENCHMARK(ConvolutionOfTransposes)
    ->DenseRange(0, kLast)
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);
BENCHMARK(Responses)->DenseRange(0, kLast)->UseRealTime()->Unit(benchmark::kMillisecond);
BENCHMARK(Convolution)->DenseRange(0, kLast)->UseRealTime()->Unit(benchmark::kMillisecond);
BENCHMARK(FusedSignedSoftmax)->DenseRange(0, kLast)->UseRealTime()->Unit(benchmark::kMillisecond);
BENCHMARK(PlainSignedSoftmax)->DenseRange(0, kLast)->UseRealTime()->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace plasticity

BENCHMARK_MAIN();
