#include "suite/engine/tally.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "suite/engine/session.h"

namespace plasticity {
namespace {

// The bin of a confidence: edges belong to the bin below (Guo et al. 2017's code).
std::size_t BinOf(double confidence, std::size_t bins) {
  const double bin = std::ceil(confidence * static_cast<double>(bins)) - 1;
  return static_cast<std::size_t>(std::clamp(bin, 0.0, static_cast<double>(bins - 1)));
}

std::optional<double> Share(std::int64_t part, std::int64_t whole) {
  if (whole == 0) return std::nullopt;
  return static_cast<double>(part) / static_cast<double>(whole);
}

std::optional<double> Chance(double guessed, std::int64_t count) {
  const double share = count == 0 ? 1 : guessed / static_cast<double>(count);
  return share < 1 ? std::optional(share) : std::nullopt;
}

}  // namespace

std::optional<double> Judgement::accuracy() const { return Share(right, count); }
std::optional<double> Judgement::top5() const { return Share(right_of_top5, count); }
std::optional<double> Judgement::chance() const { return Chance(guessed, count); }
std::optional<double> Judgement::chance_of_top5() const { return Chance(guessed_of_top5, count); }

std::vector<std::optional<double>> Judgement::accuracy_by_class() const {
  std::vector<std::optional<double>> accuracies;
  for (std::size_t label = 0; label < confusion.size(); ++label) {
    std::int64_t images = 0;
    for (const std::int64_t predicted_as : confusion[label]) images += predicted_as;
    accuracies.push_back(Share(confusion[label][label], images));
  }
  return accuracies;
}

void Tally::Add(const at::Tensor& scores, const at::Tensor& labels) {
  if (scores.isnan().any().item<bool>() ||
      scores.eq(std::numeric_limits<float>::infinity()).any().item<bool>() ||
      scores.isinf().all(1).any().item<bool>()) {
    throw Diverged("the readout's scores are not finite");
  }
  if (judgement_.confusion.empty()) {
    judgement_.confusion.assign(static_cast<std::size_t>(classes_),
                                std::vector<std::int64_t>(static_cast<std::size_t>(classes_)));
  }
  const std::int64_t top = std::min<std::int64_t>(5, classes_);
  const at::Tensor predicted = scores.argmax(1).cpu();  // [n]; of equals the first
  const at::Tensor ranked =
      std::get<1>(scores.sort(true, 1, true)).slice(1, 0, top).contiguous().cpu();  // [n, top]
  const at::Tensor confidence =
      std::get<0>(at::softmax(scores, 1).max(1)).to(at::kDouble).cpu();  // [n]
  const at::Tensor among = scores.isinf().logical_not().sum(1).cpu();    // [n]
  const at::Tensor truth = labels.cpu();
  const auto* guess = predicted.const_data_ptr<std::int64_t>();
  const auto* label = truth.const_data_ptr<std::int64_t>();
  const auto* candidates = among.const_data_ptr<std::int64_t>();
  const auto* order = ranked.const_data_ptr<std::int64_t>();
  for (std::int64_t i = 0; i < labels.size(0); ++i) {
    const bool hit = guess[i] == label[i];
    ++judgement_.count;
    judgement_.right += hit;
    judgement_.right_of_top5 +=
        std::find(order + i * top, order + (i + 1) * top, label[i]) != order + (i + 1) * top;
    judgement_.guessed += 1.0 / static_cast<double>(candidates[i]);
    judgement_.guessed_of_top5 += std::min(1.0, 5.0 / static_cast<double>(candidates[i]));
    ++judgement_.confusion[static_cast<std::size_t>(label[i])][static_cast<std::size_t>(guess[i])];
    judgement_.predicted.push_back(static_cast<int>(guess[i]));
    judgement_.hits.push_back(hit);
    const double sure = confidence.const_data_ptr<double>()[i];
    ConfidenceBin& bin = bins_[BinOf(sure, bins_.size())];
    ++bin.count;
    bin.right += hit;
    bin.confidence += sure;
  }
}

Judgement Tally::Finish() const {
  Judgement judgement = judgement_;
  if (!logits_ || judgement.count == 0) return judgement;
  double error = 0;
  for (const ConfidenceBin& bin : bins_)
    error += std::abs(bin.confidence - static_cast<double>(bin.right));
  judgement.calibration_error = error / static_cast<double>(judgement.count);
  judgement.bins = bins_;
  return judgement;
}

nlohmann::json ToJson(const Judgement& judgement) {
  nlohmann::json json = {{"count", judgement.count},
                         {"right", judgement.right},
                         {"right_of_top5", judgement.right_of_top5},
                         {"guessed", judgement.guessed},
                         {"guessed_of_top5", judgement.guessed_of_top5},
                         {"confusion", judgement.confusion},
                         {"predicted", judgement.predicted},
                         {"hits", judgement.hits}};
  if (judgement.calibration_error) json["calibration_error"] = *judgement.calibration_error;
  for (const ConfidenceBin& bin : judgement.bins)
    json["bins"].push_back({bin.count, bin.right, bin.confidence});
  return json;
}

Judgement JudgementFromJson(const nlohmann::json& json) {
  Judgement judgement;
  json.at("count").get_to(judgement.count);
  json.at("right").get_to(judgement.right);
  json.at("right_of_top5").get_to(judgement.right_of_top5);
  // A checkpoint from before these were counted tells of no chance.
  judgement.guessed = json.value("guessed", static_cast<double>(judgement.count));
  judgement.guessed_of_top5 = json.value("guessed_of_top5", static_cast<double>(judgement.count));
  json.at("confusion").get_to(judgement.confusion);
  json.at("predicted").get_to(judgement.predicted);
  json.at("hits").get_to(judgement.hits);
  for (const nlohmann::json& bin : json.value("bins", nlohmann::json::array()))
    judgement.bins.push_back({bin[0], bin[1], bin[2]});
  if (json.contains("calibration_error"))
    judgement.calibration_error = json.at("calibration_error").get<double>();
  return judgement;
}

}  // namespace plasticity
