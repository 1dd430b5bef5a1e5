#include "suite/network.h"

#include <ATen/ATen.h>

#include <catch2/catch.hpp>
#include <cstdio>
#include <filesystem>
#include <fstream>

#include "suite/base/error.h"
#include "tests/noise.h"
#include "tests/one_thread.h"

namespace plasticity {
namespace {

using nlohmann::json;
using testing::Noise;

constexpr Shape kCifar{.channels = 3, .height = 32, .width = 32};

Network Make(const json& spec, const Shape& image = kCifar, std::uint64_t seed = 1) {
  return Network(spec, image, 10, Streams(seed), at::kCPU);
}

json Blocks(const std::string& blocks) { return {{"blocks", json::parse(blocks)}}; }

std::int64_t BlockParameters(Network& network) {
  std::int64_t count = 0;
  for (const Block& block : network.blocks()) {
    for (const at::Tensor& parameter : block.Parameters()) count += parameter.numel();
  }
  return count;
}

std::int64_t HeadParameters(Network& network) {
  return network.head().weight.numel() + network.head().bias.numel();
}

TEST_CASE("the presets have the published sizes") {
  Network sphere = Make(NetworkSpec("sphere-cnn"));
  CHECK(BlockParameters(sphere) == 13289472);
  CHECK(HeadParameters(sphere) == 245770);
  CHECK(sphere.feature_count() == 24576);
  CHECK(sphere.input() == InputNormalization::kStandardize);
  CHECK(sphere.input_format() == at::MemoryFormat::ChannelsLast);
  CHECK(sphere.forward_flops() ==
        2.0 * (3 * 384 * 9 * 1024.0 + 384 * 768 * 9 * 256.0 + 768 * 1536 * 9 * 64.0));

  Network softhebb = Make(NetworkSpec("softhebb-cnn"));
  CHECK(BlockParameters(softhebb) == 3 * 96 * 25 + 96 * 384 * 9 + 384 * 1536 * 9);
  CHECK(softhebb.feature_count() == 24576);
  CHECK(softhebb.input() == InputNormalization::kScale);

  Network mlp = Make(NetworkSpec("mlp"));
  CHECK(BlockParameters(mlp) == 3072 * 2048 + 2048 * 1024 + 1024 * 512 +
                                    3 * (2048 + 1024 + 512));  // bias, gain and shift a unit
  CHECK(mlp.feature_count() == 512);
  CHECK(mlp.input_format() == at::MemoryFormat::Contiguous);

  Network fasthebb = Make(NetworkSpec("fasthebb-6"));
  CHECK(fasthebb.blocks()[4].layer.fan_in() == 256L * 3 * 3);
  CHECK(fasthebb.feature_count() == 4096);
  Network imagenet(NetworkSpec("fasthebb-10"), {3, 210, 210}, 1000, Streams(1), at::kCPU);
  CHECK(imagenet.blocks()[8].layer.fan_in() == 512L * 3 * 3);
  CHECK(imagenet.feature_count() == 4096);

  Network krotov(NetworkSpec("krotov-cnn"), {1, 28, 28}, 10, Streams(1), at::kCPU);
  CHECK(krotov.feature_count() == 400L * 12 * 12);
  CHECK(Make(NetworkSpec("krotov-mlp")).feature_count() == 2000);
  Network miconi = Make(NetworkSpec("miconi-cnn"));
  CHECK(miconi.feature_count() == 400L * 2 * 2);
  CHECK(miconi.input() == InputNormalization::kZca);
}

TEST_CASE("presets are found by name, with a hint for a wrong one") {
  for (const std::string& name : NetworkPresets()) CHECK(NetworkSpec(name).at("name") == name);
  CHECK_THROWS_AS(NetworkSpec("sphere-cn"), InputError);
  CHECK_THROWS_WITH(NetworkSpec("sphere-cn"), Catch::Contains("sphere-cnn"));
  CHECK_THROWS_AS(NetworkSpec("no/such/file.json"), InputError);
}

TEST_CASE("a file may describe a network") {
  std::string folder =
      (std::filesystem::temp_directory_path() / "plasticity-network-XXXXXX").string();
  REQUIRE(::mkdtemp(folder.data()) != nullptr);
  const std::filesystem::path path = std::filesystem::path(folder) / "small.json";
  std::ofstream(path) << R"({"blocks": [{"ops": [{"op": "conv", "out": 4}]}]})";
  const json spec = NetworkSpec(path.string());
  CHECK(spec.at("name") == "small");
  CHECK(spec.at("width") == 1.0);
  CHECK(Make(spec).feature_count() == 4L * 30 * 30);
  std::ofstream(path) << "[1, 2";
  CHECK_THROWS_AS(NetworkSpec(path.string()), InputError);
  std::filesystem::remove_all(folder);
}

TEST_CASE("width multiplies the units of every layer") {
  json spec = NetworkSpec("sphere-cnn");
  spec["width"] = 0.25;
  Network quarter = Make(spec);
  CHECK(quarter.blocks()[0].layer.units() == 96);
  CHECK(quarter.blocks()[1].layer.units() == 192);
  CHECK(quarter.blocks()[2].layer.units() == 384);
  CHECK(quarter.feature_count() == 6144);
  json least = NetworkSpec("softhebb-cnn");
  least["width"] = 1e-9;
  CHECK(Make(least).blocks()[2].layer.units() == 1);
}

TEST_CASE("shapes are worked out from layer to layer as they come out") {
  const auto [spec, image] = GENERATE(table<std::string, Shape>({
      {R"([{"ops": [{"op": "conv", "out": 5, "kernel": 3, "stride": 2}]}])", {2, 9, 12}},
      {R"([{"ops": [{"op": "conv", "out": 5, "kernel": 5, "padding": 2, "reflect": true}, {"op": "relu"}]}])",
       {2, 7, 7}},
      {R"([{"ops": [{"op": "max_pool", "kernel": 4, "stride": 2, "padding": 1}, {"op": "conv", "out": 4},
                    {"op": "triangle"}]}])",
       {3, 11, 13}},
      {R"([{"ops": [{"op": "conv", "out": 6, "padding": 1}, {"op": "avg_pool", "kernel": 3}]},
           {"ops": [{"op": "adaptive_avg_pool", "size": 2}, {"op": "flatten"}, {"op": "dense", "out": 7},
                    {"op": "batch_norm"}]}])",
       {1, 9, 9}},
      {R"([{"ops": [{"op": "flatten"}, {"op": "dense", "out": 3, "bias": false}, {"op": "leaky_relu"}]}])",
       {2, 3, 4}},
  }));
  CAPTURE(spec);
  Network network = Make(Blocks(spec), image);
  const at::Tensor x = Noise({4, image.channels, image.height, image.width});
  at::Tensor y = x;
  for (Block& block : network.blocks()) {
    const at::Tensor u = block.layer.Forward(block.Before(y, true));
    CHECK(block.layer.positions == u.numel() / u.size(0) / u.size(1));
    CHECK(block.layer.units() == u.size(1));
    y = block.Forward(y, true);
    CHECK(block.output_shape().channels == y.size(1));
    CHECK(block.output_shape().size() == y.numel() / 4);
    CHECK(block.output_shape().flat == (y.dim() == 2));
  }
  CHECK(network.Features(x).sizes() == at::IntArrayRef({4, network.feature_count()}));
}

