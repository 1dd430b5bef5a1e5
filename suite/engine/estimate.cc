#include "suite/engine/estimate.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <numeric>

#include "suite/engine/cell_lab.h"

namespace plasticity {
namespace {

// Thrown where the rest of a long stream is like what was seen of it.
struct SeenEnough {};

// A lab that only estimates.
class EstimateLab final : public CellLab {
 public:
  using CellLab::CellLab;

  double seconds() const { return seconds_; }

  void Train(Learner& learner, const Samples& samples, const Budget& budget,
             const Samples& validation) override {
    if (budget.seconds > 0) {
      seconds_ += budget.seconds;
      return;
    }
    const Schedule schedule = Schedule::Of(samples.size(), learner.rule().batch_size(), budget);
    if (schedule.steps == 0) return;
    seconds_ += SecondsPerStep(learner, samples) * static_cast<double>(schedule.steps);
    if (!learner.readout_info().beside) return;
    for (std::int64_t epoch = 0; epoch < schedule.epochs; ++epoch) Judge(learner, validation, {});
  }

  nlohmann::json Train(Learner& learner, const Samples& samples, const Budget& budget,
                       const Watch& watch) override {
    Train(learner, samples, budget, Samples{});
    nlohmann::json look;
    if (watch.shares.empty()) return nlohmann::json::array();
    seconds_ += static_cast<double>(watch.shares.size()) * Timed([&] { look = watch.look(1); });
    return std::vector<nlohmann::json>(watch.shares.size(), look);
  }

  void Train(const std::string& name, Trainable& trainable, const Learner& learner,
             const Samples& samples, const Passes& passes) override {
    TrainableTrainee trainee(session(), LoaderOf(learner), name, trainable, samples);
    AddSteps(trainee, samples.size(), passes);
  }

  void Fit(Learner& learner, const Samples& samples) override {
    if (learner.readout_info().beside || samples.size() == 0) return;
    const Samples some = First(samples, kProbe);
    const double images = static_cast<double>(samples.size()) / static_cast<double>(some.size());
    FeatureBank bank;
    seconds_ += images * Timed([&] { bank = Bank(learner, some, false); });
    const std::optional<Passes> passes = learner.readout().passes();
    if (!passes) {
      seconds_ += images * Timed([&] { learner.readout().Fit(bank); });
      return;
    }
    ReadoutTrainee trainee(session(), learner.readout(), bank);
    AddSteps(trainee, samples.size(), *passes);
  }

  // What a strategy does about the first experience stands for what it does about each, and a few
  // experiences for all of a long stream, with which the task's script then ends.
  nlohmann::json Train(Learner& learner, const Experience& now, const Experiences& all,
                       const Budget& budget, const Watch& watch) override {
    Strategy& strategy = learner.strategy();
    strategy.Enter(SurroundingsOf(learner, now, all));
    const bool first = now.place == 0;
    if (now.place == 1) at_second_ = seconds_;
    if (now.place == kExperiences) {
      const double each = (seconds_ - at_second_) / static_cast<double>(kExperiences - 1);
      seconds_ += each * static_cast<double>(all.all.size() - kExperiences);
      throw SeenEnough();
    }
    if (first) at_boundaries_ = Timed([&] { strategy.Begin(now); });
    const Samples chosen = strategy.Choose(now);
    const nlohmann::json looks =
        Train(learner, chosen, budget.For(now.train.size(), chosen.size()), watch);
    if (first) {
      Step(learner, chosen);  // a strategy may look at its end at what was changed
      at_boundaries_ += Timed([&] { strategy.End(now); });
    }
    seconds_ += at_boundaries_;
    Fit(learner, ForReadout(learner, now, chosen));
    return looks;
  }

  // What the work asks the lab for tells its own time.
  nlohmann::json Once(const std::string& stage,
                      const std::function<nlohmann::json()>& work) override {
    nlohmann::json returned;
    const double told = timed_;
    const double taken = Elapsed([&] { returned = CellLab::Once(stage, work); });
    seconds_ += taken - (timed_ - told);
    return returned;
  }

