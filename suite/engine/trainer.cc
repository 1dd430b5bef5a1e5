#include "suite/engine/trainer.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "suite/base/error.h"

namespace plasticity {

Schedule Schedule::Of(std::int64_t examples, std::int64_t batch_size, const Budget& budget) {
  if (budget.seconds > 0) throw RunError("a budget in seconds was not turned into steps.");
  Schedule schedule{.examples = examples, .batch_size = batch_size};
  const std::int64_t per_epoch = schedule.per_epoch();
  if (examples == 0) return schedule;
  if (budget.steps > 0) {
    schedule.epochs = (budget.steps + per_epoch - 1) / per_epoch;
    schedule.steps = budget.steps;
    schedule.last =
        std::min(examples, (budget.steps - (schedule.epochs - 1) * per_epoch) * batch_size);
    return schedule;
  }
  const std::int64_t images = budget.samples > 0 ? budget.samples : budget.epochs * examples;
  if (images == 0) return schedule;
  schedule.epochs = (images + examples - 1) / examples;
  schedule.last = images - (schedule.epochs - 1) * examples;
  schedule.steps =
      (schedule.epochs - 1) * per_epoch + (schedule.last + batch_size - 1) / batch_size;
  return schedule;
}

LearnerTrainee::LearnerTrainee(Session& session, const Loader& loader, Learner& learner,
                               const Samples& samples, std::function<double()> validate)
    : session_(session),
      loader_(loader),
      learner_(learner),
      samples_(samples),
      validate_(std::move(validate)),
      replay_(learner, session.capture()) {
  if (learner.uses_labels()) NeedLabels(samples, learner.name());
}

std::string LearnerTrainee::prefix() const {
  return learner_.name() == "learner" ? "" : learner_.name() + ".";
}

// Batch statistics need two images.
std::int64_t LearnerTrainee::smallest_batch() const {
  return learner_.rule().batch_size() == 1 ? 1 : 2;
}

Trainee::Losses LearnerTrainee::Step(const std::int64_t* positions, std::int64_t count,
                                     const Progress& progress) {
  Batch batch;
  {
    const Session::Phase phase(session_, "data");
    batch = loader_.Load(samples_, positions, count);
  }
  const Session::Phase phase(session_, "learn");
  const auto [report, readout_loss] = replay_.Step(batch, progress);
  if (!told_ && !replay_.refusal().empty()) {
    told_ = true;
    fmt::print(stderr, "plasticity: warning: no CUDA graphs for {}: {}; the run goes on without.\n",
               learner_.rule_info().name, replay_.refusal());
  }
  if (report.looked) session_.result.cost.samples_seen += count;
  return {report.loss, readout_loss, report.looked};
}

nlohmann::json LearnerTrainee::Monitor() {
  nlohmann::json monitored = nlohmann::json::object();
  const nlohmann::json of_rule = learner_.rule().Monitor();
  for (const auto& [name, value] : of_rule.items()) monitored["rule." + name] = value;
  if (validate_) monitored["accuracy.validation"] = validate_();
  return monitored;
}

std::vector<double> LearnerTrainee::WeightSizes() {
  std::vector<double> sizes;
  for (const Block& block : learner_.network().blocks())
    sizes.push_back(block.layer.weight.detach().abs().mean().item<double>());
  return sizes;
}

Trainee::Losses ReadoutTrainee::Step(const std::int64_t* positions, std::int64_t count,
                                     const Progress& progress) {
  const Session::Phase phase(session_, "readout");
  const at::Tensor rows =
      at::tensor(at::ArrayRef<std::int64_t>(positions, static_cast<std::size_t>(count)), at::kLong)
          .to(bank_.features.device());
  Batch batch{.labels = bank_.labels.index_select(0, rows), .candidates = bank_.candidates};
  if (batch.candidates.defined() && batch.candidates.dim() == 2)
    batch.candidates = batch.candidates.index_select(0, rows);
  const StepReport report = readout_.Learn(bank_.features, rows, batch, progress);
  readout_.Commit(progress);
  return {.rule = {}, .readout = report.loss};
}

TrainableTrainee::TrainableTrainee(Session& session, const Loader& loader, std::string name,
                                   Trainable& trainable, const Samples& samples)
    : session_(session),
      loader_(loader),
      name_(std::move(name)),
      trainable_(trainable),
      samples_(samples) {}

Trainee::Losses TrainableTrainee::Step(const std::int64_t* positions, std::int64_t count,
                                       const Progress& progress) {
  Batch batch;
  {
    const Session::Phase phase(session_, "data");
    batch = loader_.Load(samples_, positions, count);
  }
  const Session::Phase phase(session_, "readout");
  return {.rule = {}, .readout = trainable_.Step(batch, progress)};
}

void Trainer::Sum::Add(const at::Tensor& loss, std::int64_t count) {
  if (!loss.defined()) return;
  const at::Tensor weighted = loss.detach().to(at::kDouble) * static_cast<double>(count);
  total = total.defined() ? total + weighted : weighted;
}

double Trainer::Sum::Value() const { return total.defined() ? total.item<double>() : 0; }

Trainer::Trainer(Session& session, const Streams& streams) : session_(session), streams_(streams) {
  session_.Keep("trainer", [this](StateVisitor& visitor) { Visit(visitor); });
}

void Trainer::Visit(StateVisitor& visitor) {
  nlohmann::json draws = nlohmann::json::object();
  for (const auto& [order, at] : draws_) draws[order] = {at.steps, at.epochs};
  visitor.Json("draws", draws);
  for (const auto& [order, at] : draws.items()) draws_[order] = {at[0], at[1]};
  visitor.Value("stage", stage_);
  visitor.Value("step", step_);
  visitor.Value("images", images_);
  visitor.Tensor("rule_loss", rule_loss_.total);
  visitor.Tensor("readout_loss", readout_loss_.total);
  visitor.Json("trail", trail_);
}

std::int64_t Trainer::StepOfLife() const {
  std::int64_t steps = step_ + 1;
  for (const auto& [order, at] : draws_) steps += static_cast<std::int64_t>(at.steps);
  return steps;
}

void Trainer::StartEpoch() {
  images_ = 0;
  rule_loss_ = readout_loss_ = {};
}

void Trainer::Run(const std::string& stage, Trainee& trainee, const Schedule& schedule,
                  std::int64_t until) {
  if (stage_ != stage) {
    stage_ = stage;
    step_ = 0;
    trail_ = nlohmann::json::array();
    StartEpoch();
  }
  Draws& draws = draws_[trainee.order()];
  const std::int64_t per_epoch = schedule.per_epoch(), size = schedule.batch_size;
  std::vector<std::int64_t> order;
  std::int64_t order_epoch = -1;
  for (; step_ < until; ++step_) {
    session_.Checkpoint();
    const Progress progress{.step = step_,
                            .steps = schedule.steps,
                            .epoch = step_ / per_epoch,
                            .epochs = schedule.epochs,
                            .draw = draws.steps + static_cast<std::uint64_t>(step_)};
    const std::int64_t in_epoch = schedule.in_epoch(progress.epoch);
    const std::int64_t start = step_ % per_epoch * size;
    if (order_epoch != progress.epoch) {
      order_epoch = progress.epoch;
      order = streams_.For(trainee.order(), draws.epochs + static_cast<std::uint64_t>(order_epoch))
                  .Permutation(schedule.examples);
      trainee.Expect(order.data() + start, in_epoch - start);
    }
    const std::int64_t count = std::min(size, in_epoch - start);
    if (count >= trainee.smallest_batch()) {
      const Trainee::Losses losses = trainee.Step(order.data() + start, count, progress);
      rule_loss_.Add(losses.rule, count);
      readout_loss_.Add(losses.readout, count);
      images_ += count;
    }
    const std::int64_t earlier = progress.epoch * schedule.examples;
    session_.Show(trainee.phase(), earlier + start + count,
                  (schedule.epochs - 1) * schedule.examples + schedule.last, "images");
    const bool epoch_ends = start + size >= in_epoch;
    // Seldom, since a look waits for the device; and at the beginning, where most divergence is.
    if (epoch_ends || step_ < 10 || step_ % 50 == 49) LookWhetherFinite(trainee);
    if (epoch_ends) EndEpoch(trainee);
  }
  if (step_ < schedule.steps) return;
  draws.steps += static_cast<std::uint64_t>(schedule.steps);
  draws.epochs += static_cast<std::uint64_t>(schedule.epochs);
  stage_.clear();
}

void Trainer::LookWhetherFinite(Trainee& trainee) {
  constexpr std::size_t kLooks = 64;
  const double rule_loss = rule_loss_.Value(), readout_loss = readout_loss_.Value();
  const auto images = static_cast<double>(std::max<std::int64_t>(1, images_));
  const std::string group = "step/" + trainee.prefix();
  if (rule_loss_.total.defined())
    session_.Log(group + "loss.rule", StepOfLife(), rule_loss / images);
  if (readout_loss_.total.defined())
    session_.Log(group + "loss.readout", StepOfLife(), readout_loss / images);
  nlohmann::json look = {step_ + 1, (rule_loss + readout_loss) / images};
  bool finite = std::isfinite(rule_loss) && std::isfinite(readout_loss);
  for (const double size : trainee.WeightSizes()) {
    finite = finite && std::isfinite(size);
    session_.Log(fmt::format("{}weight_size.block{}", group, look.size() - 2), StepOfLife(), size);
    look.push_back(size);
  }
  trail_.push_back(std::move(look));
  if (trail_.size() > kLooks) trail_.erase(trail_.begin());
  if (!finite) Diverge();
}

// Shows how it came: the looks before, and the epoch as far as it went.
void Trainer::Diverge() {
  const std::size_t columns = trail_.back().size();
  for (std::size_t column = 0; column < columns; ++column) {
    const std::string name = column == 0   ? "step"
                             : column == 1 ? "loss"
                                           : fmt::format("weight_size.block{}", column - 1);
    nlohmann::json values = nlohmann::json::array();
    for (const nlohmann::json& look : trail_) values.push_back(look[column]);
    session_.result.records["divergence." + name] = {{"look"},
                                                     column == 0   ? "steps"
                                                     : column == 1 ? "nats"
                                                                   : "",
                                                     values};
  }
  throw Diverged(fmt::format("loss or weights are not finite after step {}", step_ + 1));
}

void Trainer::AppendToCurve(const std::string& name, const std::string& unit,
                            const nlohmann::json& value) {
  Record& curve = session_.result.records[name];
  if (curve.axes.empty()) curve = {{"epoch"}, unit, nlohmann::json::array()};
  curve.values.push_back(value.is_number() ? value.get<double>()
                                           : std::numeric_limits<double>::quiet_NaN());
  if (value.is_number()) session_.Log("epoch/" + name, StepOfLife(), value.get<double>());
}

void Trainer::EndEpoch(Trainee& trainee) {
  const auto images = static_cast<double>(std::max<std::int64_t>(1, images_));
  const std::string prefix = trainee.prefix();
  if (rule_loss_.total.defined())
    AppendToCurve(prefix + "loss.rule", "nats", rule_loss_.Value() / images);
  if (readout_loss_.total.defined())
    AppendToCurve(prefix + "loss.readout", "nats", readout_loss_.Value() / images);
  const nlohmann::json monitored = trainee.Monitor();
  for (const auto& [name, value] : monitored.items())
    AppendToCurve(prefix + name, "fraction", value);
  StartEpoch();
}

}  // namespace plasticity
