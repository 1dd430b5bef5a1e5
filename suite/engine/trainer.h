#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "suite/batch.h"
#include "suite/engine/loader.h"
#include "suite/engine/session.h"
#include "suite/engine/step_replay.h"
#include "suite/lab.h"
#include "suite/learner.h"
#include "suite/readout.h"
#include "suite/streams.h"

namespace plasticity {

/// How examples become batches: whole epochs, the last of them possibly cut short.
struct Schedule {
  std::int64_t examples = 0;
  std::int64_t batch_size = 1;
  std::int64_t epochs = 0;
  std::int64_t steps = 0;
  std::int64_t last = 0;  ///< examples of the last epoch

  /// Throws RunError for a budget in seconds, which must be turned into steps before.
  static Schedule Of(std::int64_t examples, std::int64_t batch_size, const Budget& budget);

  std::int64_t per_epoch() const { return (examples + batch_size - 1) / batch_size; }
  std::int64_t in_epoch(std::int64_t epoch) const { return epoch == epochs - 1 ? last : examples; }
};

/// What the trainer drives: something that learns from examples by steps.
class Trainee {
 public:
  /// One step's losses, scalars; undefined where there is none.
  struct Losses {
    at::Tensor rule;
    at::Tensor readout;
    bool looked = true;  ///< whether the examples counted
  };

  virtual ~Trainee() = default;
  /// "learn" or "readout": names its time.
  virtual const char* phase() const = 0;
  /// Names the streams that its order comes from.
  virtual const char* order() const = 0;
  /// What the names of its curves begin with.
  virtual std::string prefix() const { return ""; }
  virtual std::int64_t smallest_batch() const { return 1; }
  /// The examples at `positions` come next, in this order.
  virtual void Expect(const std::int64_t* /*positions*/, std::int64_t /*count*/) {}
  /// One step on the examples at `positions`.
  virtual Losses Step(const std::int64_t* positions, std::int64_t count,
                      const Progress& progress) = 0;
  /// What else a curve follows, once an epoch.
  virtual nlohmann::json Monitor() { return nlohmann::json::object(); }
  /// The mean size of each block's weights: not finite where they are not.
  virtual std::vector<double> WeightSizes() { return {}; }
};

/// A learner on samples.
class LearnerTrainee final : public Trainee {
 public:
  /// `validate` gives the validation accuracy after an epoch; empty: nobody asks.
  LearnerTrainee(Session& session, const Loader& loader, Learner& learner, const Samples& samples,
                 std::function<double()> validate);
  const char* phase() const override { return "learn"; }
  const char* order() const override { return "order"; }
  std::string prefix() const override;
  std::int64_t smallest_batch() const override;
  void Expect(const std::int64_t* positions, std::int64_t count) override {
    loader_.Expect(samples_, positions, count);
  }
  Losses Step(const std::int64_t* positions, std::int64_t count, const Progress& progress) override;
  nlohmann::json Monitor() override;
  std::vector<double> WeightSizes() override;

 private:
  Session& session_;
  const Loader& loader_;
  Learner& learner_;
  const Samples& samples_;
  std::function<double()> validate_;
  StepReplay replay_;
  bool told_ = false;  // that steps are not replayed
};

/// A readout on frozen features.
class ReadoutTrainee final : public Trainee {
 public:
  ReadoutTrainee(Session& session, Readout& readout, const FeatureBank& bank)
      : session_(session), readout_(readout), bank_(bank) {}
  const char* phase() const override { return "readout"; }
  const char* order() const override { return "readout.order"; }
  Losses Step(const std::int64_t* positions, std::int64_t count, const Progress& progress) override;

 private:
  Session& session_;
  Readout& readout_;
  const FeatureBank& bank_;
};

/// Something of a task's own on samples, loaded as for a learner.
class TrainableTrainee final : public Trainee {
 public:
  TrainableTrainee(Session& session, const Loader& loader, std::string name, Trainable& trainable,
                   const Samples& samples);
  const char* phase() const override { return "readout"; }
  const char* order() const override { return "trainable.order"; }
  std::string prefix() const override { return name_ + "."; }
  void Expect(const std::int64_t* positions, std::int64_t count) override {
    loader_.Expect(samples_, positions, count);
  }
  Losses Step(const std::int64_t* positions, std::int64_t count, const Progress& progress) override;

 private:
  Session& session_;
  const Loader& loader_;
  std::string name_;
  Trainable& trainable_;
  const Samples& samples_;
};

/// The one loop in which anything learns: orders examples, cuts batches, takes steps, follows the
/// losses, notices divergence, and goes on in mid-epoch where a checkpoint left it.
class Trainer {
 public:
  Trainer(Session& session, const Streams& streams);

  /// Trains as `schedule` says. `stage` names the training among the cell's. Losses become curves
  /// ("loss.rule", "loss.readout", one value an epoch). Throws Diverged, with the records
  /// "divergence.*" that show how it came.
  void Run(const std::string& stage, Trainee& trainee, const Schedule& schedule) {
    Run(stage, trainee, schedule, schedule.steps);
  }
  /// The same up to step `until`, where the stage is left open unless that is its end.
  void Run(const std::string& stage, Trainee& trainee, const Schedule& schedule,
           std::int64_t until);
  void Visit(StateVisitor& visitor);
  /// The stage that a checkpoint left open; "" for none.
  const std::string& open_stage() const { return stage_; }

 private:
  // A sum of a loss over images, kept on the device.
  struct Sum {
    at::Tensor total;  // scalar float64; undefined until there is a loss
    void Add(const at::Tensor& loss, std::int64_t count);
    double Value() const;  // waits for the device
  };
  // How far draws are, so that no training repeats another's.
  struct Draws {
    std::uint64_t steps = 0;
    std::uint64_t epochs = 0;
  };

  // How many steps were taken in the cell's life, with that under way.
  std::int64_t StepOfLife() const;
  void StartEpoch();
  void EndEpoch(Trainee& trainee);
  void LookWhetherFinite(Trainee& trainee);
  void AppendToCurve(const std::string& name, const std::string& unit, const nlohmann::json& value);
  [[noreturn]] void Diverge();

  Session& session_;
  const Streams& streams_;
  std::map<std::string, Draws> draws_;  // by order()
  std::string stage_;                   // the open one
  std::int64_t step_ = 0;
  std::int64_t images_ = 0;  // of the epoch
  Sum rule_loss_;            // over the epoch
  Sum readout_loss_;
  nlohmann::json trail_ = nlohmann::json::array();  // the last looks: [step, loss, sizes...]
};

}  // namespace plasticity
