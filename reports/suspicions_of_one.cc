// What makes one Result hard to believe by what it holds itself.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>

#include "reports/statistics/distributions.h"
#include "reports/statistics/summary.h"
#include "reports/stream_matrix.h"
#include "reports/suspicions.h"
#include "reports/words.h"
#include "suite/base/text.h"

namespace plasticity {
namespace {

using nlohmann::json;

constexpr double kLevel = 1e-4;      // chance of a flag where all is well, a test
constexpr std::int64_t kMany = 100;  // images of which not all are right by chance
constexpr std::string_view kAccuracy = "accuracy.";

// The value of a metric that is a share of images, if there is one.
std::optional<double> ShareOf(const Result& result, const std::string& name) {
  const auto found = result.metrics.find(name);
  if (found == result.metrics.end() || found->second.unit != "fraction") return std::nullopt;
  return found->second.value;
}

std::optional<std::int64_t> Integer(const json& object, const char* key) {
  if (!object.is_object() || !object.contains(key) || !object[key].is_number_integer())
    return std::nullopt;
  return object[key].get<std::int64_t>();
}

json SplitSizes(const Result& result) { return result.dataset.value("split_sizes", json()); }

// How many images of a split were classified: as many as were answered, else all.
std::int64_t ImagesOf(const Result& result, const std::string& split) {
  const auto found = result.predictions.find(split);
  if (found != result.predictions.end()) return static_cast<std::int64_t>(found->second.size());
  return Integer(SplitSizes(result), split.c_str()).value_or(0);
}

std::string Percent(double share) { return fmt::format("{:.2f} %", 100 * share); }

std::string ImpossibleAccuracy(const Result& result) {
  for (const auto& [name, metric] : result.metrics) {
    if (!name.starts_with(kAccuracy)) continue;
    const std::optional<double> share = ShareOf(result, name);
    if (!share) continue;
    if (*share < 0 || *share > 1)
      return fmt::format("{} is {:g}, and a share lies between 0 and 1", name, *share);
    const std::int64_t images = ImagesOf(result, name.substr(kAccuracy.size()));
    if (*share == 1 && images >= kMany)
      return fmt::format("{}: not one of {} images is wrong", name, Grouped(images));
  }
  return "";
}

// The images on the diagonal and in all of a confusion matrix; nothing of another record.
std::optional<std::pair<double, double>> DiagonalAndAll(const Record& confusion) {
  if (confusion.axes.size() != 2) return std::nullopt;
  std::pair<double, double> sums;
  const std::vector<double> images = confusion.values.flat();
  const std::size_t labels = confusion.values.size();
  if (labels == 0 || images.size() != labels * labels) return std::nullopt;
  const auto known = [](double count) { return std::isfinite(count) ? count : 0; };
  for (const double count : images) sums.second += known(count);
  for (std::size_t i = 0; i < images.size(); i += labels + 1) sums.first += known(images[i]);
  return sums;
}

// A metric that is not what the answers that are kept with it give.
std::string ContradictsItsAnswers(const Result& result) {
  for (const auto& [split, answers] : result.predictions) {
    if (answers.size() == 0) continue;
    const auto images = static_cast<double>(answers.size());
    const auto right = static_cast<double>(answers.right());
    const std::optional<double> share = ShareOf(result, std::string(kAccuracy) + split);
    if (share && std::abs(*share * images - right) > 0.5)
      return fmt::format("accuracy.{} is {}, but {} of the answers kept are right", split,
                         Percent(*share), Percent(right / images));
    const auto confusion = result.records.find("confusion." + split);
    if (confusion == result.records.end()) continue;
    const auto sums = DiagonalAndAll(confusion->second);
    if (sums && (sums->first != right || sums->second != images))
      return fmt::format("confusion.{} has {} of {} images right, the answers kept {} of {}", split,
                         sums->first, sums->second, right, images);
  }
  return "";
}

std::string SelectedOnTest(const Result& result) {
  for (const char* key : {"split", "metric"}) {
    const std::string chosen_by = TextAt(result.selection, {key});
    if (chosen_by == "test" || chosen_by.ends_with(".test"))
      return "what was tested was chosen by its test images (selection." + std::string(key) + ")";
  }
  return "";
}

// Whoever chooses by test images reaches more on them than on others (one-sided, two shares).
std::string TestFarAboveValidation(const Result& result) {
  constexpr double kEffect = 0.02;
  const auto test = ShareOf(result, "accuracy.test");
  const auto validation = ShareOf(result, "accuracy.validation");
  const auto n = static_cast<double>(ImagesOf(result, "test"));
  const auto m = static_cast<double>(ImagesOf(result, "validation"));
  if (!test || !validation || n == 0 || m == 0 || *test - *validation < kEffect) return "";
  const double pooled = (*test * n + *validation * m) / (n + m);
  const double error = std::sqrt(pooled * (1 - pooled) * (1 / n + 1 / m));
  if (error > 0 && NormalTail((*test - *validation) / error) > kLevel) return "";
  return fmt::format(
      "{} on test images and {} on validation images: were the first chosen by, or learned?",
      Percent(*test), Percent(*validation));
}

// The images that a task's parameters ask the rule to learn from at least. Tasks that keep classes
// from the rule have fewer than all in an epoch.
double LeastImages(const Result& result) {
  constexpr double kOfAnEpoch = 0.5;
  const json task = result.request.value("task", json::object());
  const json params = task.value("params", json::object());
  const std::int64_t samples = Integer(params, "samples").value_or(0);
  if (samples > 0) return static_cast<double>(samples);
  std::int64_t images = Integer(SplitSizes(result), "train").value_or(0);
  if (const std::int64_t some = Integer(params, "images").value_or(0); some > 0)
    images = std::min(images, some);
  return kOfAnEpoch * static_cast<double>(Integer(params, "epochs").value_or(0)) *
         static_cast<double>(images);
}

std::string FewerImagesThanAsked(const Result& result) {
  const auto seen = static_cast<double>(result.cost.samples_seen);
  if (!result.cost.images_per_s || seen >= LeastImages(result)) return "";
  return fmt::format("it learned from {} images, and {} or more were asked for",
                     Grouped(result.cost.samples_seen),
                     Grouped(std::llround(std::ceil(LeastImages(result)))));
}

// More arithmetic in a second than there is hardware for.
std::string ImpossibleSpeed(const Result& result) {
  constexpr double kPerCpuThread = 1e12;  // float32: no core comes near
  constexpr double kPerDevice = 1e16;
  constexpr double kTimesApart = 1.1;
  const Cost& cost = result.cost;
  const auto learn = cost.wall_s.find("learn");
  if (!cost.images_per_s || learn == cost.wall_s.end()) return "";
  const auto seen = static_cast<double>(cost.samples_seen);
  const double told = *cost.images_per_s * learn->second;
  if (told > kTimesApart * seen || seen > kTimesApart * told)
    return fmt::format("{} images/s over {:.3g} s of learning do not make the {} images seen",
                       Grouped(std::llround(*cost.images_per_s)), learn->second,
                       Grouped(cost.samples_seen));
  const bool on_cpu = TextAt(result.request, {"device_type"}) == "cpu";
  const auto threads = static_cast<double>(Integer(result.env, "threads").value_or(1));
  const double possible = on_cpu ? kPerCpuThread * std::max(threads, 1.0) : kPerDevice;
  const double flops = *cost.images_per_s * cost.flops_learn_per_image.value_or(0);
  if (flops <= possible) return "";
  return fmt::format("{:.3g} operations a second while learning: its machine has at most {:.0e}",
                     flops, possible);
}

// How many images the published data sets have.
struct KnownSizes {
  std::string_view data;
  std::int64_t train, test;
};
constexpr std::array kKnownSizes = {
    KnownSizes{"cifar10", 50'000, 10'000},       KnownSizes{"cifar100", 50'000, 10'000},
    KnownSizes{"fashion-mnist", 60'000, 10'000}, KnownSizes{"mnist", 60'000, 10'000},
    KnownSizes{"stl10", 5'000, 8'000},           KnownSizes{"tiny-imagenet-200", 100'000, 10'000}};

// More images in a split than there are: it holds some of another.
std::string TooManyImages(const Result& result) {
  const json sizes = SplitSizes(result);
  const auto size = [&](const char* split) { return Integer(sizes, split).value_or(0); };
  const std::string data = TextAt(result.request, {"data", "name"});
  for (const KnownSizes& known : kKnownSizes) {
    if (data.substr(0, data.find(':')) != known.data) continue;
    const std::int64_t train = size("train") + size("validation");
    if (train > known.train)
      return fmt::format("{} training images, and {} has {}: are test images among them?",
                         Grouped(train), known.data, Grouped(known.train));
    if (size("test") > known.test)
      return fmt::format("{} test images, and {} has {}: are training images among them?",
                         Grouped(size("test")), known.data, Grouped(known.test));
  }
  for (const char* split : {"validation", "test"}) {
    const std::int64_t answered = ImagesOf(result, split);
    if (sizes.is_object() && sizes.contains(split) && answered > size(split))
      return fmt::format("answers to {} {} images, of which there are {}", Grouped(answered), split,
                         Grouped(size(split)));
  }
  return "";
}

// Whether `values`, one an experience, lie above `chance` (one-sided t-test). The images of an
// experience are no draws of their own: a network that has learned nothing may answer all alike.
bool AboveChance(const std::vector<double>& values, double chance) {
  constexpr double kEffect = 0.05;
  const bool known =
      std::none_of(values.begin(), values.end(), [](double value) { return std::isnan(value); });
  if (!known || values.size() < 3 || Mean(values) - chance < kEffect) return false;
  const double error =
      SampleStandardDeviation(values) / std::sqrt(static_cast<double>(values.size()));
  const double t = error > 0 ? (Mean(values) - chance) / error : HUGE_VAL;
  return StudentTail(t, static_cast<double>(values.size()) - 1) <= kLevel;
}

// The accuracy on each experience before it is learned, mean over the rows that are from before.
std::vector<double> BeforeLearned(const StreamMatrix& matrix) {
  std::vector<double> before;
  for (std::size_t on = 1; on < matrix.rows.front().size(); ++on) {
    double sum = 0;
    for (std::size_t after = 1; after <= on; ++after) sum += matrix.After(after)[on];
    before.push_back(sum / static_cast<double>(on));
  }
  return before;
}

// Classes that a learner tells before it was shown any of their images. Only where classes come one
// after another can none be known by those before, and only for who learns them in that order.
std::string KnownBeforeLearned(const Result& result) {
  constexpr const char* kAllAtOnce = "joint";  // the strategy that has seen all from the start
  const std::string setting =
      TextAt(result.request, {"task", "params", "scenario", "params", "setting"});
  const std::optional<StreamMatrix> matrix = StreamMatrixOf(result, "accuracy");
  const auto classes = Integer(result.dataset, "classes");
  if (setting != "class-incremental" || !matrix || !classes || *classes == 0) return "";
  const auto experiences = static_cast<double>(matrix->rows.front().size());
  const double chance = experiences / static_cast<double>(*classes);  // among an experience's own
  if (matrix->has_start && AboveChance(matrix->rows.front(), chance))
    return fmt::format("{} are right before the first step, and chance is {}",
                       Percent(Mean(matrix->rows.front())), Percent(chance));
  if (TextAt(result.request, {"strategy", "name"}) == kAllAtOnce) return "";
  const std::vector<double> before = BeforeLearned(*matrix);
  if (!AboveChance(before, chance)) return "";
  return fmt::format("{} are right of classes that were not learned yet, and chance is {}",
                     Percent(Mean(before)), Percent(chance));
}

constexpr std::array kChecks = {ImpossibleAccuracy,     ContradictsItsAnswers, SelectedOnTest,
                                TestFarAboveValidation, FewerImagesThanAsked,  ImpossibleSpeed,
                                TooManyImages,          KnownBeforeLearned};

}  // namespace

std::vector<std::string> SuspicionsOf(const Result& result) {
  std::vector<std::string> found;
  if (result.state != "ok") return found;
  for (const auto check : kChecks) {
    if (std::string text = check(result); !text.empty()) found.push_back(std::move(text));
  }
  return found;
}

}  // namespace plasticity
