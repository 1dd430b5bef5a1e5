#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "suite/learner.h"
#include "suite/samples.h"
#include "suite/streams.h"

namespace plasticity {

/// How long a learner learns: exactly one of these.
struct Budget {
  std::int64_t epochs = 0;   ///< passes over the samples; 0: another measure counts
  std::int64_t samples = 0;  ///< images, repeats counted
  std::int64_t steps = 0;    ///< batches; 0: another measure counts
  double seconds = 0;        ///< turned into steps once, from timed steps, and kept

  /// So many passes over the samples.
  static Budget Epochs(std::int64_t epochs) { return {.epochs = epochs}; }
  /// So many images, repeats counted.
  static Budget Samples(std::int64_t samples) { return {.samples = samples}; }
  /// So many batches.
  static Budget Steps(std::int64_t steps) { return {.steps = steps}; }
  /// So many seconds, turned into steps once.
  static Budget Seconds(double seconds) { return {.seconds = seconds}; }
  /// As many passes over `chosen` images as this is over `meant` ones; steps and seconds stay.
  Budget For(std::int64_t meant, std::int64_t chosen) const {
    Budget budget = *this;
    if (samples > 0 && meant > 0) budget.samples = samples * chosen / meant;
    return budget;
  }
};

/// A data set as a task sees it.
struct Splits {
  std::shared_ptr<const Dataset> set;  ///< the data set that they are of
  Samples train;                       ///< what is learned from
  Samples validation;  ///< the last images of the training split, by index; may be empty
  Samples test;        ///< empty in a cell that tunes
  Samples unlabelled;  ///< further images to learn from, each of label -1; empty where the set has
                       ///< none. Lab::LearnedFrom says who learns from them
  /// How many classes there are.
  std::int64_t classes() const { return set->classes(); }
};

/// What a learner starts from, beyond what the cell asks for.
struct Start {
  nlohmann::json rule;    ///< {"name": .., "params": {..}}: another rule than the cell's; null: the
                          ///< cell's. One that trains the network's head gets a readout beside it,
                          ///< another the cell's.
  Learner* of = nullptr;  ///< a learner whose blocks' weights, and whose rule's state where it is
                          ///< the same rule, are copied as they stand; its head too, for the same
                          ///< data set
  std::int64_t classes = 0;  ///< how many classes scores choose among; 0: the data set's
  bool online = false;       ///< Learner::ClassifyFirst
};

/// What a learner is shown in the place of a batch's images: normalised [n, c, h, w].
using BatchChange = std::function<at::Tensor(const Batch&)>;

/// Looks at a training from outside.
struct Watch {
  std::vector<double> shares;  ///< when: shares of the training's steps, 0 to 1, ascending
  std::function<nlohmann::json(double share)> look;  ///< gives what is to be kept of a look
};

/// Something beside a learner that a task trains, such as a decoder of what the learner sees.
class Trainable {
 public:
  virtual ~Trainable() = default;
  /// Takes one step on a batch and gives its loss, a scalar.
  virtual at::Tensor Step(const Batch& batch, const Progress& progress) = 0;
  /// All that a stopped run must find again.
  virtual void Visit(StateVisitor& visitor) = 0;
};

/// The samples whose confidence lies in one of equal bins.
struct ConfidenceBin {
  std::int64_t count = 0;  ///< how many there are
  std::int64_t right = 0;  ///< how many of them are classified right
  double confidence = 0;   ///< the sum of their confidences
};

/// What one pass over labelled samples finds.
struct Judgement {
  std::int64_t count = 0;          ///< how many images were judged
  std::int64_t right = 0;          ///< the highest score is the label's; of equal scores the first
                                   ///< counts
  std::int64_t right_of_top5 = 0;  ///< the label's is among the five highest
  double guessed = 0;              ///< how many guessing one of each image's candidates gets right
  double guessed_of_top5 = 0;      ///< likewise, guessing five of them
  std::optional<double> calibration_error;  ///< expected, over 15 equal bins of the softmax's
                                            ///< confidence (Guo et al. 2017); absent where scores
                                            ///< are no logits
  std::vector<std::vector<std::int64_t>> confusion;  ///< [classes][classes], label by predicted
  std::vector<ConfidenceBin>
      bins;                    ///< from no confidence to full; empty where scores are no logits
  std::vector<int> predicted;  ///< [count]
  std::vector<bool> hits;      ///< [count], predicted the label

