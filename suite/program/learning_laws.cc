// Laws of what a rule's steps do.
#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>
#include <fmt/format.h>
#include <stdlib.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <map>
#include <set>
#include <utility>

#include "suite/base/error.h"
#include "suite/engine/session.h"
#include "suite/program/law.h"

namespace plasticity::conformance {
namespace {

constexpr std::int64_t kSteps = 20;

// Goes on to step `to`; numbers that are not finite end no training here.
StepReport GoOn(RuleCell& cell, std::int64_t to, std::int64_t steps, bool labelled) {
  try {
    return cell.Train(to, steps, labelled);
  } catch (const Diverged&) {
    return {};
  }
}

bool RunsWithLabels(const Subject& subject) {
  RuleCell cell = subject.Cell(3);
  try {
    GoOn(cell, kSteps, kSteps, true);
  } catch (const RuleThrew&) {
    return false;
  }
  return true;
}

void PromiseFinite(RuleCell& cell, std::int64_t step) {
  const std::vector<at::Tensor> weights = Weights(cell);
  for (std::size_t i = 0; i < weights.size(); ++i)
    Promise(Finite(weights[i]),
            fmt::format("weights are not finite after step {}: block {}", step, i + 1));
  const std::string bad = NotFinite(cell.Save());
  Promise(bad.empty(), fmt::format("{} is not finite after step {}", InWords(bad), step));
}

std::string StaysFiniteInSteps(const Subject& subject) {
  const bool labelled = subject.info.needs_labels;
  RuleCell cell = subject.Cell(3);
  StepReport report;
  try {
    for (std::int64_t step = 1; step <= kSteps; ++step) {
      report = GoOn(cell, step, kSteps, labelled);
      PromiseFinite(cell, step);
    }
  } catch (const RuleThrew& error) {
    if (labelled || !RunsWithLabels(subject)) throw;
    throw Broken{fmt::format(
        "labels are withheld: needs_labels is false, and with labels it runs. {}", error.what())};
  }
  if (report.features.defined())
    Promise(Finite(report.features), "a step's features are not finite");
  if (report.loss.defined()) Promise(Finite(report.loss), "the loss is not finite");
  return "";
}

std::string AcceptsANetwork(const Subject& subject) {
  std::string reasons;
  for (const nlohmann::json& network : {TinyConvolutions(), TinyDense()}) {
    try {
      Subject{subject.registry, subject.info, network}.Cell(1);
      return "";
    } catch (const Skipped& skipped) {
      reasons += fmt::format("{}{}", reasons.empty() ? "" : " ", skipped.reason);
    }
  }
  throw Broken{reasons};
}

std::string SameSeedSameWeights(const Subject& subject) {
  const at::Generator& generator = at::detail::getDefaultCPUGenerator();
  RuleCell first = subject.Cell(7), again = subject.Cell(7), other = subject.Cell(8);
  const at::Tensor generator_before = generator.get_state();
  for (RuleCell* cell : {&first, &again, &other}) cell->Train(5, 5, subject.info.needs_labels);
  const std::string differ = Differing(first.Save(), again.Save());
  const bool drawn = !at::equal(generator_before, generator.get_state());
  Promise(
      differ.empty(),
      fmt::format("one seed gave two outcomes: draw from network().streams(){}; what differs: {}",
                  drawn ? ", and not from LibTorch's own generator (at::rand, at::randn or the "
                          "like), which was used"
                        : "",
                  differ));
  for (std::size_t i = 0; i < Weights(first).size(); ++i) {
    Promise(!at::equal(Weights(first)[i], Weights(other)[i]),
            fmt::format("two seeds gave block {} the same weights", i + 1));
  }
  return "";
}

// The names of all that is visited, made or not.
class Names final : public StateVisitor {
 public:
  void Tensor(const std::string& name, at::Tensor&) override { names.insert(name); }
  void Json(const std::string& name, nlohmann::json&) override { names.insert(name); }
  std::set<std::string> names;
};

std::set<std::string> NamesOfState(RuleCell& cell) {
  Names names;
  Calling("Visit", [&] { cell.learner().Visit(names); });
  return names.names;
}

std::string HasItsStateFromTheStart(const Subject& subject) {
  RuleCell cell = subject.Cell(5);
  const std::set<std::string> before = NamesOfState(cell);
  cell.Train(3, 3, subject.info.needs_labels);
  const std::set<std::string> after = NamesOfState(cell);
  for (const std::string& name : after)
    Promise(before.count(name) > 0,
            fmt::format("state {} is first made in a step: make it in Attach (or InitialState), or "
                        "a resumed run cannot find it",
                        InWords(name)));
  for (const std::string& name : before)
    Promise(after.count(name) > 0,
            fmt::format("state {} is visited before a step and not after it", InWords(name)));
  return "";
}

std::string GoesOnFromCheckpoint(const Subject& subject) {
  const TemporaryFolder folder;
  const std::filesystem::path file = folder.path() / "checkpoint";
  const bool labelled = subject.info.needs_labels;
  RuleCell unbroken = subject.Cell(5);
  unbroken.Train(10, 10, labelled);
  {
    RuleCell stopped = subject.Cell(5);
    stopped.Train(5, 10, labelled);
    WriteSnapshot(file, stopped.Save());
  }
  RuleCell resumed = subject.Cell(5);
  const Snapshot snapshot = ReadSnapshot(file);
  StateLoader loader(snapshot);
  resumed.Visit(loader);
  resumed.Train(10, 10, labelled);
  const std::string differ = Differing(unbroken.Save(), resumed.Save());
  Promise(differ.empty(),
          fmt::format("something is missing in Visit(): a run resumed at step 5 of 10 ends with "
                      "another {}",
                      differ));
  const at::Tensor images = Gratings(1, 6).images;  // state that only looking would need
  Promise(at::equal(unbroken.Features(images), resumed.Features(images)),
          "something is missing in Visit(): a resumed run has other features");
  return "";
}

std::string FeaturesFollowFromState(const Subject& subject) {
  RuleCell cell = subject.Cell(3);
  cell.Train(2, 2, subject.info.needs_labels);
  const at::Tensor images = Gratings(1, 6).images;
  const Snapshot before = cell.Save();
  const at::Tensor features = cell.Features(images);
  Promise(features.sizes() ==
              at::IntArrayRef({6, cell.rule().FeatureCount(GratingData()->shape.bytes())}),
          "Features() has another size than FeatureCount() says");
  Promise(!features.requires_grad(), "Features() carries gradients");
  Promise(at::equal(features, cell.Features(images)), "Features() differs when asked again");
  Promise(Equal(before, cell.Save()), "Features() changes the state");
  Promise(at::allclose(features.slice(0, 2, 3), cell.Features(images.slice(0, 2, 3)), 1e-4, 1e-5),
          "an image's features depend on the others that are asked for with it");
  return "";
}

// Where its tensors lie.
std::map<std::string, const void*> PlacesOfState(RuleCell& cell) {
  StateCollector collector;
  Calling("Visit", [&] { cell.learner().Visit(collector); });
  return collector.Places();
}

// Takes each step as it is, and beside it as its branch's first one, as a replay does.
std::string DoesTheSameWorkInABranch(const Subject& subject) {
  constexpr std::int64_t kTaken = 12, kOf = 40, kOfEpoch = 6;
  RuleCell plain = subject.Cell(5), replayed = subject.Cell(5);
  std::map<std::int64_t, Progress> firsts;
  std::int64_t alike = 0;
  for (std::int64_t step = 0; step < kTaken; ++step) {
    const Progress progress{.step = step,
                            .steps = kOf,
                            .epoch = step / kOfEpoch,
                            .epochs = kOf / kOfEpoch,
                            .draw = static_cast<std::uint64_t>(step)};
    const std::int64_t branch = Calling("Branch", [&] { return plain.rule().Branch(progress); });
    const Progress first =
        branch == kNoBranch ? progress : firsts.try_emplace(branch, progress).first->second;
    const auto places = PlacesOfState(replayed);
    const Batch batch = subject.Some(12 + step);
    for (const auto& [cell, as] : {std::pair{&plain, progress}, std::pair{&replayed, first}}) {
      cell->Learn(batch, as);
      cell->Commit(as);
    }
    if (first.step == step) continue;
    ++alike;
    const std::string differ = Differing(plain.Save(), replayed.Save());
    Promise(differ.empty(),
            fmt::format("Branch() says that steps {} and {} do the same work, and the one in the "
                        "other's place leaves another {}",
                        first.step + 1, step + 1, differ));
    for (const auto& [name, place] : PlacesOfState(replayed))
      Promise(places.at(name) == place,
              fmt::format("Branch() says that steps do the same work, and step {} puts {} "
                          "elsewhere: change it in place (copy_)",
                          step + 1, InWords(name)));
  }
  return alike == 0 ? "no step is said to be like another" : "";
}

std::string ChangesWhatItSays(const Subject& subject) {
  RuleCell cell = subject.Cell(3);
  const std::vector<at::Tensor> before = Weights(cell);
  const at::Tensor head = cell.network().head().weight.detach().clone();
  const StepReport report = cell.Train(kSteps, kSteps, subject.info.needs_labels);
  const std::vector<at::Tensor> after = Weights(cell);
  const bool learns = subject.info.locality != Locality::kNone;
  for (std::size_t i = 0; i < before.size(); ++i) {
    Promise(at::equal(before[i], after[i]) != learns,
            fmt::format("locality is {}, and block {} {} in {} steps",
                        LocalityName(subject.info.locality), i + 1,
                        learns ? "did not change" : "changed", kSteps));
  }
  Promise(at::equal(head, cell.network().head().weight.detach()) != subject.info.trains_head,
          subject.info.trains_head ? "trains_head is true, and the head did not change"
                                   : "trains_head is false, and the head changed");
  Promise(report.features.defined(), "the last step gave no features");
  Promise(!report.features.requires_grad(), "a step's features carry gradients");
  if (report.loss.defined()) {
    Promise(report.loss.numel() == 1, "the loss is not one number");
    Promise(!report.loss.requires_grad(), "the loss carries gradients");
  }
  Promise(std::isfinite(cell.rule().learn_flops()) && cell.rule().learn_flops() >= 0,
          "learn_flops() is no count");
  return "";
}

}  // namespace

std::vector<Law> LearningLaws() {
  return {{.name = "finite",
           .promise = "takes steps, and all its numbers stay finite",
           .needs = {"defaults"},
           .on_networks = true,
           .look = StaysFiniteInSteps},
          {.name = "networks",
           .promise = "learns in a convolutional or a dense network",
           .needs = {"finite"},
           .on_networks = false,
           .look = AcceptsANetwork},
          {.name = "seed",
           .promise = "the same seed gives the same weights, another seed others",
           .needs = {"finite"},
           .on_networks = true,
           .look = SameSeedSameWeights},
          {.name = "state",
           .promise = "its state is there from the start",
           .needs = {"finite"},
           .on_networks = true,
           .look = HasItsStateFromTheStart},
          {.name = "features",
           .promise = "features have the promised size and follow from its state",
           .needs = {"finite"},
           .on_networks = true,
           .look = FeaturesFollowFromState},
          {.name = "checkpoint",
           .promise = "a stopped run goes on bit for bit from its checkpoint",
           .needs = {"finite", "seed", "state", "features"},
           .on_networks = true,
           .look = GoesOnFromCheckpoint},
          {.name = "branch",
           .promise = "steps of one branch do the same work",
           .needs = {"finite", "seed", "state"},
           .on_networks = true,
           .look = DoesTheSameWorkInABranch},
          {.name = "learning",
           .promise = "weights and head change exactly where it says so",
           .needs = {"finite"},
           .on_networks = true,
           .look = ChangesWhatItSays}};
}

}  // namespace plasticity::conformance