TEST_CASE("what runs in another order is what stands in the specification") {
  const auto row = GENERATE(table<std::string, std::size_t>({
      {R"([{"op": "batch_norm"}, {"op": "leaky_relu", "slope": 0.2},
           {"op": "max_pool", "kernel": 4, "stride": 2, "padding": 1}])",
       2},
      {R"([{"op": "relu"}, {"op": "max_pool"}, {"op": "batch_norm"}, {"op": "max_pool"}])", 3},
      {R"([{"op": "batch_norm", "affine": false}, {"op": "max_pool"}, {"op": "max_pool"}])", 2},
      {R"([{"op": "batch_norm"}, {"op": "tanh"}, {"op": "repu", "power": 2}, {"op": "max_pool"},
           {"op": "batch_norm"}, {"op": "avg_pool"}])",
       5},
      {R"([{"op": "batch_norm"}, {"op": "triangle", "power": 1.4}, {"op": "max_pool"}])", 2},
      {R"([{"op": "max_pool"}, {"op": "relu"}])", 2},
  }));
  const std::string text = std::get<0>(row);
  const std::size_t runs = std::get<1>(row);
  CAPTURE(text);
  const bool training = GENERATE(true, false);
  const auto through = [&](bool reordered) {
    Shape shape{.channels = 5, .height = 12, .width = 12};
    std::vector<std::unique_ptr<Operation>> operations;
    for (const json& op : json::parse(text)) operations.push_back(MakeOperation(op, shape, "test"));
    std::vector<Operation*> order;
    if (reordered) order = RunningOrder(operations);
    if (!reordered)
      for (const auto& operation : operations) order.push_back(operation.get());
    CHECK(order.size() == (reordered ? runs : operations.size()));
    const at::Tensor x = Noise({4, 5, 12, 12}).contiguous(at::MemoryFormat::ChannelsLast);
    x.requires_grad_();
    at::Tensor y = x;
    for (Operation* const operation : order) y = operation->Forward(y, training);
    y.backward(Noise(y.sizes(), 2));
    std::vector<at::Tensor> all = {y.detach(), x.grad()};
    for (const auto& operation : operations) {
      StateCollector state;
      operation->Visit(state);
      for (const auto& [name, tensor] : state.tensors) {
        all.push_back(tensor.detach());
        if (tensor.grad().defined()) all.push_back(tensor.grad());
      }
    }
    return all;
  };
  const std::vector<at::Tensor> got = through(true), expected = through(false);
  REQUIRE(got.size() == expected.size());
  for (std::size_t i = 0; i < got.size(); ++i) {
    CAPTURE(i);
    CHECK(at::allclose(got[i], expected[i], 1e-5, 1e-5));
  }
}

