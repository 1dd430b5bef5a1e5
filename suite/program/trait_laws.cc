// Laws of what a rule claims by its traits (suite/rule.h).
#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <ATen/record_function.h>
#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <cmath>

#include "suite/hebbian_rule.h"
#include "suite/program/law.h"
#include "suite/supervised_rule.h"

namespace plasticity::conformance {
namespace {

std::string LabelsMatterAsItSays(const Subject& subject) {
  const bool needed = subject.info.needs_labels;
  RuleCell labelled = subject.Cell(5), other_labels = subject.Cell(5);
  labelled.Train(3, 3, true);
  other_labels.Train(3, 3, true, 1);
  Promise(Equal(labelled.Save(), other_labels.Save()) != needed,
          needed ? "needs_labels is true, and other labels change nothing"
                 : "needs_labels is false, and other labels change what is learned");
  if (needed) return "";
  RuleCell unlabelled = subject.Cell(5);
  unlabelled.Train(3, 3, false);
  Promise(Equal(labelled.Save(), unlabelled.Save()),
          "needs_labels is false, and it learns otherwise with labels than without");
  return "";
}

std::string LooksAsFarAsItSays(const Subject& subject) {
  RuleCell plain = subject.Cell(5), altered = subject.Cell(5);
  for (const at::Tensor& parameter : altered.network().blocks()[1].Parameters()) {
    parameter.detach().mul_(-1.5).add_(0.1);
  }
  altered.network().head().weight.detach().mul_(-1.5);
  plain.Train(1, 1, subject.info.needs_labels);
  altered.Train(1, 1, subject.info.needs_labels);
  const std::string first = "network.block1.";
  const bool global = subject.info.locality == Locality::kGlobal;
  Promise(Equal(Part(plain.Save(), first), Part(altered.Save(), first)) != global,
          global ? "locality is global, and the first block learns nothing from later ones"
                 : fmt::format("locality is {}, and the first block learns from later ones",
                               LocalityName(subject.info.locality)));
  return "";
}

// Counts the steps back of LibTorch's automatic differentiation for as long as it lives.
class GradientWatch {
 public:
  GradientWatch()
      : handle_(at::addGlobalCallback(
            at::RecordFunctionCallback([](const at::RecordFunction&)
                                           -> std::unique_ptr<at::ObserverContext> {
              ++steps_back;
              return nullptr;
            }).scopes({at::RecordScope::BACKWARD_FUNCTION}))) {
    steps_back = 0;
  }
  ~GradientWatch() { at::removeCallback(handle_); }
  GradientWatch(const GradientWatch&) = delete;
  GradientWatch& operator=(const GradientWatch&) = delete;
  bool saw() const { return steps_back > 0; }

