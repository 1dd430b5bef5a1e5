// FastHebb's claim: a learning step with the update merged into matrix products against the same
// step with patches, differences and reconstructions as tensors. The first two layers of its CIFAR
// network, a batch of 16 images; layer, rule and form are in the benchmark's name.
#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <benchmark/benchmark.h>

#include "suite/hebbian_rule.h"

namespace plasticity {
namespace {

constexpr std::int64_t kBatch = 16;

struct LayerShape {
  const char* name;
  std::int64_t in, out, kernel, side;
};

constexpr LayerShape kLayers[] = {{"3->96 k5 32x32", 3, 96, 5, 32},
                                  {"96->128 k3 14x14", 96, 128, 3, 14}};

void Step(benchmark::State& state, const std::string& rule, const std::string& update) {
  const at::NoGradGuard no_gradients;
  const LayerShape& shape = kLayers[state.range(0)];
  const nlohmann::json spec = {
      {"blocks",
       {{{"ops",
          {{{"op", "conv"}, {"out", shape.out}, {"kernel", shape.kernel}, {"bias", false}}}}}}}};
  Network network(spec, {shape.in, shape.side, shape.side}, 2, Streams(1), at::kCPU);
  const std::unique_ptr<Rule> made = Registry<Rule>::Get().Make(rule, {{"update", update}});
  made->Attach(network);
  at::Tensor x = at::empty({kBatch, shape.in, shape.side, shape.side});
  Stream(1).FillNormal(x.data_ptr<float>(), static_cast<std::size_t>(x.numel()), 0, 1);
  x = x.contiguous(at::MemoryFormat::ChannelsLast);
  const auto& hebbian = dynamic_cast<const HebbianRule&>(*made);
  const PlasticLayer& layer = network.blocks()[0].layer;
  for (auto _ : state) benchmark::DoNotOptimize(hebbian.Propose(layer, 0, x).delta);
  state.SetLabel(shape.name);
  state.counters["images/s"] = benchmark::Counter(static_cast<double>(kBatch),
                                                  benchmark::Counter::kIsIterationInvariantRate);
}

BENCHMARK_CAPTURE(Step, hpca_merged, "hpca", "merged")
    ->DenseRange(0, 1)
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(Step, hpca_naive, "hpca", "naive")
    ->DenseRange(0, 1)
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(Step, swta_merged, "swta", "merged")
    ->DenseRange(0, 1)
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(Step, swta_naive, "swta", "naive")
    ->DenseRange(0, 1)
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace plasticity

BENCHMARK_MAIN();