TEST_CASE("a wrong specification gives one clear line") {
  const auto [spec, said] = GENERATE(table<std::string, std::string>({
      {R"({"blocks": [{"ops": [{"op": "conv"}], "residul": true}]})",
       "block 1 has no setting 'residul'"},
      {R"({"bloks": []})", "no setting 'bloks'"},
      {R"({"width": 0})", "width = 0 is not allowed"},
      {R"({"width": "wide"})", "width = \"wide\" is not allowed"},
      {R"({"input": "raw"})", "standardize, scale, zca or zca_pixels"},
      {R"({"input": 3})", "input"},
      {R"({"name": 3})", "name"},
      {R"({"blocks": 3})", "block"},
      {R"({"blocks": [3]})", "a block is an object"},
      {R"({"blocks": [{"ops": 3}]})", "a block is an object with a list"},
      {R"({"blocks": [{"ops": [3]}]})", "operation is an object"},
      {R"({"blocks": [{"ops": [{"op": 3}]}]})", "operation is an object"},
      {R"({"blocks": [{"ops": [{"op": "conv"}], "residual": "yes"}]})", "residual"},
      {R"({"blocks": [{"ops": []}]})", "no plastic layer"},
      {R"({"blocks": [{"ops": [{"op": "relu"}]}]})", "no plastic layer"},
      {R"({"blocks": [{"ops": [{"op": "conv"}, {"op": "conv"}]}]})", "two plastic layers"},
      {R"({"blocks": [{"ops": [{"op": "convolution"}]}]})", "no operation 'convolution'"},
      {R"({"blocks": [{"ops": [{"op": "dense", "out": 4}]}]})", "needs a \"flatten\" before it"},
      {R"({"blocks": [{"ops": [{"op": "flatten"}, {"op": "conv"}]}]})",
       "cannot follow a flattened input"},
      {R"({"blocks": [{"ops": [{"op": "conv", "out": 0}]}]})", "out = 0 is not allowed"},
      {R"({"blocks": [{"ops": [{"op": "conv", "outs": 4}]}]})", "no parameter 'outs'"},
      {R"({"blocks": [{"ops": [{"op": "conv", "kernel": 40}]}]})", "smaller than the kernel"},
      {R"({"blocks": [{"ops": [{"op": "conv", "padding": 32, "reflect": true}]}]})",
       "mirrored border"},
      {R"({"blocks": [{"ops": [{"op": "conv"}, {"op": "max_pool", "kernel": 64}]}]})",
       "smaller than the window"},
      {R"({"blocks": [{"ops": [{"op": "conv"}, {"op": "max_pool", "padding": 2}]}]})",
       "half the kernel"},
      {R"({"blocks": [{"ops": [{"op": "conv"}, {"op": "flatten"}, {"op": "max_pool"}]}]})",
       "flatten"},
      {R"({"blocks": [{"ops": [{"op": "conv"}, {"op": "relu", "slope": 1}]}]})",
       "no parameter 'slope'"},
      {R"({"blocks": [{"ops": [{"op": "conv", "out": 2, "padding": 1}], "residual": true}]})",
       "skip connection"},
      {R"({"blocks": [{"ops": [{"op": "conv", "out": 4}], "residual": true}]})", "skip connection"},
      {R"({"blocks": [{"ops": [{"op": "conv"}]}], "features": [{"op": "conv"}]})", "conv"},
      {R"({"blocks": [{"ops": [{"op": "conv"}]}], "features": 3})", "features"},
      {R"({"features": []})", "one block or more"},
      {R"([1])", "a network is described"},
  }));
  CAPTURE(spec);
  try {
    Make(json::parse(spec));
    FAIL("accepted");
  } catch (const InputError& error) {
    CHECK_THAT(error.what(), Catch::Contains(said));
    CHECK(std::string(error.what()).find('\n') == std::string::npos);
  }
}

