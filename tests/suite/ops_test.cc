#include <ATen/ATen.h>
#include <ATen/Context.h>
#include <ATen/core/grad_mode.h>

#include <bit>
#include <catch2/catch.hpp>
#include <cmath>
#include <limits>

#include "rules/kernels/kernels.h"
#include "suite/ops/activations.h"
#include "suite/ops/convolution.h"
#include "suite/ops/dropout.h"
#include "suite/ops/dropout_mask.h"
#include "suite/ops/explained.h"
#include "suite/ops/few_images.h"
#include "suite/ops/matrix_product.h"
#include "suite/ops/max_pool.h"
#include "suite/ops/norm_pool.h"
#include "suite/ops/precision.h"
#include "suite/ops/sparse_product.h"
#include "suite/ops/top_k.h"
#include "suite/ops/unit_weights.h"
#include "suite/ops/winograd.h"
#include "tests/noise.h"
#include "tests/one_thread.h"

namespace plasticity {
namespace {

using testing::Noise;

at::Tensor Mask(std::int64_t rows, std::int64_t count, double p, std::uint64_t key = 1) {
  return GatherWithDropout(at::ones({1, count}), at::zeros({rows}, at::kLong), p, Stream(key)) != 0;
}

TEST_CASE("dropout gathers rows, keeps or clears values, and scales what it keeps") {
  const double p = GENERATE(0.5, 0.3, 0.9);
  const std::int64_t count = GENERATE(1, 31, 32, 33, 100, 257);
  CAPTURE(p, count);
  const at::Tensor features = Noise({5, count});
  const at::Tensor indices = at::tensor({3, 3, 0, 4}, at::kLong);
  const at::Tensor dropped = GatherWithDropout(features, indices, p, Stream(1));
  const at::Tensor kept = Mask(4, count, p);
  const at::Tensor expected = features.index_select(0, indices) / (1 - p) * kept;
  CHECK(at::allclose(dropped, expected, 1e-6, 0));
}

TEST_CASE("dropout with p = 0 only gathers") {
  const at::Tensor features = Noise({5, 33});
  const at::Tensor indices = at::tensor({4, 0}, at::kLong);
  CHECK(at::equal(GatherWithDropout(features, indices, 0, Stream(1)),
                  features.index_select(0, indices)));
}

TEST_CASE("a dropout mask follows from the stream, the row's place and the column") {
  const double p = GENERATE(0.5, 0.3);
  CHECK(at::equal(Mask(50, 45, p, 3), Mask(50, 45, p, 3)));
  CHECK_FALSE(at::equal(Mask(50, 45, p, 3), Mask(50, 45, p, 4)));
  CHECK(at::equal(Mask(50, 45, p, 3).slice(0, 0, 7), Mask(7, 45, p, 3)));
}

TEST_CASE("a dropout mask is what each value draws by itself, as a device's threads do") {
  const double p = GENERATE(0.5, 0.3, 0.9);
  const std::int64_t count = GENERATE(1, 33, 257);
  CAPTURE(p, count);
  const at::Tensor mask = Mask(4, count, p, 7);
  for (std::int64_t row = 0; row < 4; ++row) {
    for (std::int64_t column = 0; column < count; ++column) {
      CAPTURE(row, column);
      CHECK(mask[row][column].item<bool>() ==
            IsKept(DropoutThreshold(p), 7, DropoutPosition(row, count), column));
    }
  }
}

TEST_CASE("a dropout mask clears each value with the same chance, independently") {
  const double p = GENERATE(0.5, 0.3);
  const std::int64_t count = GENERATE(8, 33, 129);
  CAPTURE(p, count);
  const std::int64_t rows = 4000;
  const at::Tensor mask = Mask(rows, count, p).to(at::kDouble);
  const auto n = static_cast<double>(rows);
  const double deviation = std::sqrt(p * (1 - p));
  const double all = std::sqrt(n * static_cast<double>(count));
  CHECK(std::abs(mask.mean().item<double>() - (1 - p)) < 5 * deviation / all);
  CHECK((mask.mean(0) - (1 - p)).abs().max().item<double>() < 5 * deviation / std::sqrt(n));
  // Of neighbours in a row, and of neighbouring rows.
  const at::Tensor centred = (mask - (1 - p)) / deviation;
  const auto correlation = [&](const at::Tensor& a, const at::Tensor& b) {
    return (a * b).mean(0).abs().max().item<double>();
  };
  CHECK(correlation(centred.slice(1, 1), centred.slice(1, 0, -1)) < 5 / std::sqrt(n));
  CHECK(correlation(centred.slice(0, 1), centred.slice(0, 0, -1)) < 5 / std::sqrt(n));
  // Nor does a row share its values with the next, moved along.
  for (std::int64_t shift = 1; shift < std::min<std::int64_t>(count, 9); ++shift) {
    CHECK(correlation(centred.slice(0, 1).slice(1, 0, -shift),
                      centred.slice(0, 0, -1).slice(1, shift)) < 5.5 / std::sqrt(n));
  }
}

// Whether a is b but for what float32 loses of b's sums, the largest of them by tens of roundings.
bool Near(const at::Tensor& a, const at::Tensor& b) {
  return (a - b).abs().max().item<double>() < 3e-5 * b.square().mean().sqrt().item<double>();
}

TEST_CASE("the convolution and its gradients are LibTorch's") {
  struct Setting {
    std::int64_t in, out, kernel, stride, height, width;
  };
  const Setting at = GENERATE(
      Setting{3, 5, 3, 1, 6, 7}, Setting{40, 6, 3, 1, 5, 6}, Setting{33, 4, 1, 1, 3, 3},
      Setting{32, 5, 3, 2, 8, 6}, Setting{2, 4, 5, 3, 9, 11}, Setting{36, 1, 4, 4, 4, 4},
      Setting{128, 160, 3, 1, 17, 18}, Setting{16, 48, 3, 1, 50, 34}, Setting{32, 16, 3, 1, 6, 11});
  const bool with_bias = GENERATE(false, true);
  const bool channels_last = GENERATE(false, true);
  const bool input_learns = GENERATE(false, true);
  CAPTURE(at.in, at.kernel, at.stride, with_bias, channels_last, input_learns);
  const auto format = channels_last ? at::MemoryFormat::ChannelsLast : at::MemoryFormat::Contiguous;
  std::vector<at::Tensor> ours = {
      Noise({2, at.in, at.height, at.width}, 1).contiguous(format),
      Noise({at.out, at.in, at.kernel, at.kernel}, 2).contiguous(format)};
  if (with_bias) ours.push_back(Noise({at.out}, 3));
  std::vector<at::Tensor> theirs;
  for (std::size_t i = 0; i < ours.size(); ++i) {
    theirs.push_back(ours[i].clone());
    if (i == 0 && !input_learns) continue;
    ours[i].requires_grad_();
    theirs[i].requires_grad_();
  }
  const at::Tensor none;
  const at::Tensor y = Convolution(ours[0], ours[1], with_bias ? ours[2] : none, at.stride);
  const at::Tensor expected =
      at::conv2d(theirs[0], theirs[1], with_bias ? theirs[2] : none, {at.stride, at.stride});
  CHECK(Near(y, expected));
  const at::Tensor upstream = Noise(y.sizes(), 4);
  y.backward(upstream);
  expected.backward(upstream);
  for (std::size_t i = 0; i < ours.size(); ++i) {
    REQUIRE(ours[i].grad().defined() == theirs[i].grad().defined());
    if (theirs[i].grad().defined()) CHECK(Near(ours[i].grad(), theirs[i].grad()));
  }
}

TEST_CASE("a convolution in bfloat16 rounds what it takes and what it gives") {
  struct Setting {
    std::int64_t in, out, height, width;
  };
  // All are filtered, where bfloat16 is not multiplied best, but for the last.
  const Setting at =
      GENERATE(Setting{32, 48, 10, 10}, Setting{16, 16, 13, 22}, Setting{3, 8, 9, 9});
  CAPTURE(at.in);
  const std::vector<at::Tensor> given = {
      Noise({5, at.in, at.height, at.width}, 1).contiguous(at::MemoryFormat::ChannelsLast),
      Noise({at.out, at.in, 3, 3}, 2), Noise({at.out}, 3)};
  const at::Tensor upstream = Noise({5, at.out, at.height - 2, at.width - 2}, 4);
  const auto made = [&](const auto& convolve) {
    const auto learning = [](const at::Tensor& of) { return of.clone().requires_grad_(); };
    const at::Tensor x = learning(given[0]), w = learning(given[1]), b = learning(given[2]);
    const at::Tensor y = convolve(x, w, b);
    y.backward(upstream);
    return std::vector{y.detach(), x.grad(), w.grad(), b.grad()};
  };
  const auto ours = made([](const at::Tensor& x, const at::Tensor& w, const at::Tensor& b) {
    return Convolution(x, w, b, 1, Precision::kBfloat16);
  });
  const auto rounded = made([](const at::Tensor& x, const at::Tensor& w, const at::Tensor& b) {
    return Widen(Convolution(RoundToBfloat16(x), RoundToBfloat16(w), RoundToBfloat16(b), 1));
  });
  for (std::size_t i = 0; i < ours.size(); ++i) {
    CAPTURE(i);
    const double size = rounded[i].square().mean().sqrt().item<double>();
    CHECK(at::allclose(ours[i], rounded[i], 1.0 / 128, size / 128));
    const bool product = i < 3;  // the bias's gradient is a sum, in float32
    if (product) CHECK(at::equal(ours[i], ours[i].to(at::kBFloat16).to(at::kFloat)));
    if (product && WinogradHelps(given[0], given[1], 1, Precision::kBfloat16))
      CHECK(at::equal(ours[i], rounded[i]));
  }
}

TEST_CASE("a convolution in bfloat16 hands on what is not a number") {
  at::Tensor x = Noise({5, 16, 10, 10}).contiguous(at::MemoryFormat::ChannelsLast);
  x[1][2][3][3] = std::bit_cast<float>(0x7FFFFFFF);  // would be 0, rounded as a number
  const at::Tensor y = Convolution(x, Noise({16, 16, 3, 3}), {}, 1, Precision::kBfloat16);
  CHECK(y[1].isnan().sum().item<std::int64_t>() > 0);
  CHECK(y[0].isfinite().all().item<bool>());
}

TEST_CASE(
    "what units explain together is A^T A W, or its lower triangle's part, any way it is found") {
  const bool in_order = GENERATE(false, true);
  // Many samples of few units, few of many, none but one block, and a last block of one unit.
  const auto [n, out, in] = GENERATE(table<std::int64_t, std::int64_t, std::int64_t>(
      {{2000, 300, 40}, {10, 700, 90}, {5, 60, 30}, {3, 257, 1}, {1, 1, 1}}));
  const at::Tensor a = Noise({n, out}, 1), weight = Noise({out, in}, 2);
  const at::Tensor together = a.to(at::kDouble).t().mm(a.to(at::kDouble));
  const at::Tensor expected = (in_order ? together.tril() : together).mm(weight.to(at::kDouble));
  CHECK(Near(Explained(a, weight, in_order), expected.to(at::kFloat)));
}

TEST_CASE("a unit's weights are taken as they lie") {
  const auto format = GENERATE(at::MemoryFormat::Contiguous, at::MemoryFormat::ChannelsLast);
  const double p = GENERATE(2, 3);
  const at::Tensor weight = Noise({4, 3, 2, 5}).contiguous(format);
  const at::Tensor rows = AsItLies(weight);
  CHECK(rows.is_alias_of(weight));
  CHECK(at::equal(ShapedAs(weight, rows), weight));
  CHECK(at::allclose(UnitNorms(weight, p), weight.flatten(1).norm(p, {1})));
  CHECK(at::equal(PerUnit(at::arange(4), weight) * weight,
                  at::arange(4).view({4, 1, 1, 1}) * weight));
}

// What our own loops make of the same numbers, in parts that threads share.
std::vector<at::Tensor> MadeByLoops() {
  const auto learning = [](at::IntArrayRef sizes, int seed) {
    return Noise(sizes, seed).contiguous(at::MemoryFormat::ChannelsLast).requires_grad_();
  };
  std::vector<at::Tensor> made;
  const auto with_gradients = [&](const at::Tensor& y, const std::vector<at::Tensor>& of) {
    y.backward(Noise(y.sizes(), 9));
    made.push_back(y.detach());
    for (const at::Tensor& leaf : of) made.push_back(leaf.grad());
  };
  for (const std::int64_t images : {1, 9}) {  // whose tiles are taken at once, or not
    const at::Tensor x = learning({images, 48, 21, 14}, 1), w = learning({64, 48, 3, 3}, 2);
    with_gradients(Convolution(x, w, {}, 1), {x, w});
  }
  const Window window{.kernel = 4, .stride = 2, .padding = 1};
  const at::Tensor pooled = learning({5, 16, 20, 20}, 3), normed = learning({5, 16, 20, 20}, 4);
  with_gradients(MaxPool(pooled, window), {pooled});
  const BatchStatistics statistics{.mean = at::zeros({16}), .variance = at::ones({16})};
  with_gradients(NormPool(normed, statistics, true, window), {normed});
  made.insert(made.end(), {statistics.mean, statistics.variance});

  const at::Tensor u = Noise({500, 96}, 5);
  const auto [values, columns] = TopK(u, 3);
  const at::Tensor winners = at::zeros_like(u).scatter_(1, columns, values);
  const auto [post, decay] = kernels::SignedSoftmax(u, 2);
  made.insert(made.end(), {values, columns, post, decay, SparseTransposedProduct(winners, u),
                           SignedPower(Noise({400, 500}, 6), 3)});
  made.push_back(GatherWithDropout(u, at::arange(500), 0.5, Stream(1)));
  at::Tensor weight = Noise({2048, 80}, 7);
  const at::Tensor few = Noise({10, 80}, 8);
  made.push_back(Responses(few, weight));
  AddOuterProducts(weight, made.back(), few, 0.9, 0.1);
  made.push_back(weight);
  return made;
}

TEST_CASE("what our own loops make does not depend on the number of threads") {
  const std::vector<at::Tensor> by_one = MadeByLoops();
  at::set_num_threads(3);
  const std::vector<at::Tensor> by_three = MadeByLoops();
  at::set_num_threads(1);
  REQUIRE(by_one.size() == by_three.size());
  for (std::size_t i = 0; i < by_one.size(); ++i) {
    CAPTURE(i);
    CHECK(at::equal(by_one[i], by_three[i]));
  }
}

// What the kernel fuses, in plain ATen.
std::pair<at::Tensor, at::Tensor> PlainSignedSoftmax(const at::Tensor& u, double t) {
  const at::Tensor share = at::softmax(u * t, 1);
  const at::Tensor wins = at::zeros_like(u).scatter(1, u.argmax(1, true), 1) > 0;
  const at::Tensor y = at::where(wins, share, -share);
  return {y, (y * u).sum(0)};
}

// `rows` with all but one entry in `one_in` set to 0.
at::Tensor Thinned(const at::Tensor& rows, std::int64_t one_in) {
  const at::Tensor places = at::arange(rows.numel()).view(rows.sizes()).remainder(one_in);
  return at::where(places == one_in / 2, rows, 0);
}

TEST_CASE("products of few entries equal the dense ones") {
  const at::Tensor rows = Thinned(Noise({50, 37}), GENERATE(17, 64, 5000)), x = Noise({50, 19}, 2);
  REQUIRE(IsSparse(rows));
  CHECK(at::allclose(SparseTransposedProduct(rows, x), rows.t().mm(x), 1e-5, 1e-5));
}

TEST_CASE("a convolution's weight gradient of few entries equals the dense one") {
  const std::int64_t stride = GENERATE(1, 2), kernel = GENERATE(1, 3), in = GENERATE(1, 5);
  const bool channels_last = GENERATE(false, true);
  CAPTURE(stride, kernel, in, channels_last);
  at::Tensor padded = Noise({3, in, 9, 8});
  if (channels_last) padded = padded.contiguous(at::MemoryFormat::ChannelsLast);
  const at::Tensor weight = Noise({7, in, kernel, kernel}, 2);
  const std::int64_t positions = ((9 - kernel) / stride + 1) * ((8 - kernel) / stride + 1);
  const at::Tensor rows = Thinned(Noise({3 * positions, 7}, 3), 20);
  REQUIRE(IsSparse(rows));
  CHECK(at::allclose(SparseConvolutionWeightGradient(padded, rows, weight, stride),
                     ConvolutionWeightGradient(padded, rows, weight, stride), 1e-5, 1e-5));
}

TEST_CASE("sparse is one entry in sixteen, float32, on the CPU") {
  CHECK(IsSparse(at::zeros({4, 4})));
  CHECK(IsSparse(Thinned(at::ones({8, 16}), 16)));
  CHECK_FALSE(IsSparse(Thinned(at::ones({8, 16}), 15)));
  CHECK_FALSE(IsSparse(at::ones({8, 16})));
  CHECK_FALSE(IsSparse(at::zeros({8, 16}, at::kDouble)));
}

TEST_CASE("a signed power is its plain expression, whole or not") {
  const double power = GENERATE(0, 0.5, 1, 1.5, 2, 3, 4, 7, 16, 17);
  CAPTURE(power);
  const at::Tensor x = at::cat({Noise({3, 1000}).view(-1), at::zeros({1})});
  CHECK(at::allclose(SignedPower(x, power), x.sign() * x.abs().pow(power), 1e-5, 1e-7));
}

TEST_CASE("the signed softmax is its plain expression") {
  const std::int64_t rows = GENERATE(1, 15, 16, 17, 200);
  const std::int64_t units = GENERATE(1, 2, 7, 8, 33, 96);
  const double t = GENERATE(1.0, 0.25, 12.0);
  CAPTURE(rows, units, t);
  const at::Tensor u = Noise({rows, units}) * 3;
  const auto [y, decay] = kernels::SignedSoftmax(u, t);
  const auto [plain_y, plain_decay] = PlainSignedSoftmax(u, t);
  CHECK(at::allclose(y, plain_y, 1e-5, 1e-7));
  CHECK(at::allclose(decay, plain_decay, 1e-4, 1e-4));
  CHECK(((y > 0).sum(1) == 1).all().item<bool>());
  const auto [strided_y, strided_decay] = kernels::SignedSoftmax(u.t().contiguous().t(), t);
  CHECK(at::equal(strided_y, y));
  CHECK(at::equal(strided_decay, decay));
}

TEST_CASE("of equal responses the first wins") {
  const at::Tensor u = at::tensor({1.0f, 5.0f, 5.0f, 0.0f, 2.0f, 2.0f, 2.0f, 2.0f}).view({2, 4});
  const auto [y, decay] = kernels::SignedSoftmax(u, 1);
  const auto [plain_y, plain_decay] = PlainSignedSoftmax(u, 1);
  CHECK(at::allclose(y, plain_y));
  CHECK(at::allclose(decay, plain_decay));
  CHECK(y[0][1].item<float>() > 0);
  CHECK(y[0][2].item<float>() < 0);
  CHECK(y[1][0].item<float>() > 0);
  CHECK(y[1][3].item<float>() == Approx(-0.25f));
}

TEST_CASE("the signed softmax of no rows, of extremes, and of what it does not take") {
  const auto [y, decay] = kernels::SignedSoftmax(at::empty({0, 5}), 1);
  CHECK(y.sizes() == at::IntArrayRef({0, 5}));
  CHECK(at::equal(decay, at::zeros({5})));
  const at::Tensor extreme = at::tensor({1e30f, -1e30f, 0.0f}).view({1, 3});
  CHECK(at::equal(kernels::SignedSoftmax(extreme, 1).first,
                  at::tensor({1.0f, -0.0f, -0.0f}).view({1, 3})));
  CHECK_THROWS(kernels::SignedSoftmax(at::zeros({3}), 1));
  CHECK_THROWS(kernels::SignedSoftmax(at::zeros({3, 3}, at::kDouble), 1));
}

TEST_CASE("The k largest are at::topk's, the first of equal ones") {
  const std::int64_t out = GENERATE(1, 5, 64, 200);
  const std::int64_t k = std::min<std::int64_t>(out, GENERATE(1, 2, 7, 16, 40));
  const at::Tensor u = Noise({50, out}, 3);
  const auto [values, columns] = TopK(u, k);
  const auto [expected, where] = u.topk(k, 1);
  CHECK(at::equal(values, expected));
  CHECK(at::equal(columns, where));
}

TEST_CASE("The k largest of what is equal, infinite or not a number") {
  const float inf = std::numeric_limits<float>::infinity(), nan = std::nanf("");
  const at::Tensor u =
      at::tensor({2.F, 5.F, 5.F, -inf, 5.F, 1.F, nan, inf, 0.F, -inf}).view({2, 5});
  const auto [values, columns] = TopK(u, 4);
  CHECK(at::equal(columns, at::tensor({1, 2, 4, 0, 2, 0, 3, 4}, at::kLong).view({2, 4})));
  CHECK(values[1][0].item<float>() == inf);
  const at::Tensor few = at::tensor({nan, 3.F, nan}).view({1, 3});
  CHECK(at::equal(TopK(few, 2).second, at::tensor({1, 0}, at::kLong).view({1, 2})));
}

TEST_CASE("a product by oneDNN is the product, however its factors lie") {
  if (!at::globalContext().hasMKLDNN()) return;
  const auto [m, k, n] =
      GENERATE(table<int, int, int>({{1, 1, 1}, {7, 300, 5}, {64, 96, 200}, {300, 1, 9}}));
  CAPTURE(m, k, n);
  const at::Tensor a = Noise({m, k}, 1), b = Noise({k, n}, 2);
  const auto turned = [](const at::Tensor& matrix) { return matrix.t().contiguous().t(); };
  const auto part = [](const at::Tensor& matrix) {
    return at::cat({matrix, matrix}, 1).slice(1, 0, matrix.size(1));
  };
  for (const at::Tensor& left : {a, turned(a), part(a)}) {
    for (const at::Tensor& right : {b, turned(b), part(b)}) {
      const at::Tensor product = ProductByOneDnn(left, right);
      CHECK(product.is_contiguous());
      CHECK(at::allclose(product, a.mm(b), 1e-4, 1e-4));
    }
  }
}

TEST_CASE("a matrix product and its gradients are LibTorch's") {
  const bool large = GENERATE(false, true);  // and so, on some processors, oneDNN's
  const std::int64_t m = large ? 300 : 4, k = large ? 200 : 3, n = large ? 150 : 2;
  const auto through = [&](bool ours) {
    const at::Tensor a = Noise({m, k}, 1).requires_grad_(), b = Noise({n, k}, 2).requires_grad_();
    const at::Tensor y = ours ? MatrixProduct(a, b.t()) : a.mm(b.t());
    y.backward(Noise({m, n}, 3));
    return std::vector<at::Tensor>{y.detach(), a.grad(), b.grad()};
  };
  const std::vector<at::Tensor> got = through(true), expected = through(false);
  for (std::size_t i = 0; i < got.size(); ++i) CHECK(at::allclose(got[i], expected[i], 1e-4, 1e-4));
  at::Tensor into = at::empty({m, m});
  const at::Tensor a = Noise({m, k}, 1);
  MatrixProductInto(into, a, a.t());
  CHECK(at::allclose(into, a.mm(a.t()), 1e-4, 1e-4));
}

TEST_CASE("responses to few images are a matrix product") {
  const auto [n, out, in] = GENERATE(table<int, int, int>({{1, 4, 16},
                                                           {5, 4, 16},
                                                           {10, 256, 100},
                                                           {12, 12, 7},
                                                           {32, 8, 33},
                                                           {9, 10, 40},
                                                           {33, 8, 16}}));
  CAPTURE(n, out, in);
  const at::Tensor inputs = Noise({in, n}, 1).t(), weight = Noise({out, in}, 2);
  const at::Tensor expected = inputs.mm(weight.t());
  CHECK(at::allclose(Responses(inputs, weight), expected, 1e-5, 1e-5));
  CHECK(at::allclose(Responses(inputs, Noise({in, out}, 2).t()), inputs.mm(Noise({in, out}, 2)),
                     1e-5, 1e-5));
  CHECK(at::allclose(Responses(inputs.to(at::kDouble), weight.to(at::kDouble)),
                     expected.to(at::kDouble), 1e-5, 1e-5));
}

TEST_CASE("outer products are added as a matrix product would") {
  const auto [n, out, in] = GENERATE(table<int, int, int>(
      {{1, 4, 16}, {10, 256, 100}, {20, 12, 7}, {3, 10, 40}, {512, 8, 33}, {513, 8, 32}}));
  CAPTURE(n, out, in);
  const at::Tensor errors = Noise({n, out}, 1), inputs = Noise({n, in}, 2);
  const at::Tensor weight = Noise({out, in}, 3);
  const at::Tensor expected = 0.9 * weight - 0.1 * errors.t().mm(inputs);
  AddOuterProducts(weight, errors, inputs, 0.9, -0.1);
  CHECK(at::allclose(weight, expected, 1e-5, 1e-5));
}

TEST_CASE("max pooling and its gradient are LibTorch's") {
  const auto window = GENERATE(Window{2, 2, 0}, Window{4, 2, 1}, Window{3, 1, 1}, Window{3, 2, 0},
                               Window{2, 3, 1}, Window{8, 8, 0});
  const std::int64_t channels = GENERATE(1, 5, 64, 70);
  CAPTURE(window.kernel, window.stride, window.padding, channels);
  at::Tensor values = Noise({3, channels, 9, 8}, 3);
  const bool ties = GENERATE(false, true);
  if (ties) values = at::relu(values);
  const auto pooled = [&](bool ours) {
    const at::Tensor x =
        values.contiguous(at::MemoryFormat::ChannelsLast).detach().clone().requires_grad_();
    const std::int64_t k = window.kernel, s = window.stride, p = window.padding;
    const at::Tensor y = ours ? MaxPool(x, window) : at::max_pool2d(x, {k, k}, {s, s}, {p, p});
    y.backward(Noise(y.sizes(), 4));
    return std::pair(y.detach(), x.grad());
  };
  const auto [y, gradient] = pooled(true);
  const auto [expected, expected_gradient] = pooled(false);
  CHECK(at::equal(y, expected));
  CHECK(at::equal(MaxPool(values.contiguous(at::MemoryFormat::ChannelsLast), window), expected));
  CHECK(at::allclose(gradient, expected_gradient, 1e-6, 1e-6));
}

TEST_CASE("a batch norm that pools, and its gradients, are LibTorch's two operations") {
  const auto window = GENERATE(Window{2, 2, 0}, Window{4, 2, 1}, Window{3, 1, 1}, Window{2, 3, 0});
  const std::int64_t channels = GENERATE(1, 5, 70);
  const bool own = GENERATE(true, false), affine = GENERATE(true, false);
  CAPTURE(window.kernel, window.stride, window.padding, channels, own, affine);
  // Far from 0, as a bias puts them: a sum of squares must not lose the deviation.
  const at::Tensor values = 3 * Noise({7, channels, 9, 8}, 3) + 50 * Noise({channels, 1, 1}, 4);
  const auto pooled = [&](bool ours) {
    const at::Tensor x =
        values.contiguous(at::MemoryFormat::ChannelsLast).detach().clone().requires_grad_();
    BatchStatistics norm{.mean = 50 * Noise({channels}, 5),
                         .variance = 1 + Noise({channels}, 6).square(),
                         .momentum = 0.3};
    if (affine) {  // gains of both signs
      norm.gain = Noise({channels}, 7).requires_grad_();
      norm.shift = Noise({channels}, 8).requires_grad_();
    }
    const std::int64_t k = window.kernel, s = window.stride, p = window.padding;
    const at::Tensor y =
        ours ? NormPool(x, norm, own, window)
             : at::max_pool2d(at::batch_norm(x, norm.gain, norm.shift, norm.mean, norm.variance,
                                             own, norm.momentum, norm.epsilon, false),
                              {k, k}, {s, s}, {p, p});
    y.backward(Noise(y.sizes(), 9));
    std::vector<at::Tensor> all = {y.detach(), x.grad(), norm.mean, norm.variance};
    if (affine) all.insert(all.end(), {norm.gain.grad(), norm.shift.grad()});
    return all;
  };
  const std::vector<at::Tensor> got = pooled(true), expected = pooled(false);
  for (std::size_t i = 0; i < got.size(); ++i) {
    CAPTURE(i);
    CHECK(at::allclose(got[i], expected[i], 1e-4, 1e-4));
  }
  const at::NoGradGuard no_gradients;
  const BatchStatistics norm{.mean = Noise({channels}, 5), .variance = at::ones({channels})};
  const at::Tensor x = values.contiguous(at::MemoryFormat::ChannelsLast);
  CHECK(at::allclose(
      NormPool(x, norm, false, window),
      MaxPool((x - norm.mean.view({-1, 1, 1})) / std::sqrt(1 + norm.epsilon), window), 1e-5, 1e-5));
}

TEST_CASE("max pooling hands on what is not a number") {
  at::Tensor x = Noise({2, 3, 6, 6}).contiguous(at::MemoryFormat::ChannelsLast);
  x[1][2][3][3] = std::nanf("");
  const at::Tensor y = MaxPool(x.requires_grad_(), {.kernel = 3, .stride = 2, .padding = 1});
  CHECK(at::allclose(y, at::max_pool2d(x, {3, 3}, {2, 2}, {1, 1}), 0, 0, true));
  CHECK(y.isnan().sum().item<std::int64_t>() > 0);
}

TEST_CASE("rounded float32 factors give what bfloat16 ones do, gradients too") {
  const at::Tensor a = Noise({20, 300}), b = Noise({300, 10}), above = Noise({20, 10});
  const auto product = [&](const std::function<at::Tensor(const at::Tensor&)>& factor) {
    const at::Tensor x = a.clone().requires_grad_();
    const at::Tensor y = Widen(factor(x).mm(factor(b)));
    y.backward(above);
    return std::pair(y.detach(), x.grad());
  };
  const auto [rounded, rounded_gradient] = product(RoundToBfloat16);
  const auto [native, native_gradient] =
      product([](const at::Tensor& factor) { return factor.to(at::kBFloat16); });
  // Sums of another order may be rounded the other way.
  CHECK(at::allclose(rounded, native, 1.0 / 128, 1e-3));
  CHECK(at::allclose(rounded_gradient, native_gradient, 1.0 / 128, 1e-3));
  CHECK(at::equal(rounded, rounded.to(at::kBFloat16).to(at::kFloat)));
}

}  // namespace
}  // namespace plasticity
