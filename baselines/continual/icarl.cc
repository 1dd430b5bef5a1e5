// Incremental classifier and representation learning: the network learns each experience together
// with exemplars of all earlier classes, by a binary cross-entropy for each class whose targets for
// earlier classes are what the network answered before; an image is of the class whose exemplars'
// mean is nearest in features. At an experience's end, each class's exemplars are chosen by
// herding, and earlier classes' lists are cut from behind. Source: Rebuffi et al. 2017 (CVPR, arXiv
// 1611.07725). As published code has it (mammoth, models/icarl.py): mean=images_and_classes counts
// the classes to come, with target 0; mirrored=true puts the exemplars' mirror images into the
// means. Differs from both: exemplars are drawn as often as new images, by the cell's own steps;
// images are not changed at random.
#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <fmt/format.h>

#include <limits>

#include "baselines/continual/herding.h"
#include "baselines/continual/replay_losses.h"
#include "baselines/continual/teacher.h"
#include "suite/base/error.h"
#include "suite/replay_strategy.h"

namespace plasticity {
namespace {

class Icarl final : public MemoryStrategy {
 public:
  static StrategyInfo Describe() {
    return {.name = "icarl",
            .summary = "distillation, herded exemplars, and the nearest of their means",
            .source =
                "Rebuffi et al. 2017 (arXiv 1611.07725); code aimagelab/mammoth, "
                "models/icarl.py: mean=images_and_classes mirrored=true",
            .citation = "rebuffi2017icarl"};
  }
  explicit Icarl(Params& params)
      : MemoryStrategy(ReplayMemory::Declare(params, ReplayMemory::Selection::kGiven)),
        objective_(params.Choice("mean", "images", kMeans,
                                 "of the loss: over images, summed over classes so far; or over "
                                 "images and all classes")),
        mirrored_(params.Flag("mirrored", false,
                              "whether exemplars' mirror images are in the means, too")) {}

  void Attach(Learner& learner) override {
    Strategy::Attach(learner);
    NeedCarrier(learner);
  }

  void Begin(const Experience& now) override {
    RequireBoundary(now);
    if (surroundings().experiences->home.empty()) {
      throw InputError(
          "icarl needs experiences with classes of their own: --set "
          "task.scenario.setting=class-incremental.");
    }
    if (now.place > 0) teacher_.Become(learner());
  }

  Samples Choose(const Experience& now) override {
    return Join(now.train, memory().AsSamples(surroundings()));
  }

  StepReport Step(Learner& learner, const Batch& batch, const Progress& progress) override {
    const std::size_t place = surroundings().now->place;
    objective_.Expect(
        ClassesBefore(place + 1), ClassesBefore(place),
        teacher_.ready() ? teacher_.Scores(batch.images, surroundings()) : at::Tensor());
    const StepReport report = Strategy::Step(learner, batch, progress);
    objective_.ExpectNothing();
    return report;
  }

  void End(const Experience& now) override {
    const std::int64_t seen = ClassesBefore(now.place + 1).sum().item<std::int64_t>();
    const std::int64_t each = memory().Capacity(surroundings()) / seen;
    if (each == 0) {
      throw InputError(fmt::format("icarl's memory of {} images has none for each of {} classes.",
                                   memory().Capacity(surroundings()), seen));
    }
    memory().Keep(FirstOfEachClass(each));
    for (std::int64_t label = 0; label < learner().classes(); ++label) {
      if (Home(label) != now.place) continue;
      const Samples own = OfClasses(now.train, {label});
      if (own.size() == 0) continue;
      memory().Put(Chosen(own, Herd(OnSphere(FeaturesOf(own)), each)), surroundings());
    }
    FindMeans();
  }

  const Objective* objective() const override { return &objective_; }
  Readout* classifier() override { return nearest_.ready() ? &nearest_ : nullptr; }

  void Visit(StateVisitor& visitor) override {
    MemoryStrategy::Visit(visitor);
    nearest_.Visit(visitor);
    ScopedVisitor teacher(visitor, "teacher");
    teacher_.Visit(teacher);
  }

 private:
  static constexpr Named<BinaryMean> kMeans[] = {
      {"images", BinaryMean::kImages}, {"images_and_classes", BinaryMean::kImagesAndClasses}};
  static constexpr std::int64_t kAtOnce = 200;  // images passed through the network

  std::size_t Home(std::int64_t label) const {
    return static_cast<std::size_t>(
        surroundings().experiences->home[static_cast<std::size_t>(label)]);
  }

  // Bool [classes]: of the experiences before `place`.
  at::Tensor ClassesBefore(std::size_t place) const {
    return at::tensor(surroundings().experiences->home, at::kLong)
        .lt(static_cast<std::int64_t>(place))
        .to(learner().network().device());
  }

  std::vector<std::int64_t> FirstOfEachClass(std::int64_t each) const {
    const std::vector<std::int64_t> labels = memory().labels();
    std::vector<std::int64_t> counts(static_cast<std::size_t>(learner().classes())), first;
    for (std::size_t entry = 0; entry < labels.size(); ++entry)
      if (counts[static_cast<std::size_t>(labels[entry])]++ < each)
        first.push_back(static_cast<std::int64_t>(entry));
    return first;
  }

  // [size, features]; of mirror images.
  at::Tensor FeaturesOf(const Samples& samples, bool mirrored = false) const {
    std::vector<at::Tensor> features;
    for (std::int64_t start = 0; start < samples.size(); start += kAtOnce) {
      const std::int64_t end = std::min(start + kAtOnce, samples.size());
      const at::Tensor images = surroundings().load(Slice(samples, start, end)).images;
      features.push_back(learner().Features(mirrored ? images.flip({3}) : images));
    }
    return at::cat(features);
  }

  void FindMeans() {
    const at::NoGradGuard no_gradients;
    const Samples exemplars = memory().AsSamples(surroundings());
    at::Tensor means;
    for (std::int64_t label = 0; label < learner().classes(); ++label) {
      const Samples own = OfClasses(exemplars, {label});
      if (own.size() == 0) continue;
      const at::Tensor features = FeaturesOf(own);
      if (!means.defined())
        means = at::full({learner().classes(), features.size(1)},
                         std::numeric_limits<float>::quiet_NaN(), features.options());
      means.select(0, label).copy_(
          ExemplarMean(features, mirrored_ ? FeaturesOf(own, true) : at::Tensor()));
    }
    nearest_.SetMeans(means);
  }

  BinaryObjective objective_;
  bool mirrored_;
  Teacher teacher_;
  NearestExemplars nearest_;
};
PLASTICITY_REGISTER(Strategy, Icarl);

}  // namespace
}  // namespace plasticity
