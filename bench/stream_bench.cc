// How fast a stream is learned: steps a second of backprop on an MLP 3072-256-10 or two
// convolutions, 10 images a step (replayed ones not counted), plain descent, under a strategy,
// through the trainer that drives every cell. Random images in memory; seconds of one processor, so
// that others on the machine matter less. bench/compare runs it and the same in PyTorch in turn.
//   stream_bench [STRATEGY [STEPS [IMAGES [mlp|cnn]]]]
#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <fmt/format.h>
#include <malloc.h>

#include <cstdlib>
#include <ctime>

#include "suite/base/error.h"
#include "suite/engine/cell_lab.h"
#include "suite/scenario.h"

namespace plasticity {
namespace {

class RandomImages final : public ImageSource {
 public:
  explicit RandomImages(std::int64_t count)
      : ImageSource({.channels = 3, .height = 32, .width = 32}, count),
        pixels_(static_cast<std::size_t>(count * shape().bytes())) {
    Stream stream(1);
    for (std::uint8_t& pixel : pixels_) pixel = static_cast<std::uint8_t>(stream.Next());
  }
  std::int64_t Label(std::int64_t index) const override { return index % 10; }
  void Decode(std::int64_t index, std::uint8_t* pixels) const override {
    std::copy_n(pixels_.data() + index * shape().bytes(), shape().bytes(), pixels);
  }
  const std::uint8_t* Mapped() const override { return pixels_.data(); }

 private:
  std::vector<std::uint8_t> pixels_;
};

std::shared_ptr<const Dataset> Data() {
  auto set = std::make_shared<Dataset>();
  set->name = "random";
  set->shape = {.channels = 3, .height = 32, .width = 32};
  set->class_names.assign(10, "");
  set->mean.assign(3, 0.5F);
  set->stddev.assign(3, 0.29F);
  set->train = set->test = std::make_shared<RandomImages>(20000);
  return set;
}

template <typename Interface>
nlohmann::json Part(const std::string& name, const nlohmann::json& given) {
  nlohmann::json params;
  Registry<Interface>::Get().Make(name, given, &params);
  return {{"name", name}, {"params", params}};
}

nlohmann::json Network(const std::string& name) {
  if (name == "mlp") {
    return nlohmann::json::parse(R"({"name": "mlp-256", "blocks": [{"ops": [
        {"op": "flatten"}, {"op": "dense", "out": 256, "bias": true}, {"op": "relu"}]}]})");
  }
  if (name != "cnn") throw InputError("no network '" + name + "'; there are mlp, cnn.");
  return nlohmann::json::parse(R"({"name": "cnn-32-64", "blocks": [
      {"ops": [{"op": "conv", "out": 32, "kernel": 3, "padding": 1, "bias": true}, {"op": "relu"},
               {"op": "max_pool", "kernel": 2, "stride": 2}]},
      {"ops": [{"op": "conv", "out": 64, "kernel": 3, "padding": 1, "bias": true}, {"op": "relu"},
               {"op": "max_pool", "kernel": 2, "stride": 2}]}],
      "features": [{"op": "flatten"}]})");
}

double StepsPerSecond(const std::string& strategy, std::int64_t steps, std::int64_t images,
                      const std::string& network) {
  Cell cell;
  cell.data = Data();
  cell.request = {{"rule", Part<Rule>("backprop", {{"batch_size", images},
                                                   {"optimizer", "sgd"},
                                                   {"learning_rate", 0.01},
                                                   {"momentum", 0},
                                                   {"weight_decay", 0},
                                                   {"schedule", "constant"}})},
                  {"strategy", Part<Strategy>(strategy, nlohmann::json::object())},
                  {"readout", Part<Readout>("online", nlohmann::json::object())},
                  {"task", Part<Task>("continual", nlohmann::json::object())},
                  {"network", Network(network)},
                  {"precision", "float32"}};
  ProgressBar silent("", false);
  Session session({.checkpoint = {}, .checkpoint_every_s = 1e18}, silent);
  CellLab lab(cell, at::kCPU, session, {});
  const Splits data = lab.Open(0);
  const Experiences stream = Registry<Scenario>::Get()
                                 .Make("split", nlohmann::json{{"experiences", 1}})
                                 ->Make(data, lab.streams());
  Learner& learner = lab.NewLearner("learner", data, {});
  lab.Train(learner, stream[0], stream, Budget::Steps(100));
  const std::clock_t begin = std::clock();
  lab.Train(learner, stream[0], stream, Budget::Steps(steps));
  return static_cast<double>(steps) * CLOCKS_PER_SEC / static_cast<double>(std::clock() - begin);
}

}  // namespace
}  // namespace plasticity

int main(int argc, char** argv) {
  try {
    mallopt(M_MMAP_THRESHOLD, 1 << 30);  // as `plasticity run` does
    mallopt(M_TRIM_THRESHOLD, 1 << 30);
    at::globalContext().setFlushDenormal(true);
    at::set_num_threads(1);
    const std::string strategy = argc > 1 ? argv[1] : "finetune";
    const std::int64_t steps = argc > 2 ? std::atoll(argv[2]) : 2000;
    const std::int64_t images = argc > 3 ? std::atoll(argv[3]) : 10;
    const std::string network = argc > 4 ? argv[4] : "mlp";
    fmt::print("{:.0f}\n", plasticity::StepsPerSecond(strategy, steps, images, network));
  } catch (const plasticity::InputError& error) {
    fmt::print(stderr, "error: {}\n", error.what());
    return 2;
  }
}