TEST_CASE("a skip connection appends zero channels and averages over 2 x 2, or adds as it is") {
  Network grown =
      Make(Blocks(R"([{"ops": [{"op": "conv", "out": 5, "padding": 1}, {"op": "max_pool"}],
                                   "residual": true}])"),
           {2, 4, 4});
  const at::Tensor x = Noise({3, 2, 4, 4});
  Block& block = grown.blocks()[0];
  const at::Tensor inner = block.Inner(x, false), whole = block.Forward(x, false);
  for (int row : {0, 1}) {
    for (int column : {0, 1}) {
      const at::Tensor window =
          x.slice(2, 2 * row, 2 * row + 2).slice(3, 2 * column, 2 * column + 2);
      const at::Tensor added = (whole - inner).select(3, column).select(2, row);  // [3, 5]
      CHECK(at::allclose(added.slice(1, 0, 2), window.mean({2, 3}), 1e-5, 1e-5));
      CHECK(added.slice(1, 2).abs().max().item<float>() == 0);
    }
  }
  Network same =
      Make(Blocks(R"([{"ops": [{"op": "conv", "out": 2, "padding": 1}], "residual": true}])"),
           {2, 4, 4});
  Block& plain = same.blocks()[0];
  CHECK(at::allclose(plain.Forward(x, false), plain.Inner(x, false) + x));
}

TEST_CASE("batch normalisation learns statistics in training mode alone") {
  Network network = Make(
      Blocks(R"([{"ops": [{"op": "batch_norm", "affine": false}, {"op": "conv", "out": 2}]}])"),
      {3, 6, 6});
  Block& block = network.blocks()[0];
  const at::Tensor x = Noise({16, 3, 6, 6}) * 3 + 2;
  CHECK(at::allclose(block.Before(x, false), x / std::sqrt(1 + 1e-5), 1e-5, 1e-5));
  const at::Tensor normal = block.Before(x, true);
  CHECK(normal.mean({0, 2, 3}).abs().max().item<float>() < 1e-5);
  CHECK(at::allclose(normal.var({0, 2, 3}, false), at::ones({3}), 1e-3));
  for (int i = 0; i < 200; ++i) block.Before(x, true);
  CHECK(at::allclose(block.Before(x, false), normal, 0.02, 0.02));
}

TEST_CASE("features are the network in evaluation mode, without gradients") {
  json spec = NetworkSpec("sphere-cnn");
  spec["width"] = 0.02;
  Network network = Make(spec);
  for (const Block& block : network.blocks()) {
    for (const at::Tensor& parameter : block.Parameters()) parameter.requires_grad_();
  }
  const at::Tensor x = Noise({2, 3, 32, 32});
  const at::Tensor features = network.Features(x);
  CHECK_FALSE(features.requires_grad());
  at::Tensor by_hand = x;
  for (Block& block : network.blocks()) by_hand = block.Forward(by_hand, false);
  CHECK(by_hand.requires_grad());
  CHECK(at::equal(features, by_hand.flatten(1)));  // 4 x 4 maps: the pooling to 4 x 4 leaves them
  CHECK(at::equal(features, network.Readable(by_hand)));
}

TEST_CASE("weights start uniform within 1/sqrt(fan-in), by seed and block") {
  json spec = NetworkSpec("sphere-cnn");
  spec["width"] = 0.1;
  Network first = Make(spec), again = Make(spec), other = Make(spec, kCifar, 2);
  for (std::size_t i = 0; i < 3; ++i) {
    const PlasticLayer& layer = first.blocks()[i].layer;
    const double bound = 1 / std::sqrt(static_cast<double>(layer.fan_in()));
    CHECK(layer.weight.abs().max().item<double>() <= bound);
    CHECK(layer.weight.abs().max().item<double>() > 0.99 * bound);
    CHECK(layer.weight.std().item<double>() == Approx(bound / std::sqrt(3.0)).epsilon(0.05));
    CHECK(at::equal(layer.weight, again.blocks()[i].layer.weight));
    CHECK_FALSE(at::equal(layer.weight, other.blocks()[i].layer.weight));
  }
  CHECK(at::equal(first.head().weight, again.head().weight));
}

TEST_CASE("bfloat16 rounds the products' factors and nothing else") {
  const json spec = Blocks(R"([{"ops": [{"op": "conv", "out": 8, "padding": 1}]}])");
  Network wide = Make(spec, {3, 8, 8});
  Network narrow(spec, {3, 8, 8}, 10, Streams(1), at::kCPU, Precision::kBfloat16);
  const at::Tensor x = Noise({2, 3, 8, 8});
  const at::Tensor expected = wide.Features(x), features = narrow.Features(x);
  CHECK(features.scalar_type() == at::kFloat);
  CHECK(narrow.blocks()[0].layer.weight.scalar_type() == at::kFloat);
  CHECK(at::allclose(features, expected, 0.02, 0.02));
  CHECK_FALSE(at::equal(features, expected));
}

}  // namespace
}  // namespace plasticity
