#include "suite/engine/step_replay.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <c10/util/Exception.h>
#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <map>

#include "suite/engine/device.h"

namespace plasticity {
namespace {

// Steps that LibTorch's libraries choose their algorithms and make their workspaces in.
constexpr std::int64_t kWarmUp = 3;

// How far two ways to one step may be apart: a share of the step, for sums in another order, and of
// what is changed, for its rounding.
constexpr double kOfStep = 1e-4, kOfState = 1e-7;

std::array<at::Tensor Batch::*, 4> BatchFields() {
  return {&Batch::images, &Batch::labels, &Batch::candidates, &Batch::ids};
}

bool SameShape(const Batch& a, const Batch& b) {
  const auto fields = BatchFields();
  return std::all_of(fields.begin(), fields.end(), [&](at::Tensor Batch::*field) {
    const at::Tensor &x = a.*field, &y = b.*field;
    if (!x.defined() || !y.defined()) return x.defined() == y.defined();
    return x.sizes() == y.sizes() && x.scalar_type() == y.scalar_type();
  });
}

double Distance(const at::Tensor& a, const at::Tensor& b) {
  return (a.to(at::kDouble) - b.to(at::kDouble)).norm().item<double>();
}

// Whether a step that led from `before` to `after` led to `other` too.
bool SameStep(const at::Tensor& before, const at::Tensor& after, const at::Tensor& other) {
  if (after.sizes() != other.sizes()) return false;
  if (!after.is_floating_point() || before.sizes() != after.sizes()) return at::equal(after, other);
  return Distance(other, after) <=
         kOfStep * Distance(after, before) + kOfState * after.to(at::kDouble).norm().item<double>();
}

// What a step changed otherwise than another from the same state; "" for nothing.
std::string Differing(const Snapshot& before, const Snapshot& after, const Snapshot& other) {
  for (const auto& [name, value] : after.values) {
    if (value != other.values.at(name)) return name;
  }
  for (const auto& [name, tensor] : after.tensors) {
    if (!SameStep(before.tensors.at(name), tensor, other.tensors.at(name))) return name;
  }
  return "";
}

// Where the learner's tensors lie.
std::map<std::string, const void*> Places(Learner& learner) {
  StateCollector collector;
  learner.Visit(collector);
  return collector.Places();
}

}  // namespace

Capture CudaCapture() {
  using Function = Captured*(const std::function<void()>&);
  auto* const capture = reinterpret_cast<Function*>(FromCuda("plasticity_cuda_capture"));
  if (capture == nullptr) return {};
  return [capture](const std::function<void()>& work) {
    return std::unique_ptr<Captured>(capture(work));
  };
}

StepReplay::Taken StepReplay::Step(const Batch& batch, const Progress& progress) {
  const auto branch = capture_ && refusal_.empty() ? learner_.Branch(progress) : std::nullopt;
  if (!branch) return TakeAsItIs(batch, progress);
  if (branch != branch_) alike_.clear();
  branch_ = branch;
  auto alike = std::find_if(alike_.begin(), alike_.end(),
                            [&](const Alike& known) { return SameShape(known.batch, batch); });
  if (alike == alike_.end()) alike = alike_.insert(alike_.end(), Alike{.batch = batch});
  if (alike->proven) return Replay(*alike, batch);
  if (alike->captured) return TakeBothWays(*alike, batch, progress);
  Taken taken = TakeAsItIs(batch, progress);
  if (++alike->taken == kWarmUp) CaptureOne(*alike, progress);
  return taken;
}

StepReplay::Taken StepReplay::TakeAsItIs(const Batch& batch, const Progress& progress) {
  StepReport report = learner_.Step(batch, progress);
  return {std::move(report), learner_.readout_loss()};
}

void StepReplay::CaptureOne(Alike& alike, const Progress& progress) {
  for (at::Tensor Batch::*field : BatchFields())
    if ((alike.batch.*field).defined()) alike.batch.*field = (alike.batch.*field).clone();
  try {
    alike.captured =
        capture_([this, &alike, progress] { alike.leaves = TakeAsItIs(alike.batch, progress); });
  } catch (const c10::Error& error) {
    const std::string what = error.what_without_backtrace();
    Refuse("a step cannot be captured: " + what.substr(0, what.find('\n')));
  }
}

StepReplay::Taken StepReplay::Replay(Alike& alike, const Batch& batch) {
  for (at::Tensor Batch::*field : BatchFields())
    if ((batch.*field).defined()) (alike.batch.*field).copy_(batch.*field);
  alike.captured->Replay();
  ++replayed_;
  return alike.leaves;
}

StepReplay::Taken StepReplay::TakeBothWays(Alike& alike, const Batch& batch,
                                           const Progress& progress) {
  const Snapshot before = State();
  const auto places = Places(learner_);
  Taken taken = TakeAsItIs(batch, progress);
  const Snapshot after = State();
  if (after.values != before.values || Places(learner_) != places) {
    Refuse("a step changes more than what tensors hold");
    return taken;
  }
  const auto go_to = [this](const Snapshot& state) {
    const at::NoGradGuard no_gradients;
    StateLoader loader(state);
    learner_.Visit(loader);
  };
  go_to(before);
  Taken replayed = Replay(alike, batch);
  const std::string differing = Differing(before, after, State());
  if (differing.empty()) {
    alike.proven = true;
    return replayed;
  }
  --replayed_;
  go_to(after);
  Refuse(fmt::format("a replayed step leaves another '{}' than the step itself", differing));
  return taken;
}

Snapshot StepReplay::State() {
  Snapshot snapshot;
  StateSaver saver(snapshot);
  learner_.Visit(saver);
  return snapshot;
}

void StepReplay::Refuse(const std::string& why) {
  refusal_ = why;
  alike_.clear();
}

}  // namespace plasticity
