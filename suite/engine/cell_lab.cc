#include "suite/engine/cell_lab.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>

#include "suite/base/error.h"
#include "suite/base/store.h"
#include "suite/base/text.h"
#include "suite/engine/device.h"
#include "suite/engine/resized.h"
#include "suite/engine/safetensors.h"
#include "suite/engine/tally.h"

namespace plasticity {
namespace {

constexpr std::int64_t kForwardBatch = 200;  // images passed through a frozen network at once

template <typename Interface>
std::unique_ptr<Interface> MakePart(const nlohmann::json& part, typename Interface::Info* info) {
  const std::string name = part.at("name");
  *info = Registry<Interface>::Get().Find(name).info;
  return Registry<Interface>::Get().Make(name, part.at("params"));
}

template <typename Interface>
std::unique_ptr<Interface> MakePart(const nlohmann::json& part) {
  typename Interface::Info info;
  return MakePart<Interface>(part, &info);
}

// The strategy that a request without one means.
nlohmann::json StrategyOf(const nlohmann::json& request) {
  if (request.contains("strategy")) return request.at("strategy");
  return {{"name", PartName(request, Strategy::kKind)}, {"params", nlohmann::json::object()}};
}

// A readout that learns beside a rule, for a learner that no readout is asked for.
nlohmann::json BesideReadout() {
  for (const auto& [name, entry] : Registry<Readout>::Get().entries()) {
    if (entry.info.beside) return {{"name", name}, {"params", nlohmann::json::object()}};
  }
  throw RunError("no readout learns beside a rule.");
}

}  // namespace

class CellLab::ResultRecorder final : public Recorder {
 public:
  ResultRecorder(const Cell& cell, Result& result, std::filesystem::path results)
      : info_(Registry<Task>::Get().Find(cell.Name(Task::kKind)).info),
        result_(result),
        results_(std::move(results)) {
    if (!info_.metrics.empty()) result_.headline = info_.metrics.front().name;
  }

  void Metric(const std::string& name, std::optional<double> value, const std::string& reason,
              std::optional<double> chance) override {
    const MetricInfo& info = Find(name);
    plasticity::Metric& metric = result_.metrics[name];
    metric.value = value;
    metric.higher_is_better = info.higher_is_better;
    metric.unit = info.unit;
    metric.reason = value ? "" : reason;
    metric.definition = info.definition;
    metric.chance = chance;
  }

  void Record(const std::string& name, const std::vector<std::string>& axes,
              const std::string& unit, nlohmann::json values) override {
    result_.records[name] = {axes, unit, std::move(values)};
  }

  void Judged(const std::string& split, const Judgement& judgement,
              const std::string& reason) override {
    Metric("accuracy." + split, judgement.accuracy(), reason, judgement.chance());
    Metric("accuracy.top5." + split, judgement.top5(), reason, judgement.chance_of_top5());
    Metric("calibration." + split, judgement.calibration_error,
           judgement.count == 0 ? reason : "the readout's scores are no logits", std::nullopt);
    if (judgement.count == 0) return;
    Record("confusion." + split, {"label", "predicted"}, "images", judgement.confusion);
    nlohmann::json by_class = nlohmann::json::array(), reliability = nlohmann::json::array();
    for (const std::optional<double>& accuracy : judgement.accuracy_by_class())
      by_class.push_back(accuracy ? nlohmann::json(*accuracy) : nlohmann::json());
    for (const ConfidenceBin& bin : judgement.bins) {
      const double count = std::max<double>(1, static_cast<double>(bin.count));
      reliability.push_back({bin.count, bin.confidence / count, bin.right / count});
    }
    Record("accuracy.by_class." + split, {"label"}, "fraction", by_class);
    if (!reliability.empty())
      Record("reliability." + split, {"bin", "images, mean confidence, accuracy"}, "", reliability);
    result_.predictions[split] = Predictions(static_cast<int>(judgement.confusion.size()),
                                             judgement.predicted, judgement.hits);
  }

