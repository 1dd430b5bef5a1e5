#pragma once

#include <memory>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "suite/engine/cell.h"
#include "suite/engine/loader.h"
#include "suite/engine/session.h"
#include "suite/engine/trainer.h"
#include "suite/lab.h"
#include "suite/task.h"

namespace plasticity {

/// The lab of one cell: makes what its request describes, runs every stage through the one trainer,
/// and writes into the session's Result.
class CellLab : public Lab {
 public:
  /// Artifacts go to `results`; where that is empty, as in an estimate, nowhere.
  CellLab(const Cell& cell, at::Device device, Session& session, std::filesystem::path results);
  ~CellLab() override;

  Splits Open(std::int64_t validation_images) override;
  Splits Open(const std::string& name, std::int64_t validation_images, const Splits& like) override;
  Learner& NewLearner(const std::string& name, const Splits& data, const Start& start) override;
  Samples LearnedFrom(const Learner& learner, const Splits& data) override;
  void Train(Learner& learner, const Samples& samples, const Budget& budget,
             const Samples& validation = {}) override;
  nlohmann::json Train(Learner& learner, const Experience& now, const Experiences& all,
                       const Budget& budget, const Watch& watch = {}) override;
  nlohmann::json Train(Learner& learner, const Samples& samples, const Budget& budget,
                       const Watch& watch) override;
  void Train(const std::string& name, Trainable& trainable, const Learner& learner,
             const Samples& samples, const Passes& passes) override;
  void Fit(Learner& learner, const Samples& samples) override;
  Judgement Judge(Learner& learner, const Samples& samples,
                  const BatchChange& change = {}) override;
  Judgement Probe(Learner& learner, const nlohmann::json& readout, const Samples& samples,
                  const Samples& asked) override;
  void Remember(Learner& learner, const Samples& samples) override;
  at::Tensor Features(Learner& learner, const Samples& samples) override;
  void Show(const Learner& learner, const Samples& samples,
            const std::function<void(const Batch&)>& to) override;
  at::Tensor Images(const Learner& learner, const Samples& samples) override;
  nlohmann::json Once(const std::string& stage,
                      const std::function<nlohmann::json()>& work) override;
  const Streams& streams() const override { return streams_; }
  Recorder& record() override;

  /// The first learner's network and rule, as they stand.
  Snapshot KeptNetwork();
  /// Fills a learner's network, and its rule's state where `rule` says so, from what another cell
  /// kept; a head for other classes stays. Throws InputError where it is another network.
  void TakeNetwork(Learner& learner, const Snapshot& kept, bool rule);

  /// The cell's task.
  Task& task() { return *task_; }
  /// Bytes of the learners' state by part, "network", "rule", "readout" and "strategy".
  std::map<std::string, std::int64_t> StateBytes();

 protected:
  /// Does a stage's work unless it was done in the cell's life before; `work` gets its name.
  nlohmann::json Stage(const std::string& kind, const std::string& of,
                       const std::function<nlohmann::json(const std::string&)>& work);
  /// Frozen features of the samples, in parts small enough for memory. `may_stop`: the state is
  /// complete, so that a checkpoint may be written in between.
  FeatureBank Bank(Learner& learner, const Samples& samples, bool may_stop,
                   const BatchChange& change = {});
  /// Says that features of these samples are taken next, in their order.
  void Expect(const Learner& learner, const Samples& samples) const;
  Judgement JudgeNow(Learner& learner, const Samples& samples, bool may_stop,
                     const BatchChange& change = {});
  /// Seconds that a step of such a learner takes, from a few steps of one that is made for it.
  double SecondsPerStep(const Learner& learner, const Samples& samples);
  /// What a readout that learns after the rule is fitted on at the end of an experience of which
  /// the rule learned `chosen`.
  static Samples ForReadout(Learner& learner, const Experience& now, const Samples& chosen);
  /// What the learner's strategy may look at.
  Surroundings SurroundingsOf(const Learner& learner, const Experience& now,
                              const Experiences& all) const;
  const Loader& LoaderOf(const Learner& learner) const { return *MemberOf(learner).loader; }
  Session& session() { return session_; }
  at::Device device() const { return device_; }

 private:
  // Features of images of one source.
  struct Remembered {
    std::shared_ptr<const ImageSource> images;
    std::unordered_map<std::int64_t, std::int64_t> row_of;  // by place in the source
    at::Tensor features;
  };
  struct Member {
    std::unique_ptr<Learner> learner;
    std::shared_ptr<const Loader> loader;
    std::shared_ptr<const Dataset> data;
    std::int64_t classes;
    std::function<LearnerParts()> parts;  // makes the like of it anew
    std::vector<Remembered> remembered;
  };
  class ResultRecorder;

  // The splits of `set`, which a message calls `name`.
  Splits SplitsOf(const std::shared_ptr<const Dataset>& set, const std::string& name,
                  std::int64_t validation_images) const;
  /// The parts of a learner for images and classes of `set`, by a rule and a readout, each {"name":
  /// .., "params": {..}}.
  LearnerParts MakeParts(const Dataset& set, std::int64_t classes,
                         const nlohmann::json& rule) const;
  const Member& MemberOf(const Learner& learner) const;
  // Does work that is one stage, whatever stages it asks for.
  nlohmann::json Within(const std::function<nlohmann::json()>& work);
  // The samples' features where they are remembered, else undefined.
  at::Tensor Recalled(const Learner& learner, const Samples& samples) const;
  void Forget(const Learner& learner);
  // The features of samples that each have a label, which `who` needs.
  FeatureBank LabelledBank(Learner& learner, const Samples& samples, const std::string& who);
  // What happens to the readout that learns after the rule, on these samples' features.
  void FitNow(Learner& learner, const Samples& samples, const std::string& stage);
  Budget InSteps(const std::string& stage, const Learner& learner, const Samples& samples,
                 const Budget& budget);

  const Cell& cell_;
  at::Device device_;
  Session& session_;
  Streams streams_;
  std::unique_ptr<Task> task_;
  std::unique_ptr<ResultRecorder> recorder_;
  Trainer trainer_;
  std::vector<Member> members_;
  int stages_ = 0;
  bool within_ = false;  // a stage's own work, or a look
};

}  // namespace plasticity