 private:
  static std::atomic<int> steps_back;
  at::CallbackHandle handle_;
};
std::atomic<int> GradientWatch::steps_back = 0;

bool Local(const Subject& subject) {
  return subject.info.locality == Locality::kLocal || subject.info.locality == Locality::kNone;
}

std::string NeedsNoGradients(const Subject& subject) {
  const std::string locality = LocalityName(subject.info.locality);
  if (!Local(subject)) return fmt::format("locality {}: it may use gradients", locality);
  RuleCell cell = subject.Cell(5);
  const GradientWatch watch;
  cell.Train(2, 2, subject.info.needs_labels);
  Promise(!watch.saw(), fmt::format("locality is {}, and a step follows gradients (autograd runs): "
                                    "claim layer or global, or write the change out",
                                    locality));
  for (const Block& block : cell.network().blocks()) {
    Promise(!block.layer.weight.requires_grad(), "weights ask for gradients");
    for (const at::Tensor& parameter : block.Parameters())
      Promise(!parameter.grad().defined(), "gradients are left on parameters");
  }
  return "";
}

// What follows the layer in its block, here the normalisation's gain and shift, is behind it.
std::string StaysInItsLayer(const Subject& subject) {
  const std::string locality = LocalityName(subject.info.locality);
  if (!Local(subject)) return fmt::format("locality {}: it may look at its whole block", locality);
  RuleCell plain = subject.Cell(5), altered = subject.Cell(5);
  const PlasticLayer& layer = altered.network().blocks()[0].layer;
  for (const at::Tensor& parameter : altered.network().blocks()[0].Parameters()) {
    if (!parameter.is_same(layer.weight) && !parameter.is_same(layer.bias))
      parameter.detach().mul_(-1.5).add_(0.1);
  }
  for (RuleCell* cell : {&plain, &altered}) cell->Train(3, 3, subject.info.needs_labels);
  Promise(
      at::equal(Weights(plain)[0], Weights(altered)[0]),
      fmt::format("locality is {}, and the first layer learns from what follows it in its block",
                  locality));
  return "";
}

// What the first block's weights are to go down after one batch.
at::Tensor FirstDirection(RuleCell& cell, const Batch& batch) {
  cell.Learn(batch, {});
  const Update& update = cell.rule().update();
  for (std::size_t i = 0; i < update.parameters.size(); ++i) {
    if (update.parameters[i].is_same(cell.network().blocks()[0].layer.weight))
      return update.directions[i].detach().clone();
  }
  throw Broken{"Learn leaves no direction for the first block"};
}

// How much another network behind the first block changes its direction, as a share of it.
double Change(RuleCell& plain, RuleCell& altered, const Batch& batch) {
  const at::Tensor expected = FirstDirection(plain, batch), found = FirstDirection(altered, batch);
  const double length = expected.norm().item<double>();
  if (length == 0) throw Skipped{"the first block's direction is zero"};
  return (found - expected).norm().item<double>() / length;
}

// A network's layers as a batch goes through them.
struct Passage {
  at::Tensor rows;      // [n, in]: what the second layer saw
  at::Tensor features;  // [n, features]
  at::Tensor scores;    // [n, classes]
};

Passage Pass(RuleCell& cell, const at::Tensor& images) {
  Network& network = cell.network();
  const at::NoGradGuard no_gradients;
  const RunningStatisticsGuard guard(network);
  Block& second = network.blocks()[1];
  const at::Tensor x = network.blocks()[0].Forward(images, true);
  const at::Tensor rows = InputRows(second.layer, second.layer.Pad(second.Before(x, true)));
  const at::Tensor features = network.Readable(second.Forward(x, true));
  return {rows, features, network.head().Forward(features)};
}

// So few that a layer's weights can change without the batch's noticing.
constexpr std::int64_t kFewImages = 4;

// Shares of a direction. The networks' forward passes differ by rounding; and a rule that learns a
// way back from activities, such as dtp, finds a slightly different one in its first step.
constexpr double kRounding = 1e-3, kLearnedPath = 0.01;

std::string SeesErrorsOnTheirWay(const Subject& subject) {
  const RuleInfo& info = subject.info;
  if (info.locality != Locality::kGlobal)
    return fmt::format("locality {}: nothing comes back", LocalityName(info.locality));
  RuleCell plain = subject.Cell(5), altered = subject.Cell(5);
  const Batch batch = subject.Some(kFewImages);
  for (const at::Tensor& parameter : altered.network().blocks()[1].Parameters())
    parameter.detach().mul_(-1.5).add_(0.1);
  // A head that gives other features the same scores: the least one.
  const Passage before = Pass(plain, batch.images), between = Pass(altered, batch.images);
  Linear& head = altered.network().head();
  const at::Tensor wanted = (before.scores - head.bias.detach()).to(at::kDouble);
  const at::Tensor solved = at::linalg_pinv(between.features.to(at::kDouble)).mm(wanted);
  head.weight.detach().copy_(solved.t());
  const Passage after = Pass(altered, batch.images);
  if (!at::allclose(after.scores, before.scores, 1e-3, 1e-4))
    throw Skipped{"no head gives other features the same scores"};
  const double change = Change(plain, altered, batch);
  const std::string measured = fmt::format(
      "with another block between it and the same scores, the first block's direction changes by "
      "{:.1f} %",
      change * 100);
  Promise((change > kRounding) == info.backward,
          fmt::format("backward is {}, and {}", info.backward, measured));
  return measured;
}

// A change of `weight` that no row of `rows` [n, in] has a part in: what the layer gives for them
// stays. All magnitudes of the weight are alike, and the change turns no sign, so that a rule whose
// errors go back through signs alone is left out.
at::Tensor UnseenChange(const at::Tensor& weight, const at::Tensor& rows) {
  const auto [u, lengths, basis] = at::linalg_svd(rows.to(at::kDouble), true);  // basis [in, in]
  const std::int64_t rank = lengths.gt(lengths.max() * 1e-5).sum().item<std::int64_t>();
  const std::int64_t unseen = basis.size(0) - rank;
  if (unseen == 0) throw Skipped{"a batch shows a layer all of its weights"};
  at::Tensor random = at::empty({weight.size(0), unseen});
  Streams(1).For("unseen").FillNormal(random.data_ptr<float>(),
                                      static_cast<std::size_t>(random.numel()), 0, 1);
  const at::Tensor change = random.to(at::kDouble).mm(basis.slice(0, rank));  // [out, in]
  const at::Tensor largest = 0.9 * weight.abs().amax() / change.abs().amax(1, true);
  return (change * largest).to(at::kFloat).view(weight.sizes());
}

std::string SeesWeightsFromBehind(const Subject& subject) {
  const RuleInfo& info = subject.info;
  if (info.locality != Locality::kGlobal)
    return fmt::format("locality {}: nothing comes back", LocalityName(info.locality));
  RuleCell plain = subject.Cell(5), altered = subject.Cell(5);
  const Batch batch = subject.Some(kFewImages);
  for (RuleCell* cell : {&plain, &altered}) {
    const at::Tensor weight = cell->network().blocks()[1].layer.weight.detach();
    weight.copy_(weight.sign() * weight.abs().mean());
  }
  const Passage before = Pass(plain, batch.images);
  const at::Tensor weight = altered.network().blocks()[1].layer.weight.detach();
  weight.add_(UnseenChange(weight, before.rows));
  if (!at::allclose(Pass(altered, batch.images).scores, before.scores, 1e-3, 1e-4))
    throw Skipped{"no change of the weights leaves the scores as they are"};
  const double change = Change(plain, altered, batch);
  const std::string measured = fmt::format(
      "with other weights behind it that give the same activities, the first block's direction "
      "changes by {:.1f} %",
      change * 100);
  Promise((change > kLearnedPath) == info.weight_transport,
          fmt::format("weight_transport is {}, and {}", info.weight_transport, measured));
  return measured;
}

// The loss that the rule reports where `weight` is moved by `step` (and put back).
double LossAt(RuleCell& cell, const Batch& batch, const Progress& progress,
              const at::Tensor& weight, const at::Tensor& step) {
  const at::Tensor values = weight.detach().clone();
  weight.detach().add_(step);
  const double loss = cell.Learn(batch, progress).loss.item<double>();
  weight.detach().copy_(values);
  return loss;
}

// Along its own direction, the loss of a block's weights must rise as fast as the direction is
// long.
void CheckGradient(RuleCell& cell, const Batch& batch, const Progress& progress,
                   const at::Tensor& weight, const at::Tensor& direction, double loss) {
  const double length = direction.norm().item<double>();
  const double largest = 0.05 * weight.detach().norm().item<double>();
  if (length == 0) return;
  const double distance = std::min(largest, 0.002 * std::max(std::abs(loss), 1e-3) / length);
  const at::Tensor step = direction * (distance / length);
  const double rise =
      LossAt(cell, batch, progress, weight, step) - LossAt(cell, batch, progress, weight, -step);
  const double expected = 2 * distance * length;
  if (expected < 1e-4 * std::abs(loss)) return;  // lost in rounding
  Promise(
      std::abs(rise / expected - 1) < 0.15,
      fmt::format("descent is loss, and along its direction the loss rises {:.2f} times as fast "
                  "as the direction is long",
                  rise / expected));
}

// The network with tanh in the place of the triangle, whose published derivative leaves out the
// mean that it subtracts, and is no slope.
nlohmann::json Smooth(nlohmann::json network) {
  for (nlohmann::json& block : network.at("blocks")) {
    for (nlohmann::json& op : block.at("ops")) {
      if (op.at("op") == "triangle") op = {{"op", "tanh"}};
    }
  }
  return network;
}

std::string TakesTheDirectionsItShows(const Subject& subject) {
  const RuleInfo& info = subject.info;
  RuleCell cell = Subject{subject.registry, info, Smooth(subject.network)}.Cell(3);
  cell.Train(1, 4, info.needs_labels);
  const Batch batch = subject.Some(12);
  const Progress progress{.step = 1, .steps = 4, .epochs = 1, .draw = 1};
  const std::vector<at::Tensor> before = Weights(cell);
  const StepReport report = cell.Learn(batch, progress);
  const std::vector<at::Tensor> after = Weights(cell);
  for (std::size_t i = 0; i < before.size(); ++i)
    Promise(at::equal(before[i], after[i]), fmt::format("Learn moves block {}'s weights", i + 1));
  Update update = cell.rule().update();
  if (info.descent == Descent::kNone) {
    Promise(update.parameters.empty(), "descent is none, and there is an update");
    return "";
  }
  Promise(!update.parameters.empty(), "Learn leaves no update");
  for (std::size_t i = 0; i < update.parameters.size(); ++i) {
    Promise(update.directions[i].sizes() == update.parameters[i].sizes(),
            "a direction has another shape than its parameter");
    update.directions[i] = update.directions[i].clone();
  }
  if (info.descent == Descent::kLoss) {
    Promise(report.loss.defined(), "descent is loss, and no loss is reported");
    // A block's own loss, where it has one, moves with later blocks' input too: of such a rule only
    // the last block can be looked at.
    std::vector<Block>& blocks = cell.network().blocks();
    for (std::size_t i = info.locality == Locality::kGlobal ? 0 : blocks.size() - 1;
         i < blocks.size(); ++i) {
      for (std::size_t k = 0; k < update.parameters.size(); ++k) {
        if (update.parameters[k].is_same(blocks[i].layer.weight))
          CheckGradient(cell, batch, progress, update.parameters[k], update.directions[k],
                        report.loss.item<double>());
      }
    }
    cell.Learn(batch, progress);
  }
  std::vector<at::Tensor> start;
  for (const at::Tensor& parameter : update.parameters) start.push_back(parameter.detach().clone());
  cell.Commit(progress);
  double along = 0;
  for (std::size_t i = 0; i < start.size(); ++i) {
    const at::Tensor moved = update.parameters[i].detach() - start[i];
    along += (moved * update.directions[i]).sum().item<double>();
  }
  Promise(along < 0, "Commit does not go down the directions");
  return "";
}

}  // namespace

std::vector<Law> TraitLaws() {
  const std::vector<std::string> comparable = {"finite", "seed"};
  return {{.name = "labels",
           .promise = "labels matter exactly if it says so",
           .needs = comparable,
           .on_networks = true,
           .look = LabelsMatterAsItSays},
          {.name = "locality",
           .promise = "a block learns from later blocks exactly if it says so",
           .needs = comparable,
           .on_networks = true,
           .look = LooksAsFarAsItSays},
          {.name = "own-layer",
           .promise = "a local rule looks at nothing that follows its layer",
           .needs = comparable,
           .on_networks = true,
           .look = StaysInItsLayer},
          {.name = "gradients",
           .promise = "a local rule neither follows gradients nor leaves any",
           .needs = {"finite"},
           .on_networks = true,
           .look = NeedsNoGradients},
          {.name = "descent",
           .promise = "Learn shows the directions, Commit goes down them",
           .needs = comparable,
           .on_networks = true,
           .look = TakesTheDirectionsItShows},
          {.name = "backward",
           .promise = "errors come back through the blocks between exactly if it says so",
           .needs = {"finite", "seed", "locality", "descent"},
           .on_networks = true,
           .look = SeesErrorsOnTheirWay},
          {.name = "transport",
           .promise = "errors come back through the forward weights exactly if it says so",
           .needs = {"finite", "seed", "locality", "descent"},
           .on_networks = true,
           .look = SeesWeightsFromBehind}};
}

}  // namespace plasticity::conformance
