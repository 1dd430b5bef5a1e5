// Whether data keep up: images a second from the cache into a training step, at 32 x 32 and 64 x
// 64, beside the step itself (SPHeRe's, on its own network at a quarter of the width); the same
// streamed under a cap; and Tiny-ImageNet's first decode. Data sets are looked for as everywhere;
// one that is not here is left out.
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
  explicit Feed(const char* name, std::int64_t memory = 0)
      : data(OpenDataset(name, {}, memory)),
        loader(*data, InputNormalization::kStandardize, at::kCPU),
        samples(AllOf(data->train)),
        order(Stream(1).Permutation(samples.size())) {}

  Batch Next() {
    if (at + kBatch > samples.size()) at = 0;
    if (at == 0) loader.Expect(samples, order.data(), samples.size());
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

// An empty cache for as long as it lives, so that nothing was decoded before.
class EmptyCache {
 public:
  EmptyCache() {
    if (const char* before = std::getenv("XDG_CACHE_HOME")) before_ = before;
    std::filesystem::remove_all(folder_);
    setenv("XDG_CACHE_HOME", folder_.c_str(), 1);
  }
  ~EmptyCache() {
    std::filesystem::remove_all(folder_);
    before_.empty() ? unsetenv("XDG_CACHE_HOME") : setenv("XDG_CACHE_HOME", before_.c_str(), 1);
  }
  EmptyCache(const EmptyCache&) = delete;
  EmptyCache& operator=(const EmptyCache&) = delete;

 private:
  std::string before_;
  std::filesystem::path folder_ = std::filesystem::temp_directory_path() / "plasticity-data-bench";
};

void Streamed(benchmark::State& state) {
  const char* name = kSets[state.range(0)];
  if (!HaveDataset(name)) return state.SkipWithError("the data set is not here");
  const EmptyCache cache;
  Feed feed(name, 64 << 20);
  const bool from_files = feed.data->cache_file.extension() == ".header";
  state.SetLabel(std::string(name) + (from_files ? " from its files" : " from its decoded copy"));
  for (auto _ : state) benchmark::DoNotOptimize(feed.Next().images.data_ptr());
  Report(state, kBatch);
}
BENCHMARK(Streamed)->DenseRange(0, 1)->UseRealTime()->MinTime(3);

void FirstDecode(benchmark::State& state) {
  const char* name = kSets[state.range(0)];
  state.SetLabel(name);
  if (!HaveDataset(name)) return state.SkipWithError("the data set is not here");
  std::int64_t images = 0;
  for (auto _ : state) {
    const EmptyCache cache;
    const std::shared_ptr<const Dataset> data = OpenDataset(name);
    images = data->train->count() + data->test->count();
  }
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
