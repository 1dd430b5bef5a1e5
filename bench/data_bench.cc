// Whether data keep up: images a second from the cache into a training step, at 32 x 32 and 64 x
// 64, beside the step itself (SPHeRe's, on its own network at a quarter of the width); and
// Tiny-ImageNet's first decode. Data sets are looked for as everywhere; one that is not here is
// left out.
#include <ATen/ATen.h>
#include <benchmark/benchmark.h>
#include <stdlib.h>

#include <filesystem>
#include <memory>

#include "suite/engine/loader.h"
#include "suite/network.h"
#include "suite/rule.h"

namespace plasticity {
namespace {

constexpr std::int64_t kBatch = 128;
constexpr const char* kSets[] = {"cifar10", "tiny-imagenet-200"};

// A data set with its loader, and shuffled batches of it.
struct Feed {
  explicit Feed(const char* name)
      : data(OpenDataset(name)),
        loader(*data, InputNormalization::kStandardize, at::kCPU),
        samples(AllOf(data->train)),
        order(Stream(1).Permutation(samples.size())) {}

  Batch Next() {
    at = at + kBatch > samples.size() ? 0 : at;
    const Batch batch = loader.Load(samples, order.data() + at, kBatch);
    at += kBatch;
    return batch;
  }

  std::shared_ptr<const Dataset> data;
  Loader loader;
  Samples samples;
  std::vector<std::int64_t> order;
  std::int64_t at = 0;
};

void Report(benchmark::State& state, std::int64_t images) {
  state.counters["images/s"] = benchmark::Counter(static_cast<double>(images),
                                                  benchmark::Counter::kIsIterationInvariantRate);
}

// The set of a benchmark, or nothing where it is not here.
std::unique_ptr<Feed> FeedOf(benchmark::State& state) {
  const char* name = kSets[state.range(0)];
  state.SetLabel(name);
  if (HaveDataset(name)) return std::make_unique<Feed>(name);
  state.SkipWithError("the data set is not here");
  return nullptr;
}

void FromCache(benchmark::State& state) {
  const std::unique_ptr<Feed> feed = FeedOf(state);
  if (!feed) return;
  for (auto _ : state) benchmark::DoNotOptimize(feed->Next().images.data_ptr());
  Report(state, kBatch);
}
BENCHMARK(FromCache)->DenseRange(0, 1)->UseRealTime();

void Step(benchmark::State& state) {
  const std::unique_ptr<Feed> feed = FeedOf(state);
  if (!feed) return;
  nlohmann::json spec = NetworkSpec("sphere-cnn");
  spec["width"] = 0.25;
  const ImageShape& shape = feed->data->shape;
  Network network(spec, {shape.channels, shape.height, shape.width}, feed->data->classes(),
                  Streams(1), at::kCPU);
  const std::unique_ptr<Rule> rule = Registry<Rule>::Get().Make("sphere", nlohmann::json::object());
  rule->Attach(network);
  const Batch batch = feed->Next();
  for (auto _ : state) rule->Step(batch, {});
  Report(state, kBatch);
}
BENCHMARK(Step)->DenseRange(0, 1)->UseRealTime()->Unit(benchmark::kMillisecond);

// With a cache of its own, so that nothing was decoded before.
void FirstDecode(benchmark::State& state) {
  const char* name = kSets[state.range(0)];
  state.SetLabel(name);
  if (!HaveDataset(name)) return state.SkipWithError("the data set is not here");
  const char* before = std::getenv("XDG_CACHE_HOME");
  const std::string kept = before == nullptr ? "" : before;
  const std::filesystem::path cache =
      std::filesystem::temp_directory_path() / "plasticity-data-bench";
  std::int64_t images = 0;
  for (auto _ : state) {
    std::filesystem::remove_all(cache);
    setenv("XDG_CACHE_HOME", cache.c_str(), 1);
    const std::shared_ptr<const Dataset> data = OpenDataset(name);
    images = data->train->count() + data->test->count();
  }
  std::filesystem::remove_all(cache);
  kept.empty() ? unsetenv("XDG_CACHE_HOME") : setenv("XDG_CACHE_HOME", kept.c_str(), 1);
  Report(state, images);
}
BENCHMARK(FirstDecode)
    ->DenseRange(0, 1)
    ->UseRealTime()
    ->Iterations(1)
    ->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace plasticity

BENCHMARK_MAIN();
