#include "suite/program/rule_cell.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <utility>
#include <vector>

namespace plasticity {
namespace {

// Images in memory.
class StoredImages final : public ImageSource {
 public:
  StoredImages(const ImageShape& shape, std::vector<std::uint8_t> pixels,
               std::vector<std::int64_t> labels)
      : ImageSource(shape, static_cast<std::int64_t>(labels.size())),
        pixels_(std::move(pixels)),
        labels_(std::move(labels)) {}

  std::int64_t Label(std::int64_t index) const override {
    return labels_[static_cast<std::size_t>(index)];
  }
  void Decode(std::int64_t index, std::uint8_t* pixels) const override {
    std::copy_n(pixels_.data() + index * shape().bytes(), shape().bytes(), pixels);
  }
  const std::uint8_t* Mapped() const override { return pixels_.data(); }

 private:
  std::vector<std::uint8_t> pixels_;
  std::vector<std::int64_t> labels_;
};

// No readout, but one that wants every step's features, since the checks look at them.
class NoReadout final : public Readout {
 public:
  void Attach(const RuleInfo&, Network&, std::int64_t, std::int64_t) override {}
  StepReport Learn(const at::Tensor&, const at::Tensor&, const Batch&, const Progress&) override {
    return {};
  }
  at::Tensor Scores(const at::Tensor& features) override { return features; }
};

}  // namespace

// Not a strategy against forgetting: it only hands the rule what a check wants it to see.
class RuleCell::Hand final : public Strategy {
 public:
  StepReport Step(Learner& learner, const Batch& batch, const Progress& progress) override {
    Batch handed = batch;
    if (change_) handed.images = change_(batch.images);
    handed.labels = batch.labels.slice(0, 0, handed.images.size(0));
    if (!labelled_) handed.labels = at::Tensor();
    const std::int64_t step = progress.step + 1;
    report_ = Calling(fmt::format("Learn of step {}", step),
                      [&] { return learner.Learn(handed, progress); });
    Calling(fmt::format("Commit of step {}", step), [&] { learner.Commit(progress); });
    return report_;
  }

  bool labelled_ = true;
  std::function<at::Tensor(const at::Tensor&)> change_;
  StepReport report_;
};

Batch Gratings(std::uint64_t seed, std::int64_t count, std::int64_t side, std::int64_t classes) {
  Stream stream = Streams(seed).For("gratings");
  at::Tensor images = at::empty({count, 3, side, side});
  at::Tensor labels = at::empty({count}, at::kLong);
  stream.FillNormal(images.data_ptr<float>(), static_cast<std::size_t>(images.numel()), 0, 0.3);
  auto pixels = images.accessor<float, 4>();
  for (std::int64_t n = 0; n < count; ++n) {
    const auto label = static_cast<std::int64_t>(stream.Below(static_cast<std::uint64_t>(classes)));
    labels[n] = label;
    const double angle =
        std::numbers::pi * static_cast<double>(label) / static_cast<double>(classes);
    const double phase = 2 * std::numbers::pi * stream.Uniform();
    for (std::int64_t c = 0; c < 3; ++c) {
      const double contrast = 0.7 + stream.Uniform();
      for (std::int64_t y = 0; y < side; ++y) {
        for (std::int64_t x = 0; x < side; ++x) {
          const double along =
              std::cos(angle) * static_cast<double>(x) + std::sin(angle) * static_cast<double>(y);
          pixels[n][c][y][x] += static_cast<float>(contrast * std::sin(1.4 * along + phase));
        }
      }
    }
  }
  return {.images = images, .labels = labels};
}

nlohmann::json TinyConvolutions() {
  return nlohmann::json::parse(R"({"name": "tiny-cnn", "blocks": [
    {"ops": [{"op": "conv", "out": 8, "kernel": 3, "padding": 1}, {"op": "batch_norm"}, {"op": "leaky_relu"},
             {"op": "max_pool"}]},
    {"ops": [{"op": "batch_norm", "affine": false}, {"op": "conv", "out": 12, "kernel": 3, "padding": 1,
              "reflect": true, "bias": false}, {"op": "triangle", "power": 0.7}, {"op": "avg_pool"}]}],
    "features": [{"op": "flatten"}]})");
}

nlohmann::json TinyDense() {
  return nlohmann::json::parse(R"({"name": "tiny-mlp", "blocks": [
    {"ops": [{"op": "flatten"}, {"op": "dense", "out": 16}, {"op": "batch_norm"}, {"op": "relu"}]},
    {"ops": [{"op": "dense", "out": 10}, {"op": "batch_norm"}, {"op": "relu"}]}]})");
}