  /// Fractions; nothing where no sample was judged.
  std::optional<double> accuracy() const;
  /// Likewise, of right_of_top5.
  std::optional<double> top5() const;
  /// What guessing gives for accuracy(); nothing where there is nothing to guess.
  std::optional<double> chance() const;
  /// Likewise, for top5().
  std::optional<double> chance_of_top5() const;
  /// Likewise, of the images of each class: [classes]; nothing for a class without images.
  std::vector<std::optional<double>> accuracy_by_class() const;
};

/// What a task hands to the Result. Writing the same again changes nothing, so that a resumed
/// script may.
class Recorder {
 public:
  virtual ~Recorder() = default;
  /// A metric that the task declares; a value that cannot be had is absent and has a reason.
  /// `chance` is what guessing gives, where that means something: a judgement knows it.
  virtual void Metric(const std::string& name, std::optional<double> value,
                      const std::string& reason = "", std::optional<double> chance = {}) = 0;
  /// Raw numbers with named axes, outermost first; `values` are nested lists as deep as the axes.
  virtual void Record(const std::string& name, const std::vector<std::string>& axes,
                      const std::string& unit, nlohmann::json values) = 0;
  /// Confusion, per-image predictions, "accuracy.SPLIT", "accuracy.top5.SPLIT" and
  /// "calibration.SPLIT" of a judgement; `reason` stands for values that an empty one has not.
  virtual void Judged(const std::string& split, const Judgement& judgement,
                      const std::string& reason) = 0;
  /// A file of the Result's own, such as a PNG.
  virtual void Artifact(const std::string& name, const std::string& bytes,
                        const std::string& extension, const std::string& media_type) = 0;
};

/// Where a task works: it opens data, makes learners, has them learn and be judged. Every call that
/// changes a learner, and every judgement, is a stage, done once in a cell's life: when a stopped
/// cell goes on, its script runs again from the top, finished stages answer from the checkpoint,
/// and the open one goes on where it was.
class Lab {
 public:
  virtual ~Lab() = default;

  /// The cell's data set, with the last `validation_images` of the training split set aside.
  /// Throws InputError where that leaves none.
  virtual Splits Open(std::int64_t validation_images) = 0;
  /// A second data set, by name, its images brought to the size and channels of `like`'s.
  virtual Splits Open(const std::string& name, std::int64_t validation_images,
                      const Splits& like) = 0;

  /// A learner for images and classes of `data`: the one that the cell asks for, or what `start`
  /// says instead. `name` tells it from the cell's others. Fine-tuning is {.rule = backprop, .of =
  /// learner}. Throws InputError where another rule is to go on with a learner that does not read
  /// its features from the network.
  virtual Learner& NewLearner(const std::string& name, const Splits& data,
                              const Start& start = {}) = 0;

  /// What the learner learns from of a data set: the training images, and with them the unlabelled
  /// ones where nothing of it asks for labels as it learns, neither its rule nor a readout beside
  /// it. The Result says how many those are. A learner that uses labels, a readout that is fitted
  /// and a judgement are never to see them: the calls below throw RunError for an image without.
  virtual Samples LearnedFrom(const Learner& learner, const Splits& data) = 0;
  /// The learner learns from the samples; with a readout beside the rule, `validation` is judged
  /// after each epoch (curve "accuracy.validation").
  virtual void Train(Learner& learner, const Samples& samples, const Budget& budget,
                     const Samples& validation = {}) = 0;
  /// The learner learns from what its strategy chooses of `now`, an experience of `all`, and a
  /// readout that learns after the rule goes on from there. What `watch` saw is given back.
  virtual nlohmann::json Train(Learner& learner, const Experience& now, const Experiences& all,
                               const Budget& budget, const Watch& watch = {}) = 0;
  /// The learner learns from the samples and is looked at meanwhile: what the looks gave, in order.
  /// A look must leave the learner as it is.
  virtual nlohmann::json Train(Learner& learner, const Samples& samples, const Budget& budget,
                               const Watch& watch) = 0;
  /// `trainable`, called `name`, which must live as long as the lab, goes over the samples, loaded
  /// as for the learner (curve "NAME.loss.readout").
  virtual void Train(const std::string& name, Trainable& trainable, const Learner& learner,
                     const Samples& samples, const Passes& passes) = 0;
  /// The learner's readout forgets and is fitted on these samples' features, the network frozen.
  /// Does nothing for a readout that learns beside the rule.
  virtual void Fit(Learner& learner, const Samples& samples) = 0;
  /// Classifies the samples, among their candidates; with `change`, what it makes of them.
  virtual Judgement Judge(Learner& learner, const Samples& samples,
                          const BatchChange& change = {}) = 0;
  /// Fits a fresh readout, {"name": .., "params": {..}}, on the features of `samples` and judges
  /// `asked` by it; the learner stays as it is. Throws InputError for a readout that is not fitted
  /// in closed form.
  virtual Judgement Probe(Learner& learner, const nlohmann::json& readout, const Samples& samples,
                          const Samples& asked) = 0;
  /// Keeps the samples' features at hand until the learner learns again, for a task that fits or
  /// judges on the same images time and again; changes no number. Does nothing where they would
  /// take more than 2 GiB.
  virtual void Remember(Learner& learner, const Samples& samples) = 0;
  /// What a readout gets for the samples: [size, count] float32 on the CPU, in evaluation mode.
  virtual at::Tensor Features(Learner& learner, const Samples& samples) = 0;
  /// Shows the samples, in parts small enough for memory, loaded as for the learner.
  virtual void Show(const Learner& learner, const Samples& samples,
                    const std::function<void(const Batch&)>& to) = 0;
  /// The samples' images [n, c, h, w], normalised.
  virtual at::Tensor Images(const Learner& learner, const Samples& samples) = 0;

  /// Does `work` once in the cell's life and gives what it returned ever after. Judgements in it
  /// are part of it, so that of a long stream's no more is kept than what it returns.
  virtual nlohmann::json Once(const std::string& stage,
                              const std::function<nlohmann::json()>& work) = 0;

  /// The cell's random streams.
  virtual const Streams& streams() const = 0;
  /// Where metrics and records go.
  virtual Recorder& record() = 0;
};

}  // namespace plasticity
