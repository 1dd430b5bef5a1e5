#pragma once

#include <ATen/core/Tensor.h>

#include <nlohmann/json.hpp>

#include "suite/lab.h"

namespace plasticity {

/// Counts right answers, confusion and calibration of scores as they come, batch by batch.
class Tally {
 public:
  Tally(std::int64_t classes, bool logits, int bins = 15)
      : classes_(classes), logits_(logits), bins_(static_cast<std::size_t>(bins)) {}

  /// scores [n, classes], minus infinity where a class is no candidate; labels [n]. Throws
  /// Diverged where a candidate's score is not finite.
  void Add(const at::Tensor& scores, const at::Tensor& labels);
  Judgement Finish() const;

 private:
  std::int64_t classes_;
  bool logits_;
  Judgement judgement_;
  std::vector<ConfidenceBin> bins_;
};

/// A judgement as a checkpoint keeps it.
nlohmann::json ToJson(const Judgement& judgement);
Judgement JudgementFromJson(const nlohmann::json& json);

}  // namespace plasticity
