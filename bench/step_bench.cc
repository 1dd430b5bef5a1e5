// How fast a rule learns: images a second of its training step (Learn and Commit) on its network,
// random images in memory, nothing else around it. bench/compare runs it beside PyTorch twins.
//   step_bench '{"rule": "krotov", "params": {"p": 5}, "network": "sphere-cnn", "width": 0.25,
//                "shape": [3, 32, 32], "images": 128, "seconds": 3, "threads": 1,
//                "bfloat16": true}'
// "network" is a name or a description. With one thread, seconds are those of its processor.
#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <fmt/format.h>
#include <malloc.h>

#include <chrono>
#include <ctime>

#include "suite/base/json_text.h"
#include "suite/network_preset.h"
#include "suite/rule.h"

namespace plasticity {
namespace {

double Seconds(int threads) {
  if (threads == 1) return static_cast<double>(std::clock()) / CLOCKS_PER_SEC;
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

nlohmann::json Description(const nlohmann::json& given) {
  nlohmann::json spec = given.at("network");
  if (spec.is_string()) spec = Registry<NetworkPreset>::Get().Find(spec).info.spec;
  spec.erase("source");  // of a preset
  spec["width"] = given.value("width", 1.0);
  return spec;
}

double ImagesPerSecond(const nlohmann::json& given) {
  const int threads = given.value("threads", 1);
  at::set_num_threads(threads);
  at::globalContext().setFlushDenormal(true);  // as the mallopts below: as `plasticity run` does
  const std::unique_ptr<Rule> rule =
      Registry<Rule>::Get().Make(given.at("rule"), given.value("params", nlohmann::json::object()));
  const auto shape = given.value("shape", std::vector<std::int64_t>{3, 32, 32});
  Network network(Description(given),
                  {.channels = shape.at(0), .height = shape.at(1), .width = shape.at(2)}, 10,
                  Streams(1), at::kCPU,
                  given.value("bfloat16", false) ? Precision::kBfloat16 : Precision::kFloat32);
  rule->Attach(network);
  const std::int64_t images = given.at("images"), kept = std::max<std::int64_t>(1000, 4 * images);
  at::Tensor pool =
      at::empty({kept, shape[0], shape[1], shape[2]}, at::kFloat, network.input_format());
  Stream(1).FillNormal(pool.data_ptr<float>(), static_cast<std::size_t>(pool.numel()), 0, 1);
  const at::Tensor labels = at::arange(kept).remainder(10);
  Progress progress{.steps = 1 << 20};
  const auto step = [&] {
    const std::int64_t from = progress.step * images % (kept - images + 1);
    rule->Learn({.images = pool.slice(0, from, from + images),
                 .labels = labels.slice(0, from, from + images),
                 .features_wanted = false,
                 .directions_wanted = false},
                progress);
    rule->Commit(progress);
    ++progress.step;
    ++progress.draw;
  };
  step();  // the first makes what others find made
  const std::int64_t first = progress.step;
  const double begin = Seconds(threads), seconds = given.value("seconds", 3.0);
  while (Seconds(threads) - begin < seconds) step();
  return static_cast<double>((progress.step - first) * images) / (Seconds(threads) - begin);
}

}  // namespace
}  // namespace plasticity

int main(int argc, char** argv) {
  mallopt(M_MMAP_THRESHOLD, 1 << 30);  // as `plasticity run` does
  mallopt(M_TRIM_THRESHOLD, 1 << 30);
  fmt::print("{:.1f}\n", plasticity::ImagesPerSecond(plasticity::ParseJson(
                             argc > 1 ? argv[1] : "{}", "step_bench's argument")));
}