  void Artifact(const std::string& name, const std::string& bytes, const std::string& extension,
                const std::string& media_type) override {
    if (results_.empty()) return;
    result_.artifacts[name] = SaveArtifact(results_, bytes, extension, media_type);
  }

 private:
  const MetricInfo& Find(const std::string& name) const {
    for (const MetricInfo& info : info_.metrics) {
      const bool family = !info.name.empty() && info.name.back() == '*';
      const std::string start = info.name.substr(0, info.name.size() - family);
      if (family ? name.rfind(start, 0) == 0 : name == info.name) return info;
    }
    throw RunError(fmt::format("the task {} does not declare the metric '{}'.", info_.name, name));
  }

  const TaskInfo& info_;
  Result& result_;
  std::filesystem::path results_;
};

CellLab::CellLab(const Cell& cell, at::Device device, Session& session,
                 std::filesystem::path results)
    : cell_(cell),
      device_(device),
      session_(session),
      streams_(cell.seed),
      task_(MakePart<Task>(cell.request.at(Task::kKind))),
      recorder_(std::make_unique<ResultRecorder>(cell, session.result, std::move(results))),
      trainer_(session, streams_) {}

CellLab::~CellLab() = default;

Recorder& CellLab::record() { return *recorder_; }

Splits CellLab::SplitsOf(const std::shared_ptr<const Dataset>& set, const std::string& name,
                         std::int64_t validation_images) const {
  const Samples all = AllOf(set->train);
  const std::int64_t rest = all.size() - validation_images;
  if (rest <= 0) {
    throw InputError(fmt::format(
        "validation_images = {} leaves none of {}'s {} training images. Set fewer aside: "
        "--set task.validation_images={}.",
        validation_images, name, Grouped(all.size()), all.size() / 10));
  }
  Splits splits{.set = set, .train = First(all, rest), .validation = Slice(all, rest, all.size())};
  if (!cell_.request.contains("tuning")) splits.test = AllOf(set->test);
  if (set->unlabelled) splits.unlabelled = AllOf(set->unlabelled);
  return splits;
}

Splits CellLab::Open(std::int64_t validation_images) {
  Splits splits = SplitsOf(cell_.data, cell_.data->name, validation_images);
  session_.result.dataset["split_sizes"] = {{"train", splits.train.size()},
                                            {"validation", splits.validation.size()},
                                            {"test", splits.test.size()}};
  return splits;
}

Splits CellLab::Open(const std::string& name, std::int64_t validation_images, const Splits& like) {
  const auto known = cell_.other_data.find(name);
  const std::shared_ptr<const Dataset> set =
      Resized(known == cell_.other_data.end() ? OpenDataset(name) : known->second, like.set->shape);
  Splits splits = SplitsOf(set, name, validation_images);
  session_.result.dataset["others"][name] = {
      {"origin", set->origin},
      {"classes", set->classes()},
      {"image", {set->shape.channels, set->shape.height, set->shape.width}}};
  return splits;
}

const CellLab::Member& CellLab::MemberOf(const Learner& learner) const {
  for (const Member& member : members_) {
    if (member.learner.get() == &learner) return member;
  }
  throw RunError("this learner is not of this lab.");
}

LearnerParts CellLab::MakeParts(const Dataset& set, std::int64_t classes,
                                const nlohmann::json& rule) const {
  const nlohmann::json& request = cell_.request;
  const bool asked = rule == request.at(Rule::kKind);
  LearnerParts parts;
  parts.rule = MakePart<Rule>(rule, &parts.rule_info);
  parts.readout = MakePart<Readout>(
      asked || !parts.rule_info.trains_head ? request.at(Readout::kKind) : BesideReadout(),
      &parts.readout_info);
  parts.strategy = MakePart<Strategy>(StrategyOf(asked ? request : nlohmann::json::object()),
                                      &parts.strategy_info);
  const Shape image{
      .channels = set.shape.channels, .height = set.shape.height, .width = set.shape.width};
  parts.network = std::make_unique<Network>(request.at("network"), image, classes, streams_,
                                            device_, ChoosePrecision(request.at("precision")));
  return parts;
}

Learner& CellLab::NewLearner(const std::string& name, const Splits& data, const Start& start) {
  const nlohmann::json rule = start.rule.is_null() ? cell_.request.at(Rule::kKind) : start.rule;
  Learner* of = start.of;
  if (of != nullptr && rule.at("name") != of->rule_info().name &&
      of->feature_count() != of->network().feature_count()) {
    throw InputError(fmt::format("{} has no network for {} to go on with.", of->rule_info().name,
                                 rule.at("name").get<std::string>()));
  }
  const std::int64_t classes = start.classes > 0 ? start.classes : data.set->classes();
  const auto make = [this, rule, classes, set = data.set] {
    return MakeParts(*set, classes, rule);
  };
  LearnerParts parts = make();
  auto loader = std::make_shared<const Loader>(*data.set, parts.network->input(), device_,
                                               parts.network->input_format());
  members_.push_back({.learner = std::make_unique<Learner>(name, std::move(parts),
                                                           data.set->shape.bytes(), classes),
                      .loader = std::move(loader),
                      .data = data.set,
                      .classes = classes,
                      .parts = make});
  Learner& learner = *members_.back().learner;
  if (start.online) learner.ClassifyFirst();
  if (members_.size() == 1) {
    session_.result.cost.flops_forward_per_image = learner.network().forward_flops();
    session_.result.cost.flops_learn_per_image = learner.rule().learn_flops();
  }
  if (of == nullptr && start.rule.is_null() && !cell_.init.empty()) {
    TakeNetwork(learner, ReadSafetensors(cell_.init), false);
  }
  session_.Keep("learner." + name, [&learner](StateVisitor& visitor) { learner.Visit(visitor); });
  if (of != nullptr) {
    Stage("copy", name, [&](const std::string&) -> nlohmann::json {
      learner.StartFrom(*of, MemberOf(*of).data == MemberOf(learner).data);
      return nullptr;
    });
  }
  return learner;
}

nlohmann::json CellLab::Stage(const std::string& kind, const std::string& of,
                              const std::function<nlohmann::json(const std::string&)>& work) {
  if (within_) return work(kind);
  const std::string stage = fmt::format("{} {} {}", ++stages_, kind, of);
  bool now = false;
  nlohmann::json returned = session_.Once(stage, [&] {
    now = true;
    return work(stage);
  });
  if (now) session_.Checkpoint();
  return returned;
}

nlohmann::json CellLab::Once(const std::string& stage,
                             const std::function<nlohmann::json()>& work) {
  return Stage("once", stage, [&](const std::string&) { return Within(work); });
}

nlohmann::json CellLab::Within(const std::function<nlohmann::json()>& work) {
  within_ = true;
  nlohmann::json returned = work();
  within_ = false;
  return returned;
}

double CellLab::SecondsPerStep(const Learner& learner, const Samples& samples) {
  const Member& member = MemberOf(learner);
  constexpr std::int64_t kSteps = 3;  // the first ones warm up
  ProgressBar silent("", false);
  Session session({.checkpoint = {}, .checkpoint_every_s = 1e18, .device = device_}, silent);
  Learner probe("probe", member.parts(), member.data->shape.bytes(), member.classes);
  probe.strategy().Enter(member.learner->strategy().entered());
  LearnerTrainee trainee(session, *member.loader, probe, samples, nullptr);
  const std::int64_t size = probe.rule().batch_size();
  std::vector<std::int64_t> positions(static_cast<std::size_t>(std::min(size, samples.size())));
  for (std::size_t i = 0; i < positions.size(); ++i) positions[i] = static_cast<std::int64_t>(i);
  double seconds = 0;
  for (std::int64_t step = 0; step < kSteps; ++step) {
    session.TakeTime();
    const double before = session.result.cost.wall_s["total"];
    trainee.Step(positions.data(), static_cast<std::int64_t>(positions.size()),
                 {.step = step, .steps = kSteps, .draw = static_cast<std::uint64_t>(step)});
    session.TakeTime();
    seconds = session.result.cost.wall_s["total"] - before;
  }
  return seconds;
}

Budget CellLab::InSteps(const std::string& stage, const Learner& learner, const Samples& samples,
                        const Budget& budget) {
  if (budget.seconds == 0) return budget;
  const nlohmann::json steps = session_.Once(stage + " steps", [&] {
    return std::max<std::int64_t>(
        1, static_cast<std::int64_t>(budget.seconds / SecondsPerStep(learner, samples)));
  });
  return Budget::Steps(steps.get<std::int64_t>());
}

Samples CellLab::LearnedFrom(const Learner& learner, const Splits& data) {
  if (data.unlabelled.size() == 0 || learner.uses_labels()) return data.train;
  nlohmann::json& dataset = session_.result.dataset;
  (data.set == cell_.data ? dataset["split_sizes"]
                          : dataset["others"][data.set->name])["unlabelled"] =
      data.unlabelled.size();
  return Join(data.train, data.unlabelled);
}

void CellLab::Train(Learner& learner, const Samples& samples, const Budget& budget,
                    const Samples& validation) {
  Forget(learner);
  Stage("train", learner.name(), [&](const std::string& stage) -> nlohmann::json {
    std::function<double()> validate;
    if (learner.readout_info().beside && validation.size() > 0)
      validate = [&] { return *JudgeNow(learner, validation, false).accuracy(); };
    LearnerTrainee trainee(session_, LoaderOf(learner), learner, samples, validate);
    trainer_.Run(stage, trainee,
                 Schedule::Of(samples.size(), learner.rule().batch_size(),
                              InSteps(stage, learner, samples, budget)));
    return nullptr;
  });
}

Surroundings CellLab::SurroundingsOf(const Learner& learner, const Experience& now,
                                     const Experiences& all) const {
  const Member& member = MemberOf(learner);
  const auto like = [set = member.data, classes = member.classes, parts_of = member.parts] {
    LearnerParts parts = parts_of();
    parts.strategy = MakePart<Strategy>(StrategyOf(nlohmann::json::object()), &parts.strategy_info);
    return std::make_unique<Learner>("like", std::move(parts), set->shape.bytes(), classes);
  };
  const auto load = [loader = member.loader](const Samples& samples) {
    return loader->LoadRange(samples, 0, samples.size());
  };
  return {.experiences = &all, .now = &now, .streams = &streams_, .load = load, .like = like};
}

Samples CellLab::ForReadout(Learner& learner, const Experience& now, const Samples& chosen) {
  // One that grows has not lost what it was given before, and would count it again.
  const bool has_the_rest = learner.readout_info().grows && now.place > 0 && chosen.size() > 0;
  return has_the_rest ? now.train : learner.strategy().ChooseForReadout(now);
}

nlohmann::json CellLab::Train(Learner& learner, const Experience& now, const Experiences& all,
                              const Budget& budget, const Watch& watch) {
  Strategy& strategy = learner.strategy();
  strategy.Enter(SurroundingsOf(learner, now, all));
  session_.InPart(now.place, all.size());
  const auto once = [&](const char* stage, const auto& work) {
    Once(fmt::format("{} {}", stage, now.name), [&]() -> nlohmann::json {
      work();
      return nullptr;
    });
  };
  once("begin", [&] { strategy.Begin(now); });
  const Samples chosen = strategy.Choose(now);
  const nlohmann::json looks =
      Train(learner, chosen, budget.For(now.train.size(), chosen.size()), watch);
  once("end", [&] { strategy.End(now); });
  if (!learner.readout_info().beside) {
    Stage("fit", learner.name(), [&](const std::string& stage) -> nlohmann::json {
      FitNow(learner, ForReadout(learner, now, chosen), stage);
      return nullptr;
    });
  }
  return looks;
}

nlohmann::json CellLab::Train(Learner& learner, const Samples& samples, const Budget& budget,
                              const Watch& watch) {
  Forget(learner);
  return Stage("train", learner.name(), [&](const std::string& stage) {
    LearnerTrainee trainee(session_, LoaderOf(learner), learner, samples, {});
    const Schedule schedule = Schedule::Of(samples.size(), learner.rule().batch_size(),
                                           InSteps(stage, learner, samples, budget));
    nlohmann::json looks = nlohmann::json::array();
    for (const double share : watch.shares) {
      const auto until =
          static_cast<std::int64_t>(std::llround(share * static_cast<double>(schedule.steps)));
      const std::string look = fmt::format("{} look {}", stage, looks.size());
      // Once, since a look may be stopped in, when the training is at its end.
      session_.Once(fmt::format("{} to step {}", stage, until), [&]() -> nlohmann::json {
        if (until > 0) trainer_.Run(stage, trainee, schedule, until);
        return nullptr;
      });
      looks.push_back(
          session_.Once(look, [&] { return Within([&] { return watch.look(share); }); }));
    }
    if (watch.shares.empty() || watch.shares.back() < 1) trainer_.Run(stage, trainee, schedule);
    return looks;
  });
}

void CellLab::Train(const std::string& name, Trainable& trainable, const Learner& learner,
                    const Samples& samples, const Passes& passes) {
  session_.Keep("trainable." + name,
                [&trainable](StateVisitor& visitor) { trainable.Visit(visitor); });
  Stage("train", name, [&](const std::string& stage) -> nlohmann::json {
    TrainableTrainee trainee(session_, LoaderOf(learner), name, trainable, samples);
    trainer_.Run(stage, trainee,
                 Schedule::Of(samples.size(), passes.batch_size, Budget::Epochs(passes.epochs)));
    return nullptr;
  });
}

FeatureBank CellLab::Bank(Learner& learner, const Samples& samples, bool may_stop,
                          const BatchChange& change) {
  const at::NoGradGuard no_gradients;
  const std::int64_t count = samples.size();
  const Loader& loader = LoaderOf(learner);
  FeatureBank bank{
      .features = at::empty({count, learner.feature_count()}, at::TensorOptions().device(device_)),
      .labels = at::empty({count}, at::TensorOptions().dtype(at::kLong).device(device_)),
      .candidates = samples.candidates.defined() ? samples.candidates.to(device_) : at::Tensor()};
  if (const at::Tensor recalled = change ? at::Tensor() : Recalled(learner, samples);
      recalled.defined()) {
    bank.features = recalled;
    bank.labels.copy_(at::tensor(samples.label, at::kLong));
    return bank;
  }
  for (std::int64_t start = 0; start < count; start += kForwardBatch) {
    if (may_stop) session_.Checkpoint();
    const std::int64_t end = std::min(start + kForwardBatch, count);
    Batch batch;
    {
      const Session::Phase phase(session_, "data");
      batch = loader.LoadRange(samples, start, end);
    }
    const Session::Phase phase(session_, "features");
    if (change) batch.images = change(batch);
    bank.features.slice(0, start, end).copy_(learner.Features(batch.images));
    bank.labels.slice(0, start, end).copy_(batch.labels);
    if (count > kForwardBatch) session_.Show("features", end, count, "images");
  }
  return bank;
}

void CellLab::Expect(const Learner& learner, const Samples& samples) const {
  if (samples.size() == 0 || Recalled(learner, First(samples, 1)).defined()) return;
  samples.images->Expect(samples.index);
}

FeatureBank CellLab::LabelledBank(Learner& learner, const Samples& samples,
                                  const std::string& who) {
  NeedLabels(samples, who);
  Expect(learner, samples);
  return Bank(learner, samples, true);
}

void CellLab::Fit(Learner& learner, const Samples& samples) {
  if (learner.readout_info().beside) return;
  Stage("fit", learner.name(), [&](const std::string& stage) -> nlohmann::json {
    if (trainer_.open_stage() != stage) learner.RenewReadout();
    FitNow(learner, samples, stage);
    return nullptr;
  });
}

void CellLab::FitNow(Learner& learner, const Samples& samples, const std::string& stage) {
  if (samples.size() == 0) return;
  const FeatureBank bank = LabelledBank(learner, samples, learner.readout_info().name);
  if (const std::optional<Passes> passes = learner.readout().passes()) {
    ReadoutTrainee trainee(session_, learner.readout(), bank);
    trainer_.Run(stage, trainee,
                 Schedule::Of(samples.size(), passes->batch_size, Budget::Epochs(passes->epochs)));
  } else {
    const Session::Phase phase(session_, "readout");
    learner.readout().Fit(bank);
  }
}

Judgement CellLab::Probe(Learner& learner, const nlohmann::json& readout, const Samples& samples,
                         const Samples& asked) {
  return JudgementFromJson(Stage("probe", learner.name(), [&](const std::string&) {
    const at::NoGradGuard no_gradients;
    ReadoutInfo info;
    const std::unique_ptr<Readout> probe = MakePart<Readout>(readout, &info);
    if (info.beside || probe->passes()) {
      throw InputError(fmt::format(
          "{} cannot probe features: it is not fitted in closed form. Choose another: plasticity "
          "list readouts.",
          info.name));
    }
    probe->Attach(learner.rule_info(), learner.network(), learner.feature_count(),
                  learner.classes());
    probe->Fit(LabelledBank(learner, samples, info.name));
    const FeatureBank bank = LabelledBank(learner, asked, "a judgement");
    Tally tally(learner.classes(), info.logits);
    tally.Add(AmongCandidates(probe->Scores(bank.features), bank.candidates), bank.labels);
    return ToJson(tally.Finish());
  }));
}

Judgement CellLab::JudgeNow(Learner& learner, const Samples& samples, bool may_stop,
                            const BatchChange& change) {
  const at::NoGradGuard no_gradients;
  NeedLabels(samples, "a judgement");
  Readout& classifier = learner.classifier();
  Tally tally(learner.classes(),
              learner.readout_info().logits && &classifier == &learner.readout());
  Expect(learner, samples);
  for (std::int64_t start = 0; start < samples.size(); start += kForwardBatch) {
    const std::int64_t end = std::min(start + kForwardBatch, samples.size());
    const FeatureBank bank = Bank(learner, Slice(samples, start, end), may_stop, change);
    const Session::Phase phase(session_, "evaluate");
    tally.Add(AmongCandidates(classifier.Scores(bank.features), bank.candidates), bank.labels);
    session_.Show("evaluate", end, samples.size(), "images");
  }
  return tally.Finish();
}

Judgement CellLab::Judge(Learner& learner, const Samples& samples, const BatchChange& change) {
  return JudgementFromJson(Stage("judge", learner.name(), [&](const std::string&) {
    return ToJson(JudgeNow(learner, samples, true, change));
  }));
}

void CellLab::Remember(Learner& learner, const Samples& samples) {
  constexpr std::int64_t kMost = std::int64_t{2} << 30;
  const std::int64_t bytes = samples.size() * learner.feature_count() * 4;
  if (samples.size() == 0 || bytes > kMost) return;
  Remembered remembered{.images = samples.images};
  for (std::size_t row = 0; row < samples.index.size(); ++row)
    remembered.row_of.emplace(samples.index[row], static_cast<std::int64_t>(row));
  Expect(learner, samples);
  remembered.features = Bank(learner, samples, true).features;
  for (Member& member : members_)
    if (member.learner.get() == &learner) member.remembered.push_back(std::move(remembered));
}

at::Tensor CellLab::Recalled(const Learner& learner, const Samples& samples) const {
  for (const Remembered& remembered : MemberOf(learner).remembered) {
    if (remembered.images != samples.images) continue;
    std::vector<std::int64_t> rows;
    for (const std::int64_t place : samples.index) {
      const auto row = remembered.row_of.find(place);
      if (row == remembered.row_of.end()) break;
      rows.push_back(row->second);
    }
    if (rows.size() == samples.index.size())
      return remembered.features.index_select(0, at::tensor(rows, at::kLong).to(device_));
  }
  return {};
}

void CellLab::Forget(const Learner& learner) {
  for (Member& member : members_)
    if (member.learner.get() == &learner) member.remembered.clear();
}

at::Tensor CellLab::Features(Learner& learner, const Samples& samples) {
  Expect(learner, samples);
  return Bank(learner, samples, false).features.cpu();
}

void CellLab::Show(const Learner& learner, const Samples& samples,
                   const std::function<void(const Batch&)>& to) {
  const at::NoGradGuard no_gradients;
  if (samples.size() > 0) samples.images->Expect(samples.index);
  for (std::int64_t start = 0; start < samples.size(); start += kForwardBatch) {
    const std::int64_t end = std::min(start + kForwardBatch, samples.size());
    Batch batch;
    {
      const Session::Phase phase(session_, "data");
      batch = LoaderOf(learner).LoadRange(samples, start, end);
    }
    const Session::Phase phase(session_, "evaluate");
    to(batch);
    session_.Show("evaluate", end, samples.size(), "images");
  }
}

at::Tensor CellLab::Images(const Learner& learner, const Samples& samples) {
  const Session::Phase phase(session_, "data");
  return LoaderOf(learner).LoadRange(samples, 0, samples.size()).images;
}

Snapshot CellLab::KeptNetwork() {
  Snapshot snapshot;
  StateSaver saver(snapshot);
  for (const char* part : {"network", "rule"}) {
    ScopedVisitor scoped(saver, part);
    members_.front().learner->VisitPart(part, scoped);
  }
  return snapshot;
}

void CellLab::TakeNetwork(Learner& learner, const Snapshot& kept, bool rule) {
  Snapshot own;
  StateSaver saver(own);
  ScopedVisitor network(saver, "network");
  learner.VisitPart("network", network);
  Snapshot taken = kept;
  for (const auto& [name, tensor] : own.tensors) {
    const auto found = taken.tensors.find(name);
    const bool fits = found != taken.tensors.end() && found->second.sizes() == tensor.sizes();
    if (!fits && name.rfind("network.head.", 0) != 0)
      throw InputError(
          fmt::format("the network that is kept is another: {} has {} there and {} here. Give the "
                      "settings of the "
                      "cell that kept it (network, width, images' size), or start without --init.",
                      name.substr(name.find('.') + 1),
                      found == taken.tensors.end()
                          ? "nothing"
                          : fmt::format("[{}]", fmt::join(found->second.sizes(), ", ")),
                      fmt::format("[{}]", fmt::join(tensor.sizes(), ", "))));
    if (!fits) taken.tensors[name] = tensor;
  }
  StateLoader loader(taken, device_);
  ScopedVisitor into_network(loader, "network");
  learner.VisitPart("network", into_network);
  if (!rule) return;
  ScopedVisitor into_rule(loader, "rule");
  learner.VisitPart("rule", into_rule);
}

std::map<std::string, std::int64_t> CellLab::StateBytes() {
  std::map<std::string, std::int64_t> bytes;
  for (const Member& member : members_) {
    for (const char* part : {"network", "rule", "readout", "strategy"}) {
      StateCounter counter;
      member.learner->VisitPart(part, counter);
      bytes[part] += counter.bytes();
    }
    bytes["strategy"] += member.learner->strategy().remembered_bytes();
  }
  return bytes;
}

}  // namespace plasticity