std::shared_ptr<const Dataset> GratingData() {
  static const std::shared_ptr<const Dataset> data = [] {
    constexpr double kCentre = 128, kDeviation = 48;  // in 0 to 255
    const Batch gratings = Gratings(100, 1200);
    const at::Tensor pixels =
        (gratings.images * kDeviation + kCentre).round().clamp(0, 255).to(at::kByte).contiguous();
    const auto* first = pixels.const_data_ptr<std::uint8_t>();
    const auto* labels = gratings.labels.const_data_ptr<std::int64_t>();
    auto set = std::make_shared<Dataset>();
    set->name = "gratings";
    set->shape = {.channels = 3, .height = 8, .width = 8};
    set->class_names = {"0", "45", "90", "135"};
    set->mean.assign(3, static_cast<float>(kCentre / 255));
    set->stddev.assign(3, static_cast<float>(kDeviation / 255));
    set->train = set->test = std::make_shared<StoredImages>(
        set->shape, std::vector<std::uint8_t>(first, first + pixels.numel()),
        std::vector<std::int64_t>(labels, labels + gratings.labels.numel()));
    return set;
  }();
  return data;
}

RuleCell::RuleCell(const std::string& rule, const nlohmann::json& spec, std::uint64_t seed,
                   const nlohmann::json& params, at::Device device)
    : RuleCell(Registry<Rule>::Get().Find(rule).info, Registry<Rule>::Get().Make(rule, params),
               spec, seed, GratingData(), AllOf(GratingData()->train), 12, device) {}

RuleCell::RuleCell(const RuleInfo& info, std::unique_ptr<Rule> rule, const nlohmann::json& spec,
                   std::uint64_t seed, std::shared_ptr<const Dataset> data, const Samples& samples,
                   std::int64_t batch_size, at::Device device)
    : data_(std::move(data)),
      samples_(samples),
      batch_size_(batch_size),
      streams_(seed),
      silent_("", false),
      session_({.checkpoint = {}, .checkpoint_every_s = 1e18, .device = device}, silent_),
      trainer_(session_, streams_) {
  const ImageShape& shape = data_->shape;
  auto hand = std::make_unique<Hand>();
  hand_ = hand.get();
  LearnerParts parts{
      .rule_info = info,
      .rule = std::move(rule),
      .network = std::make_unique<Network>(
          spec, Shape{.channels = shape.channels, .height = shape.height, .width = shape.width},
          data_->classes(), streams_, device),
      .readout_info = {.name = "none", .beside = true},
      .readout = std::make_unique<NoReadout>(),
      .strategy = std::move(hand)};
  parts.rule_info.needs_labels = true;  // the hand decides
  loader_ = std::make_unique<Loader>(*data_, parts.network->input(), device,
                                     parts.network->input_format());
  learner_ = Calling("Attach", [&] {
    return std::make_unique<Learner>("learner", std::move(parts), shape.bytes(), data_->classes());
  });
}

RuleCell::~RuleCell() = default;

StepReport RuleCell::Train(std::int64_t to, std::int64_t steps, bool labelled,
                           std::int64_t label_shift) {
  std::vector<std::int64_t> shifted;
  for (std::int64_t label = 0; label < data_->classes(); ++label)
    shifted.push_back((label + label_shift) % data_->classes());
  const Samples samples = Relabelled(samples_, shifted);
  hand_->labelled_ = labelled;
  LearnerTrainee trainee(session_, *loader_, *learner_, samples, nullptr);
  trainer_.Run("train", trainee, Schedule::Of(samples.size(), batch_size_, Budget::Steps(steps)),
               to);
  return hand_->report_;
}

void RuleCell::ChangeImages(std::function<at::Tensor(const at::Tensor&)> change) {
  hand_->change_ = std::move(change);
}

StepReport RuleCell::Learn(const Batch& batch, const Progress& progress) {
  return Calling("Learn", [&] { return rule().Learn(batch, progress); });
}

void RuleCell::Commit(const Progress& progress) {
  Calling("Commit", [&] { rule().Commit(progress); });
}

at::Tensor RuleCell::Features(const at::Tensor& images) {
  return Calling("Features", [&] { return rule().Features(images); });
}

void RuleCell::Visit(StateVisitor& visitor) {
  Calling("Visit", [&] { learner_->Visit(visitor); });
  ScopedVisitor trainer(visitor, "trainer");
  trainer_.Visit(trainer);
}

Snapshot RuleCell::Save() {
  Snapshot snapshot;
  StateSaver saver(snapshot);
  Visit(saver);
  return snapshot;
}

}  // namespace plasticity