  // As if nothing were right.
  Judgement Judge(Learner& learner, const Samples& samples, const BatchChange& change) override {
    if (samples.size() == 0) return {};
    const Samples some = First(samples, kProbe);
    const double images = static_cast<double>(samples.size()) / static_cast<double>(some.size());
    seconds_ += images * Timed([&] { JudgeNow(learner, some, false, change); });
    return {.hits = std::vector<bool>(static_cast<std::size_t>(samples.size()))};
  }

  Judgement Probe(Learner& learner, const nlohmann::json& readout, const Samples& samples,
                  const Samples& asked) override {
    const Samples some = First(samples, kProbe);
    const double images =
        static_cast<double>(samples.size() + asked.size()) / static_cast<double>(some.size() + 1);
    seconds_ += images * Timed([&] { CellLab::Probe(learner, readout, some, First(asked, 1)); });
    return {.hits = std::vector<bool>(static_cast<std::size_t>(asked.size()))};
  }

  void Remember(Learner& learner, const Samples& samples) override {
    Features(learner, samples);
    CellLab::Remember(learner, First(samples, kProbe));  // what is fitted and judged here
  }

  at::Tensor Features(Learner& learner, const Samples& samples) override {
    if (samples.size() == 0) return CellLab::Features(learner, samples);
    const Samples some = First(samples, kProbe);
    const std::int64_t repeats = (samples.size() + some.size() - 1) / some.size();
    at::Tensor features;
    seconds_ +=
        static_cast<double>(repeats) * Timed([&] { features = CellLab::Features(learner, some); });
    return features.repeat({repeats, 1}).slice(0, 0, samples.size());
  }

  void Show(const Learner& learner, const Samples& samples,
            const std::function<void(const Batch&)>& to) override {
    if (samples.size() == 0) return;
    const Samples some = First(samples, kProbe);
    const double images = static_cast<double>(samples.size()) / static_cast<double>(some.size());
    seconds_ += images * Timed([&] { CellLab::Show(learner, some, to); });
  }

 private:
  static constexpr std::int64_t kProbe = 200;
  static constexpr std::size_t kExperiences = 20;

  // The steps of `passes` over so many examples, from a few on the first ones.
  void AddSteps(Trainee& trainee, std::int64_t examples, const Passes& passes) {
    const Schedule schedule =
        Schedule::Of(examples, passes.batch_size, Budget::Epochs(passes.epochs));
    std::vector<std::int64_t> positions(
        static_cast<std::size_t>(std::min({passes.batch_size, examples, kProbe})));
    std::iota(positions.begin(), positions.end(), 0);
    double step = 0;
    for (int repeat = 0; repeat < 3; ++repeat) {  // the first ones warm up
      step = Timed(
          [&] { trainee.Step(positions.data(), static_cast<std::int64_t>(positions.size()), {}); });
    }
    seconds_ += step * static_cast<double>(schedule.steps);
  }

  // One step of the learner itself.
  void Step(Learner& learner, const Samples& samples) {
    std::vector<std::int64_t> positions(
        static_cast<std::size_t>(std::min(learner.rule().batch_size(), samples.size())));
    std::iota(positions.begin(), positions.end(), 0);
    if (positions.empty()) return;
    LearnerTrainee trainee(session(), LoaderOf(learner), learner, samples, nullptr);
    trainee.Step(positions.data(), static_cast<std::int64_t>(positions.size()), {.steps = 1});
  }

  double Elapsed(const std::function<void()>& work) {
    if (StopRequested()) throw Interrupted();
    session().TakeTime();
    const double before = session().result.cost.wall_s["total"];
    work();
    session().TakeTime();
    return session().result.cost.wall_s["total"] - before;
  }

  double Timed(const std::function<void()>& work) {
    const double before = timed_;
    const double taken = Elapsed(work);
    timed_ = before + taken;  // with what was timed within
    return taken;
  }

  double seconds_ = 0;
  double timed_ = 0;          // that Timed saw go by
  double at_second_ = 0;      // seconds_ where a stream's second experience began
  double at_boundaries_ = 0;  // seconds of a strategy, by experience
};

}  // namespace

double EstimateSeconds(const Cell& cell, at::Device device) {
  ProgressBar silent("", false);
  Session session({.checkpoint = {}, .checkpoint_every_s = 1e18, .device = device}, silent);
  EstimateLab lab(cell, device, session, {});
  try {
    lab.task().Run(lab);
  } catch (const SeenEnough&) {
  }
  return lab.seconds();
}

}  // namespace plasticity
