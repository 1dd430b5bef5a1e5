#include "suite/program/conformance.h"

#include <ATen/ATen.h>
#include <fmt/format.h>
#include <stdlib.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <set>

#include "suite/base/error.h"
#include "suite/base/image_source.h"
#include "suite/engine/device.h"
#include "suite/engine/progress_bar.h"
#include "suite/program/rule_cell.h"
#include "suite/readout.h"

namespace plasticity {
namespace {

// What a check throws: the promise is broken, or cannot be looked at here.
struct Broken {
  std::string message;
};
struct Skipped {
  std::string reason;
};

void Promise(bool kept, const std::string& otherwise) {
  if (!kept) throw Broken{otherwise};
}

// A rule, and the network that a check runs it on (null for a check of the rule by itself).
struct Subject {
  const Registry<Rule>& registry;
  const RuleInfo& info;
  nlohmann::json network;

  RuleCell Cell(std::uint64_t seed, at::Device device = at::kCPU) const {
    return Cell(seed, GratingData(), AllOf(GratingData()->train), 12, device);
  }
  RuleCell Cell(std::uint64_t seed, const std::shared_ptr<const Dataset>& data,
                const Samples& samples, std::int64_t batch_size,
                at::Device device = at::kCPU) const {
    return RuleCell(info, registry.Make(info.name, nlohmann::json::object()), network, seed, data,
                    samples, batch_size, device);
  }
};

bool Equal(const Snapshot& a, const Snapshot& b) {
  if (a.tensors.size() != b.tensors.size() || a.values != b.values) return false;
  return std::all_of(a.tensors.begin(), a.tensors.end(), [&](const auto& item) {
    const auto found = b.tensors.find(item.first);
    return found != b.tensors.end() && at::equal(item.second, found->second);
  });
}

bool Finite(const at::Tensor& tensor) { return at::isfinite(tensor).all().item<bool>(); }

// The first tensor that is not finite, or "".
std::string NotFinite(const Snapshot& snapshot) {
  for (const auto& [name, tensor] : snapshot.tensors) {
    if (!Finite(tensor)) return name;
  }
  return "";
}

// The part of a snapshot whose names start with `prefix`.
Snapshot Part(const Snapshot& whole, const std::string& prefix) {
  Snapshot part;
  for (const auto& [name, tensor] : whole.tensors) {
    if (name.rfind(prefix, 0) == 0) part.tensors[name] = tensor;
  }
  return part;
}

// The plastic weights alone, without the running statistics that any forward pass updates.
std::vector<at::Tensor> Weights(RuleCell& cell) {
  std::vector<at::Tensor> weights;
  for (Block& block : cell.network().blocks())
    weights.push_back(block.layer.weight.detach().clone());
  return weights;
}

// A folder that goes when it is no longer needed, however that comes about.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string pattern =
        (std::filesystem::temp_directory_path() / "plasticity-check-XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr)
      throw RunError("cannot make a folder in " + std::filesystem::temp_directory_path().string() +
                     ".");
    path_ = pattern;
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

std::string SaysWhatItIs(const Subject& subject) {
  const RuleInfo& info = subject.info;
  Promise(!info.summary.empty(), "it has no summary");
  Promise(!info.formula.empty(), "it has no formula");
  Promise(!info.source.empty(), "it names no source");
  Promise(info.is_baseline || !info.citation.empty(), "it has no citation");
  Promise(info.backward || !info.weight_transport, "weight transport without a backward pass");
  const std::vector<ParamInfo> parameters = subject.registry.Parameters(info.name);
  for (const ParamInfo& param : parameters) {
    Promise(!param.doc.empty(), param.name + " has no documentation");
    Promise(!param.default_value.is_null(), param.name + " has no default");
  }
  const bool learns = info.locality != Locality::kNone;
  Promise(learns == (parameters.size() > 1),
          learns ? "it learns and has no parameter but batch_size"
                 : "it does not learn and has parameters beyond batch_size");
  return "";
}

std::string MakesItselfAgain(const Subject& subject) {
  const std::string& name = subject.info.name;
  nlohmann::json resolved, again;
  subject.registry.Make(name, {}, &resolved);
  subject.registry.Make(name, resolved, &again);
  Promise(resolved == again,
          fmt::format("{} resolves to {} the second time", resolved.dump(), again.dump()));
  std::set<std::string> names;
  for (const ParamInfo& param : subject.registry.Parameters(name)) {
    Promise(names.insert(param.name).second, "two parameters are named " + param.name);
  }
  return "";
}

// Values that a range does not hold, below and above it.
std::vector<double> JustOutside(const Range& range) {
  std::vector<double> values;
  if (std::isfinite(range.min)) values.push_back(range.open_min ? range.min : range.min - 1);
  if (std::isfinite(range.max)) values.push_back(range.max + 1);
  return values;
}

std::string RefusesNonsense(const Subject& subject) {
  const auto refusal = [&](const std::string& param, const nlohmann::json& value) {
    try {
      subject.registry.Make(subject.info.name, {{param, value}});
    } catch (const InputError& error) {
      return std::string(error.what());
    }
    throw Broken{fmt::format("{} = {} is accepted", param, value.dump())};
  };
  refusal("no_such_parameter", 1);
  refusal("batch_size", 0);
  for (const ParamInfo& param : subject.registry.Parameters(subject.info.name)) {
    refusal(param.name, nlohmann::json::object());
    if (param.kind != ParamKind::kData) refusal(param.name, "no such value");
    if (param.numeric()) {
      const bool list = param.kind == ParamKind::kPerLayer;
      const nlohmann::json& usual = param.default_value;
      const nlohmann::json inside = usual.is_array() ? usual.at(0) : usual;
      for (const double outside : JustOutside(param.range)) {
        refusal(param.name, outside);
        if (list) refusal(param.name, {inside, outside});
      }
    }
    const std::string message = refusal(param.name + "s", 1);  // one letter too many
    const std::string own_name = param.name.substr(param.name.rfind('.') + 1);  // in a part
    Promise(message.find(own_name + " (") != std::string::npos,
            fmt::format("{}s is refused without naming {}", param.name, param.name));
  }
  return "";
}

std::string SameSeedSameWeights(const Subject& subject) {
  RuleCell first = subject.Cell(7), again = subject.Cell(7), other = subject.Cell(8);
  for (RuleCell* cell : {&first, &again, &other}) cell->Train(5, 5, subject.info.needs_labels);
  Promise(Equal(first.Save(), again.Save()), "one seed gave two outcomes");
  for (std::size_t i = 0; i < Weights(first).size(); ++i) {
    Promise(!at::equal(Weights(first)[i], Weights(other)[i]),
            fmt::format("two seeds gave block {} the same weights", i + 1));
  }
  return "";
}

std::string LearnsAsItSays(const Subject& subject) {
  RuleCell cell = subject.Cell(3);
  const std::vector<at::Tensor> before = Weights(cell);
  const at::Tensor head = cell.network().head().weight.detach().clone();
  const StepReport report = cell.Train(20, 20, subject.info.needs_labels);
  const std::string bad = NotFinite(cell.Save());
  Promise(bad.empty(), bad + " is not finite after 20 steps");
  const std::vector<at::Tensor> after = Weights(cell);
  const bool learns = subject.info.locality != Locality::kNone;
  for (std::size_t i = 0; i < before.size(); ++i) {
    Promise(at::equal(before[i], after[i]) != learns,
            fmt::format("block {} {} in 20 steps", i + 1, learns ? "did not change" : "changed"));
  }
  Promise(at::equal(head, cell.network().head().weight.detach()) != subject.info.trains_head,
          subject.info.trains_head ? "the head did not change" : "the head changed");
  Promise(report.features.defined(), "the last step gave no features");
  Promise(!report.features.requires_grad(), "a step's features carry gradients");
  Promise(Finite(report.features), "a step's features are not finite");
  if (report.loss.defined()) {
    Promise(report.loss.numel() == 1, "the loss is not one number");
    Promise(!report.loss.requires_grad(), "the loss carries gradients");
    Promise(Finite(report.loss), "the loss is not finite");
  }
  Promise(std::isfinite(cell.rule().learn_flops()) && cell.rule().learn_flops() >= 0,
          "learn_flops() is no count");
  return "";
}

std::string FeaturesFollowFromState(const Subject& subject) {
  RuleCell cell = subject.Cell(3);
  cell.Train(2, 2, subject.info.needs_labels);
  const at::Tensor images = Gratings(1, 6).images;
  const Snapshot before = cell.Save();
  const at::Tensor features = cell.rule().Features(images);
  Promise(features.sizes() ==
              at::IntArrayRef({6, cell.rule().FeatureCount(GratingData()->shape.bytes())}),
          "Features() has another size than FeatureCount() says");
  Promise(!features.requires_grad(), "Features() carries gradients");
  Promise(at::equal(features, cell.rule().Features(images)), "Features() differs when asked again");
  Promise(Equal(before, cell.Save()), "Features() changes the state");
  Promise(at::allclose(features.slice(0, 2, 3), cell.rule().Features(images.slice(0, 2, 3)), 1e-4,
                       1e-5),
          "an image's features depend on the others that are asked for with it");
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
  Promise(Equal(unbroken.Save(), resumed.Save()),
          "a run resumed at step 5 of 10 ends in another state: something is missing in Visit()");
  const at::Tensor images = Gratings(1, 6).images;  // state that only looking would need
  Promise(at::equal(unbroken.rule().Features(images), resumed.rule().Features(images)),
          "a resumed run has other features: something is missing in Visit()");
  return "";
}

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

std::string LeavesNoGradients(const Subject& subject) {
  const Locality locality = subject.info.locality;
  if (locality != Locality::kLocal && locality != Locality::kNone)
    return fmt::format("locality {}: it may use gradients", LocalityName(locality));
  RuleCell cell = subject.Cell(5);
  cell.Train(2, 2, subject.info.needs_labels);
  for (const Block& block : cell.network().blocks()) {
    Promise(!block.layer.weight.requires_grad(), "weights ask for gradients");
    for (const at::Tensor& parameter : block.Parameters())
      Promise(!parameter.grad().defined(), "gradients are left on parameters");
  }
  return "";
}

// An odd kind of input: what becomes of ordinary images.
struct OddInput {
  std::string name;
  std::string images;
  std::function<at::Tensor(const at::Tensor&)> change;
};

std::string StaysFinite(const Subject& subject, const OddInput& odd) {
  constexpr std::int64_t kSteps = 3;
  RuleCell cell = subject.Cell(3);
  cell.ChangeImages(odd.change);
  Promise(Finite(cell.rule().Features(odd.change(Gratings(100, 12).images))),
          "features of such images are not finite");
  for (std::int64_t step = 1; step <= kSteps; ++step) {
    cell.Train(step, kSteps, subject.info.needs_labels);
    const std::string bad = NotFinite(cell.Save());
    Promise(bad.empty(), fmt::format("{} is not finite after step {}", bad, step));
  }
  Promise(Finite(cell.rule().Features(Gratings(1, 6).images)),
          "features of ordinary images are not finite afterwards");
  return "";
}

std::shared_ptr<const Dataset> SmallRealData() {
  static const std::shared_ptr<const Dataset> data = []() -> std::shared_ptr<const Dataset> {
    for (const char* name : {"fashion-mnist", "cifar10"}) {
      if (HaveDataset(name)) return OpenDataset(name);
    }
    return nullptr;
  }();
  return data;
}

at::Tensor FeaturesOf(RuleCell& cell, const at::Tensor& images) {
  std::vector<at::Tensor> parts;
  for (const at::Tensor& some : images.split(100)) parts.push_back(cell.rule().Features(some));
  return at::cat(parts);
}

// A readout in closed form, and its name.
std::pair<std::unique_ptr<Readout>, std::string> ClosedFormReadout() {
  for (const auto& [name, entry] : Registry<Readout>::Get().entries()) {
    std::unique_ptr<Readout> readout = Registry<Readout>::Get().Make(name, {});
    if (!entry.info.beside && !readout->passes()) return {std::move(readout), name};
  }
  throw Skipped{"no readout is fitted in closed form"};
}

// Fraction of held-out images that a readout of the rule's features tells right; all of them are
// training images: the test split is no rule's to look at.
double Accuracy(RuleCell& cell, const RuleInfo& info, const Batch& train, const Batch& held_out,
                std::int64_t classes) {
  const auto [readout, name] = ClosedFormReadout();
  const at::Tensor features = FeaturesOf(cell, train.images);
  readout->Attach(info, cell.network(), features.size(1), classes);
  readout->Fit({features, train.labels, {}});
  const at::Tensor scores = readout->Scores(FeaturesOf(cell, held_out.images));
  return scores.argmax(1).eq(held_out.labels).to(at::kFloat).mean().item<double>();
}

std::string LearnsRealImages(const Subject& subject) {
  const std::shared_ptr<const Dataset> data = SmallRealData();
  if (data == nullptr) throw Skipped{"no data: fashion-mnist or cifar10 (plasticity data fetch)"};
  constexpr std::int64_t kTrain = 1000, kHeldOut = 400;
  const double chance = 1 / static_cast<double>(data->classes());
  const Samples all = AllOf(data->train);
  const Loader loader(*data, InputNormalization::kStandardize, at::kCPU);
  const Batch train = loader.LoadRange(all, 0, kTrain);
  const Batch held_out = loader.LoadRange(all, kTrain, kTrain + kHeldOut);
  Subject wider = subject;  // as many units a layer as there are classes at least
  wider.network["width"] = 2;
  const std::int64_t size =
      std::min(subject.registry.Make(subject.info.name, {})->batch_size(), kTrain);
  RuleCell cell = wider.Cell(1, data, First(all, kTrain), size);
  const double before = Accuracy(cell, subject.info, train, held_out, data->classes());
  const at::Tensor looked_at = held_out.images.slice(0, 0, 20);
  const at::Tensor old_features = cell.rule().Features(looked_at);
  const std::int64_t steps = kTrain / size;
  cell.Train(steps, steps, subject.info.needs_labels);
  const at::Tensor features = cell.rule().Features(looked_at);
  Promise(Finite(features),
          fmt::format("features are not finite after {} steps on {}", steps, data->name));
  Promise(subject.info.locality == Locality::kNone || !at::equal(old_features, features),
          "features are what they were before");
  const double after = Accuracy(cell, subject.info, train, held_out, data->classes());
  const std::string measured = fmt::format(
      "{} readout {:.1f} %, before learning {:.1f} %, chance {:.0f} % ({} images of {})",
      ClosedFormReadout().second, after * 100, before * 100, chance * 100, kTrain, data->name);
  // Five standard deviations of guessing.
  const double margin = 5 * std::sqrt(chance * (1 - chance) / kHeldOut);
  Promise(after > chance + margin, measured);
  return measured;
}

// The loss that the rule reports where `weight` is moved by `step` (and put back).
double LossAt(RuleCell& cell, const Batch& batch, const Progress& progress,
              const at::Tensor& weight, const at::Tensor& step) {
  const at::Tensor values = weight.detach().clone();
  weight.detach().add_(step);
  const double loss = cell.rule().Learn(batch, progress).loss.item<double>();
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
  Batch batch = Gratings(1, 12);
  if (!info.needs_labels) batch.labels = at::Tensor();
  const Progress progress{.step = 1, .steps = 4, .epochs = 1, .draw = 1};
  const std::vector<at::Tensor> before = Weights(cell);
  const StepReport report = cell.rule().Learn(batch, progress);
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
    cell.rule().Learn(batch, progress);
  }
  std::vector<at::Tensor> start;
  for (const at::Tensor& parameter : update.parameters) start.push_back(parameter.detach().clone());
  cell.rule().Commit(progress);
  double along = 0;
  for (std::size_t i = 0; i < start.size(); ++i) {
    const at::Tensor moved = update.parameters[i].detach() - start[i];
    along += (moved * update.directions[i]).sum().item<double>();
  }
  Promise(along < 0, "Commit does not go down the directions");
  return "";
}

std::string SameOnCuda(const Subject& subject) {
  const std::string reason = LoadCuda();
  if (!reason.empty()) throw Skipped{"no GPU: " + reason};
  const at::Device cuda(at::kCUDA, 0);
  RuleCell on_cpu = subject.Cell(1), on_cuda = subject.Cell(1, cuda);
  on_cpu.Train(2, 2, subject.info.needs_labels);
  on_cuda.Train(2, 2, subject.info.needs_labels);
  const std::vector<at::Tensor> expected = Weights(on_cpu), found = Weights(on_cuda);
  for (std::size_t i = 0; i < expected.size(); ++i) {
    Promise(at::allclose(found[i].cpu(), expected[i], 1e-3, 3e-3),
            fmt::format("block {}'s weights differ after two steps", i + 1));
  }
  const at::Tensor images = Gratings(7, 12).images;
  Promise(at::allclose(on_cuda.rule().Features(images.to(cuda)).cpu(),
                       on_cpu.rule().Features(images), 1e-2, 1e-2),
          "features differ after two steps");
  return "";
}

// Runs one check on one network. A rule that refuses a network with an InputError is not checked on
// it.
Finding Look(const std::string& check, const Subject& subject,
             const std::function<std::string(const Subject&)>& look) {
  Finding finding{.check = check,
                  .network = subject.network.is_null() ? "" : subject.network.at("name")};
  const auto conclude = [&](Finding::Verdict verdict, const std::string& message) {
    finding.verdict = verdict;
    finding.message = message.substr(0, message.find('\n'));
  };
  try {
    if (!subject.network.is_null()) {
      try {
        subject.Cell(1);
      } catch (const InputError& error) {
        throw Skipped{fmt::format("it refuses the network: {}", error.what())};
      }
    }
    conclude(Finding::Verdict::kPassed, look(subject));
  } catch (const Broken& broken) {
    conclude(Finding::Verdict::kFailed, broken.message);
  } catch (const Skipped& skipped) {
    conclude(Finding::Verdict::kSkipped, skipped.reason);
  } catch (const std::exception& error) {
    conclude(Finding::Verdict::kFailed, error.what());
  }
  return finding;
}

using LookFunction = std::function<std::string(const Subject&)>;

ConformanceCheck OfTheRule(const std::string& name, const std::string& promise,
                           const LookFunction& look) {
  return {name, promise, [=](const Registry<Rule>& registry, const std::string& rule) {
            const Subject subject{registry, registry.Find(rule).info, {}};
            return std::vector<Finding>{Look(name, subject, look)};
          }};
}

ConformanceCheck OnEachNetwork(const std::string& name, const std::string& promise,
                               const LookFunction& look) {
  return {name, promise, [=](const Registry<Rule>& registry, const std::string& rule) {
            std::vector<Finding> findings;
            for (const nlohmann::json& network : {TinyConvolutions(), TinyDense()}) {
              findings.push_back(Look(name, {registry, registry.Find(rule).info, network}, look));
            }
            return findings;
          }};
}

ConformanceCheck OnOddInput(const OddInput& odd) {
  return OnEachNetwork(odd.name, "stays finite on " + odd.images,
                       [=](const Subject& subject) { return StaysFinite(subject, odd); });
}

std::string AcceptsANetwork(const Subject& subject) {
  std::string reasons;
  for (const nlohmann::json& network : {TinyConvolutions(), TinyDense()}) {
    try {
      Subject{subject.registry, subject.info, network}.Cell(1);
      return "";
    } catch (const InputError& error) {
      reasons += fmt::format(" {}", error.what());
    }
  }
  throw Broken{"it refuses every network:" + reasons};
}

}  // namespace

const std::vector<ConformanceCheck>& ConformanceChecks() {
  static const std::vector<ConformanceCheck> checks = {
      OfTheRule("description", "says what it is, and what each parameter does", SaysWhatItIs),
      OfTheRule("defaults", "is made from its defaults; resolved parameters make it again",
                MakesItselfAgain),
      OfTheRule("refusals", "refuses unknown and impossible parameters", RefusesNonsense),
      OfTheRule("networks", "learns in a convolutional or a dense network", AcceptsANetwork),
      OnEachNetwork("seed", "the same seed gives the same weights, another seed others",
                    SameSeedSameWeights),
      OnEachNetwork("learning", "weights stay finite, and change exactly where it says so",
                    LearnsAsItSays),
      OnEachNetwork("features", "features have the promised size and follow from its state",
                    FeaturesFollowFromState),
      OnEachNetwork("checkpoint", "a stopped run goes on bit for bit from its checkpoint",
                    GoesOnFromCheckpoint),
      OnEachNetwork("labels", "labels matter exactly if it says so", LabelsMatterAsItSays),
      OnEachNetwork("locality", "a block learns from later blocks exactly if it says so",
                    LooksAsFarAsItSays),
      OnEachNetwork("descent", "Learn shows the directions, Commit goes down them",
                    TakesTheDirectionsItShows),
      OnEachNetwork("gradients", "a local rule neither asks for gradients nor leaves any",
                    LeavesNoGradients),
      OnOddInput(
          {"zero-input", "images of zeros", [](const at::Tensor& x) { return at::zeros_like(x); }}),
      OnOddInput({"constant-input", "images of ones",
                  [](const at::Tensor& x) { return at::ones_like(x); }}),
      OnOddInput({"huge-input", "images 10,000 times as bright",
                  [](const at::Tensor& x) { return x * 1e4; }}),
      OnOddInput({"tiny-input", "images a millionth as bright",
                  [](const at::Tensor& x) { return x * 1e-6; }}),
      OnOddInput({"batch-of-one", "batches of one image",
                  [](const at::Tensor& x) { return x.slice(0, 0, 1); }}),
      OnEachNetwork("real-images", "its features of real images tell classes better than chance",
                    LearnsRealImages),
      OnEachNetwork("cuda", "learns the same on CUDA as on the CPU, within rounding", SameOnCuda)};
  return checks;
}

}  // namespace plasticity
