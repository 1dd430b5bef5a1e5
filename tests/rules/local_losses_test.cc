// The rules that give each block a loss: their losses against plain loops over their definitions.
#include <ATen/ATen.h>

#include <catch2/catch.hpp>
#include <cmath>
#include <functional>

#include "suite/base/error.h"
#include "suite/local_loss_rule.h"
#include "suite/ops/augment.h"
#include "tests/noise.h"
#include "tests/rules/cells.h"

namespace plasticity {
namespace {

using testing::Gratings;
using testing::Noise;
using testing::RuleCell;
using testing::TinyConvolutions;
using testing::TinyDense;

LocalLossRule& Local(RuleCell& cell) { return dynamic_cast<LocalLossRule&>(cell.rule()); }

// A module's tensor as double, by its name in a snapshot.
at::Tensor Module(RuleCell& cell, const std::string& name) {
  return cell.Save().tensors.at("rule.modules." + name).to(at::kDouble);
}

double Value(const at::Tensor& tensor) { return tensor.item<double>(); }

double Softplus(double x) { return std::log1p(std::exp(x)); }

// -log softmax(scores)[label], for one image.
double CrossEntropy(const std::vector<double>& scores, std::int64_t label) {
  double sum = 0;
  for (const double score : scores) sum += std::exp(score);
  return std::log(sum) - scores[static_cast<std::size_t>(label)];
}

std::vector<double> Row(const at::Tensor& x) {
  const at::Tensor flat = x.detach().to(at::kDouble).flatten().contiguous();
  return {flat.data_ptr<double>(), flat.data_ptr<double>() + flat.numel()};
}

// What block 0 of the tiny networks gives: 8 channels on 4 x 4 places, or 16 units.
at::Tensor Output(bool convolutional, std::int64_t n, std::uint64_t seed = 5) {
  return convolutional ? Noise({n, 8, 4, 4}, seed, 0.3) : Noise({n, 16}, seed, 0.3);
}

nlohmann::json Spec(bool convolutional) { return convolutional ? TinyConvolutions() : TinyDense(); }

// ------------------------------------------------------------------------------- all of them

TEST_CASE("a local loss trains its own block and its own modules, and nothing else") {
  for (const char* name :
       {"barlow", "clapp", "cwc", "forward-forward", "local-loss", "mono_forward", "sphere"}) {
    for (const nlohmann::json& spec : {TinyConvolutions(), TinyDense()}) {
      DYNAMIC_SECTION(name << " on " << spec.at("name").get<std::string>()) {
        RuleCell cell(name, spec, 2);
        const bool labelled = Registry<Rule>::Get().Find(name).info.needs_labels;
        Batch batch = Gratings(1, 12);
        if (!labelled) batch.labels = at::Tensor();
        const Batch prepared = Local(cell).Prepare(batch, {});
        at::Tensor x = prepared.images.clone().requires_grad_();
        const at::Tensor pixels = x;
        for (std::size_t i = 0; i < 2; ++i) {
          Block& block = cell.network().blocks()[i];
          const at::Tensor input = Local(cell).Receive(x).detach();
          const at::Tensor output = block.Inner(input, true);
          Local(cell).Loss(i, input, output, prepared).backward();
          for (const at::Tensor& parameter : block.Parameters()) CHECK(parameter.grad().defined());
          if (i == 0) {
            for (const at::Tensor& parameter : cell.network().blocks()[1].Parameters()) {
              CHECK_FALSE(parameter.grad().defined());
            }
          }
          x = block.Skip(input, output.detach());
        }
        CHECK_FALSE(pixels.grad().defined());
        CHECK_FALSE(cell.network().head().weight.grad().defined());
      }
    }
  }
}

TEST_CASE("a local loss falls while its rule learns") {
  for (const char* name :
       {"barlow", "clapp", "cwc", "forward-forward", "local-loss", "mono_forward", "sphere"}) {
    for (const nlohmann::json& spec : {TinyConvolutions(), TinyDense()}) {
      DYNAMIC_SECTION(name << " on " << spec.at("name").get<std::string>()) {
        RuleCell cell(name, spec, 2, {{"learning_rate", 0.01}, {"schedule", "constant"}});
        const bool labelled = Registry<Rule>::Get().Find(name).info.needs_labels;
        const auto mean_loss = [&](std::int64_t from, std::int64_t to) {
          double sum = 0;
          for (std::int64_t step = from; step < to; ++step) {
            sum += Value(cell.Train(step + 1, 100, labelled).loss);
          }
          return sum / static_cast<double>(to - from);
        };
        const double before = mean_loss(0, 10);
        mean_loss(10, 80);
        CHECK(mean_loss(80, 90) < before);
      }
    }
  }
}

TEST_CASE("a rule with views of its own gives features of the images as they are") {
  for (const char* name : {"barlow", "forward-forward"}) {
    CAPTURE(name);
    RuleCell cell(name, TinyConvolutions(), 2);
    Batch batch = Gratings(1, 12);
    const StepReport report = Local(cell).ComputeGradients(batch);
    CHECK(at::equal(report.features, cell.rule().Features(batch.images)));
    batch.features_wanted = false;
    CHECK_FALSE(Local(cell).ComputeGradients(batch).features.defined());
  }
}

// ---------------------------------------------------------------------------- forward-forward

TEST_CASE("forward-forward writes a label over the first pixels of every channel") {
  RuleCell cell("forward-forward", TinyConvolutions(), 2);
  const Batch batch = Gratings(1, 12);
  const Batch prepared = Local(cell).Prepare(batch, {.draw = 3});
  REQUIRE(prepared.images.sizes() == at::IntArrayRef({24, 3, 8, 8}));
  CHECK_FALSE(prepared.labels.defined());
  for (std::int64_t i = 0; i < 24; ++i) {
    const at::Tensor image = batch.images[i % 12];
    const at::Tensor shown = prepared.images[i].flatten(1);  // [3, 64]
    CHECK(at::equal(shown.slice(1, 4), image.flatten(1).slice(1, 4)));
    const at::Tensor mark = shown.slice(1, 0, 4);
    const std::int64_t written = mark[0].argmax().item<std::int64_t>();
    for (std::int64_t channel = 0; channel < 3; ++channel) {
      for (std::int64_t k = 0; k < 4; ++k) {
        const at::Tensor bound = k == written ? image.amax() : image.amin();
        CHECK(Value(mark[channel][k]) == Approx(Value(bound)).epsilon(1e-6));
      }
    }
    CHECK((written == batch.labels[i % 12].item<std::int64_t>()) == (i < 12));
  }
}

TEST_CASE("forward-forward draws every wrong label about equally often, anew in each step") {
  RuleCell cell("forward-forward", TinyConvolutions(), 2);
  const Batch batch = Gratings(1, 300);
  const auto wrong = [&](std::int64_t step) {
    return Local(cell)
        .Prepare(batch, {.draw = static_cast<std::uint64_t>(step)})
        .images.slice(0, 300)
        .select(1, 0)
        .flatten(1)
        .slice(1, 0, 4)
        .argmax(1);
  };
  const at::Tensor further = (wrong(3) - batch.labels + 4) % 4;
  for (std::int64_t k = 1; k < 4; ++k) {
    CHECK((further == k).sum().item<std::int64_t>() > 70);
  }
  CHECK(at::equal(wrong(3), wrong(3)));
  CHECK_FALSE(at::equal(wrong(3), wrong(4)));
}

TEST_CASE("forward-forward's loss is the softplus of each half's goodness against the threshold") {
  const bool convolutional = GENERATE(true, false);
  RuleCell cell("forward-forward", Spec(convolutional), 2, {{"threshold", 1.2}});
  const at::Tensor output = Output(convolutional, 6);
  double expected = 0;
  for (std::int64_t i = 0; i < 6; ++i) {
    const std::vector<double> values = Row(output[i]);
    double goodness = 0;
    for (const double value : values) goodness += value * value;
    goodness /= static_cast<double>(values.size());
    expected += Softplus(i < 3 ? 1.2 - goodness : goodness - 1.2) / 3;
  }
  CHECK(Value(Local(cell).Loss(0, {}, output, {})) == Approx(expected).epsilon(1e-5));
}

TEST_CASE("forward-forward's blocks and its readout receive inputs with mean square 1") {
  RuleCell cell("forward-forward", TinyConvolutions(), 2);
  const at::Tensor x = Output(true, 5) * 7;
  const at::Tensor received = Local(cell).Receive(x);
  CHECK(at::allclose(received.square().mean({1, 2, 3}), at::ones({5})));
  CHECK(at::allclose(received / received.abs().amax({1, 2, 3}, true),
                     x / x.abs().amax({1, 2, 3}, true), 1e-5, 1e-6));
  CHECK(at::allclose(cell.rule().Features(Gratings(1, 5).images).square().mean(1), at::ones({5})));
  CHECK(at::equal(Local(cell).Receive(at::zeros({2, 3})), at::zeros({2, 3})));
}

TEST_CASE("forward-forward's features see a neutral mark in place of the first pixels") {
  RuleCell cell("forward-forward", TinyConvolutions(), 2);
  cell.Train(5, 5, true);
  // The image's range stays, so that whatever else stood in the marked pixels makes no difference.
  const at::Tensor images = Gratings(1, 6).images;
  images.select(1, 0).select(1, 7).select(1, 7).fill_(5);
  images.select(1, 0).select(1, 7).select(1, 6).fill_(-5);
  const at::Tensor others = images.clone();
  others.select(2, 0).slice(2, 0, 4).uniform_(-4, 4);
  CHECK(at::equal(cell.rule().Features(images), cell.rule().Features(others)));
  // Halfway marks: 1/4 of the way from the lowest to the highest value.
  others.select(2, 0).slice(2, 0, 4).fill_(-2.5);
  at::Tensor x = others;
  for (Block& block : cell.network().blocks()) x = block.Forward(Local(cell).Receive(x), false);
  x = Local(cell).Receive(x).detach().flatten(1);
  CHECK(at::allclose(cell.rule().Features(images), x, 1e-5, 1e-6));
}

TEST_CASE("forward-forward refuses images that are smaller than a label") {
  Network network(TinyDense(), {.channels = 3, .height = 8, .width = 8}, 65, Streams(1), at::kCPU);
  const std::unique_ptr<Rule> rule = Registry<Rule>::Get().Make("forward-forward", {});
  rule->Attach(network);
  CHECK_THROWS_AS(rule->Features(Gratings(1, 2).images), InputError);
}

// --------------------------------------------------------------------------------------- cwc

TEST_CASE("cwc's loss is the cross-entropy over the mean squares of channel groups") {
  const bool convolutional = GENERATE(true, false);
  // Three classes: groups of 3, 3 and 2 of 8 channels, or 6, 5 and 5 of 16 units.
  Network network(Spec(convolutional), {.channels = 3, .height = 8, .width = 8}, 3, Streams(1),
                  at::kCPU);
  const std::unique_ptr<Rule> rule = Registry<Rule>::Get().Make("cwc", {});
  rule->Attach(network);
  const std::vector<std::int64_t> ends =
      convolutional ? std::vector<std::int64_t>{3, 6, 8} : std::vector<std::int64_t>{6, 11, 16};
  const at::Tensor output = Output(convolutional, 5);
  const at::Tensor labels = at::tensor({2, 0, 1, 1, 2}, at::kLong);
  double expected = 0;
  for (std::int64_t i = 0; i < 5; ++i) {
    std::vector<double> goodness;
    std::int64_t begin = 0;
    for (const std::int64_t end : ends) {
      const std::vector<double> values = Row(output[i].slice(0, begin, end));
      double sum = 0;
      for (const double value : values) sum += value * value;
      goodness.push_back(sum / static_cast<double>(values.size()));
      begin = end;
    }
    expected += CrossEntropy(goodness, labels[i].item<std::int64_t>()) / 5;
  }
  CHECK(Value(dynamic_cast<LocalLossRule&>(*rule).Loss(0, {}, output, {.labels = labels})) ==
        Approx(expected).epsilon(1e-5));
}

TEST_CASE("cwc refuses a network with fewer channels than classes") {
  Network network(TinyConvolutions(), {.channels = 3, .height = 8, .width = 8}, 9, Streams(1),
                  at::kCPU);
  const std::unique_ptr<Rule> rule = Registry<Rule>::Get().Make("cwc", {});
  CHECK_THROWS_WITH(rule->Attach(network),
                    Catch::Contains("block 1 has 8 channels") && Catch::Contains("9 classes"));
  CHECK_THROWS_AS(rule->Attach(network), InputError);
}

// -------------------------------------------------------------------------------- local-loss

// Cosines between rows that are centred one by one.
std::vector<std::vector<double>> Similarities(std::vector<std::vector<double>> rows) {
  for (std::vector<double>& row : rows) {
    double mean = 0, squares = 0;
    for (const double value : row) mean += value / static_cast<double>(row.size());
    for (double& value : row) value -= mean;
    for (const double value : row) squares += value * value;
    for (double& value : row) value /= std::sqrt(squares);
  }
  std::vector<std::vector<double>> cosines(rows.size(), std::vector<double>(rows.size()));
  for (std::size_t i = 0; i < rows.size(); ++i) {
    for (std::size_t j = 0; j < rows.size(); ++j) {
      for (std::size_t k = 0; k < rows[i].size(); ++k) cosines[i][j] += rows[i][k] * rows[j][k];
    }
  }
  return cosines;
}

TEST_CASE("local-loss is (1 - beta) prediction + beta similarity matching") {
  const bool convolutional = GENERATE(true, false);
  const double beta = GENERATE(0.0, 0.6, 1.0);
  CAPTURE(convolutional, beta);
  // 40 values for 8 channels: the 4 x 4 map is pooled to 2 x 2.
  RuleCell cell("local-loss", Spec(convolutional), 2, {{"beta", beta}, {"classifier_inputs", 40}});
  const std::int64_t n = 5;
  const at::Tensor output = Output(convolutional, n);
  const at::Tensor labels = at::tensor({2, 0, 1, 3, 2}, at::kLong);

  const at::Tensor weight = Module(cell, "block1.classify.weight");
  const at::Tensor bias = Module(cell, "block1.classify.bias");
  const at::Tensor projection = Module(cell, "block1.project");
  CHECK(weight.size(1) == (convolutional ? 8 * 2 * 2 : 16));
  double prediction = 0;
  std::vector<std::vector<double>> seen, known;
  for (std::int64_t i = 0; i < n; ++i) {
    const at::Tensor one = output[i].to(at::kDouble);
    at::Tensor pooled = one;
    std::vector<double> row;
    if (convolutional) {
      pooled = at::empty({8, 2, 2}, at::kDouble);
      const at::Tensor padded = at::constant_pad_nd(one, {1, 1, 1, 1});
      for (std::int64_t c = 0; c < 8; ++c) {
        for (std::int64_t y = 0; y < 2; ++y) {
          for (std::int64_t x = 0; x < 2; ++x) {
            pooled[c][y][x] = one[c].slice(0, 2 * y, 2 * y + 2).slice(1, 2 * x, 2 * x + 2).mean();
          }
        }
        std::vector<double> places;
        for (std::int64_t y = 0; y < 4; ++y) {
          for (std::int64_t x = 0; x < 4; ++x) {
            places.push_back(
                Value((padded.slice(1, y, y + 3).slice(2, x, x + 3) * projection[c]).sum()));
          }
        }
        double mean = 0, variance = 0;
        for (const double place : places) mean += place / 16;
        for (const double place : places) variance += (place - mean) * (place - mean) / 15;
        row.push_back(std::sqrt(variance));
      }
    } else {
      row = Row(projection.mv(one));
    }
    seen.push_back(row);
    const std::int64_t label = labels[i].item<std::int64_t>();
    std::vector<double> one_hot(4);
    one_hot[static_cast<std::size_t>(label)] = 1;
    known.push_back(one_hot);
    prediction += CrossEntropy(Row(weight.mv(pooled.flatten()) + bias), label) / 5;
  }
  double matching = 0;
  const auto of_seen = Similarities(seen), of_known = Similarities(known);
  for (std::size_t i = 0; i < 5; ++i) {
    for (std::size_t j = 0; j < 5; ++j) {
      matching += std::pow(of_seen[i][j] - of_known[i][j], 2) / 25;
    }
  }
  const double expected = (1 - beta) * prediction + beta * matching;
  CHECK(Value(Local(cell).Loss(0, {}, output, {.labels = labels})) ==
        Approx(expected).epsilon(1e-4));
}

TEST_CASE("local-loss leaves the module of a loss without weight alone") {
  for (const double beta : {0.0, 1.0}) {
    RuleCell cell("local-loss", TinyConvolutions(), 2, {{"beta", beta}});
    const at::Tensor classifier = Module(cell, "block1.classify.weight");
    const at::Tensor projection = Module(cell, "block1.project");
    cell.Train(3, 3, true);
    CHECK(at::equal(classifier, Module(cell, "block1.classify.weight")) == (beta == 1));
    CHECK(at::equal(projection, Module(cell, "block1.project")) == (beta == 0));
  }
}

// ------------------------------------------------------------------------------ mono_forward

TEST_CASE("mono_forward's loss is the cross-entropy of a projection of the whole output") {
  const bool convolutional = GENERATE(true, false);
  RuleCell cell("mono_forward", Spec(convolutional), 2);
  const at::Tensor output = Output(convolutional, 5), m = Module(cell, "block1.project");
  const at::Tensor labels = at::arange(5) % 4;
  double expected = 0;
  for (std::int64_t i = 0; i < 5; ++i) {
    const std::vector<double> a = Row(output[i]);
    std::vector<double> goodness(4, 0);
    for (std::int64_t k = 0; k < 4; ++k) {
      const std::vector<double> weights = Row(m[k]);
      for (std::size_t j = 0; j < a.size(); ++j)
        goodness[static_cast<std::size_t>(k)] += weights.at(j) * a[j];
    }
    expected += CrossEntropy(goodness, labels[i].item<std::int64_t>()) / 5;
  }
  CHECK(Value(Local(cell).Loss(0, {}, output, {.labels = labels})) ==
        Approx(expected).epsilon(1e-5));
}

// ------------------------------------------------------------------- what an author gets wrong

// A rule whose loss is what a test says.
class Lossy final : public LocalLossRule {
 public:
  static RuleInfo Describe() { return {.name = "lossy"}; }
  explicit Lossy(Params& params) : LocalLossRule(params, 12) {}
  at::Tensor Loss(std::size_t, const at::Tensor&, const at::Tensor& output, const Batch&) override {
    return loss(output);
  }
  std::function<at::Tensor(const at::Tensor&)> loss;
};

TEST_CASE("a local loss is told what is wrong with it") {
  Params params("lossy");
  Lossy rule(params);
  Network network(TinyDense(), {.channels = 3, .height = 8, .width = 8}, 4, Streams(1), at::kCPU);
  rule.Attach(network);
  const Batch batch = Gratings(1, 12);
  rule.loss = [](const at::Tensor&) { return at::Tensor(); };
  CHECK_THROWS_WITH(rule.Learn(batch, {}), "Loss: it is undefined, want a scalar");
  rule.loss = [](const at::Tensor& output) { return output.square().mean(1); };
  CHECK_THROWS_WITH(rule.Learn(batch, {}), "Loss: it is [12], want a scalar");
  rule.loss = [](const at::Tensor& output) { return output.detach().mean(); };
  CHECK_THROWS_WITH(rule.Learn(batch, {}), Catch::StartsWith("Loss: it follows from nothing"));
  rule.loss = [](const at::Tensor& output) -> at::Tensor { return output.square().mean(); };
  CHECK_NOTHROW(rule.Learn(batch, {}));
}

// ------------------------------------------------------------------------------------- clapp

TEST_CASE("clapp's loss is the hinge of predictions down the same image and another one") {
  const std::int64_t ahead = GENERATE(1, 2, 9);
  CAPTURE(ahead);
  RuleCell cell("clapp", TinyConvolutions(), 2, {{"ahead", ahead}});
  const std::int64_t n = 3, distance = std::min<std::int64_t>(ahead, 3);
  const at::Tensor output = Output(true, n);
  const at::Tensor w = Module(cell, "block1.predict");
  const at::Tensor y = output.to(at::kDouble);
  double expected = 0;
  for (std::int64_t i = 0; i < n; ++i) {
    for (std::int64_t row = 0; row + distance < 4; ++row) {
      for (std::int64_t column = 0; column < 4; ++column) {
        const auto at_place = [&](std::int64_t image, std::int64_t r) {
          return y[image].select(1, r).select(1, column);  // [8]
        };
        const at::Tensor predicted = w.mv(at_place(i, row));
        const double same = Value(at_place(i, row + distance).dot(predicted));
        const double other = Value(at_place((i + n - 1) % n, row + distance).dot(predicted));
        expected += (std::max(0.0, 1 - same) + std::max(0.0, 1 + other)) /
                    static_cast<double>(n * (4 - distance) * 4);
      }
    }
  }
  CHECK(Value(Local(cell).Loss(0, {}, output, {})) == Approx(expected).epsilon(1e-5));
}

TEST_CASE("clapp's dense blocks predict one view of an image from the other") {
  RuleCell cell("clapp", TinyDense(), 2);
  const Batch batch = Gratings(1, 12);
  const Batch prepared = Local(cell).Prepare(batch, {.draw = 3});
  CHECK(at::equal(prepared.images, TwoViews(batch.images, {}, Streams(2), 3)));
  const at::Tensor output = Output(false, 6), y = output.to(at::kDouble);
  const at::Tensor w = Module(cell, "block1.predict");
  double expected = 0;
  for (std::int64_t i = 0; i < 3; ++i) {
    const at::Tensor predicted = w.mv(y[i]);
    expected += std::max(0.0, 1 - Value(y[3 + i].dot(predicted))) / 3;
    expected += std::max(0.0, 1 + Value(y[3 + (i + 2) % 3].dot(predicted))) / 3;
  }
  CHECK(Value(Local(cell).Loss(0, {}, output, {})) == Approx(expected).epsilon(1e-5));
}

TEST_CASE("clapp leaves images alone where all blocks have rows to look down") {
  RuleCell cell("clapp", TinyConvolutions(), 2);
  const Batch batch = Gratings(1, 12);
  CHECK(Local(cell).Prepare(batch, {}).images.is_same(batch.images));
}

// ------------------------------------------------------------------------------------ barlow

TEST_CASE("barlow's loss holds the views' correlations against the identity") {
  const bool convolutional = GENERATE(true, false);
  RuleCell cell("barlow", Spec(convolutional), 2, {{"projection", 3}, {"lambda", 0.2}});
  const std::int64_t n = 7, columns = 3;
  const at::Tensor output = Output(convolutional, 2 * n).to(at::kDouble);
  const at::Tensor pooled = convolutional ? output.mean({2, 3}) : output;
  const at::Tensor z = pooled.mm(Module(cell, "block1.project").t());  // [2n, columns]
  const auto moments = [&](std::int64_t view, std::int64_t column) {
    const std::vector<double> values = Row(z.slice(0, view * n, (view + 1) * n).select(1, column));
    double mean = 0, variance = 0;
    for (const double value : values) mean += value / static_cast<double>(n);
    for (const double value : values) {
      variance += (value - mean) * (value - mean) / static_cast<double>(n);
    }
    return std::pair(mean, std::sqrt(variance + 1e-5));
  };
  double expected = 0;
  for (std::int64_t i = 0; i < columns; ++i) {
    for (std::int64_t j = 0; j < columns; ++j) {
      const auto [mean_i, deviation_i] = moments(0, i);
      const auto [mean_j, deviation_j] = moments(1, j);
      double correlation = 0;
      for (std::int64_t image = 0; image < n; ++image) {
        correlation += (Value(z[image][i]) - mean_i) * (Value(z[n + image][j]) - mean_j) /
                       (deviation_i * deviation_j * static_cast<double>(n));
      }
      expected += i == j ? std::pow(1 - correlation, 2) : 0.2 * std::pow(correlation, 2);
    }
  }
  expected /= static_cast<double>(columns);
  CHECK(Value(Local(cell).Loss(0, {}, output.to(at::kFloat), {})) ==
        Approx(expected).epsilon(1e-4));
}

TEST_CASE("barlow learns from two views of each image") {
  RuleCell cell("barlow", TinyConvolutions(), 2);
  const Batch batch = Gratings(1, 12);
  const Batch prepared = Local(cell).Prepare(batch, {.draw = 3});
  CHECK(at::equal(prepared.images, TwoViews(batch.images, {}, Streams(2), 3)));
}

}  // namespace
}  // namespace plasticity
