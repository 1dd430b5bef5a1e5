// Laws of what a rule does with input that is odd, real, or on another device.
#include <ATen/ATen.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "suite/base/image_source.h"
#include "suite/engine/device.h"
#include "suite/program/law.h"
#include "suite/readout.h"

namespace plasticity::conformance {
namespace {

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
  Promise(Finite(cell.Features(odd.change(Gratings(100, 12).images))),
          "features of such images are not finite");
  for (std::int64_t step = 1; step <= kSteps; ++step) {
    cell.Train(step, kSteps, subject.info.needs_labels);
    const std::string bad = NotFinite(cell.Save());
    Promise(bad.empty(), fmt::format("{} is not finite after step {}", bad, step));
  }
  Promise(Finite(cell.Features(Gratings(1, 6).images)),
          "features of ordinary images are not finite afterwards");
  return "";
}

Law OnOddInput(const OddInput& odd) {
  return {.name = odd.name,
          .promise = "stays finite on " + odd.images,
          .needs = {"finite", "features"},
          .on_networks = true,
          .look = [=](const Subject& subject) { return StaysFinite(subject, odd); }};
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
  for (const at::Tensor& some : images.split(100)) parts.push_back(cell.Features(some));
  return at::cat(parts);
}

// A readout in closed form, and its name.
std::pair<std::unique_ptr<Readout>, std::string> ClosedFormReadout() {
  for (const auto& [name, entry] : Registry<Readout>::Get().entries()) {
    std::unique_ptr<Readout> readout = Registry<Readout>::Get().Make(name, {});
    if (!entry.info.beside && !entry.info.grows && !readout->passes())
      return {std::move(readout), name};
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
  const std::int64_t size = std::min(subject.Make()->batch_size(), kTrain);
  RuleCell cell = wider.Cell(1, data, First(all, kTrain), size);
  const double before = Accuracy(cell, subject.info, train, held_out, data->classes());
  const at::Tensor looked_at = held_out.images.slice(0, 0, 20);
  const at::Tensor old_features = cell.Features(looked_at);
  const std::int64_t steps = kTrain / size;
  cell.Train(steps, steps, subject.info.needs_labels);
  const at::Tensor features = cell.Features(looked_at);
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
  return measured +
         (after < before ? "; learning did not raise it here, which the promise allows" : "");
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
  Promise(
      at::allclose(on_cuda.Features(images.to(cuda)).cpu(), on_cpu.Features(images), 1e-2, 1e-2),
      "features differ after two steps");
  return "";
}

}  // namespace

std::vector<Law> InputLaws() {
  return {OnOddInput({"zero-input", "images of zeros",
                      [](const at::Tensor& x) { return at::zeros_like(x); }}),
          OnOddInput({"constant-input", "images of ones",
                      [](const at::Tensor& x) { return at::ones_like(x); }}),
          OnOddInput({"huge-input", "images 10,000 times as bright",
                      [](const at::Tensor& x) { return x * 1e4; }}),
          OnOddInput({"tiny-input", "images a millionth as bright",
                      [](const at::Tensor& x) { return x * 1e-6; }}),
          OnOddInput({"batch-of-one", "batches of one image",
                      [](const at::Tensor& x) { return x.slice(0, 0, 1); }}),
          {.name = "real-images",
           .promise = "its features of real images tell classes better than chance",
           .needs = {"finite", "features"},
           .on_networks = true,
           .look = LearnsRealImages},
          {.name = "cuda",
           .promise = "learns the same on CUDA as on the CPU, within rounding",
           .needs = {"finite", "seed", "features"},
           .on_networks = true,
           .look = SameOnCuda}};
}

}  // namespace plasticity::conformance
