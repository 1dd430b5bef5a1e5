#include "suite/base/predictions.h"

#include <bit>
#include <nlohmann/json.hpp>
#include <string>

#include "suite/base/error.h"
#include "suite/base/result_fields.h"

namespace plasticity {
namespace {

using nlohmann::json;

// Four predictions are the digits of one number to the base of `classes`, first digit lowest,
// written with the fewest bits that hold the largest such number. At 200 classes that is 7.75 bits
// an image.
constexpr std::size_t kGroup = 4;
constexpr int kMostClasses = 1 << 16;  // four digits then still fit 64 bits

// The largest number of so many digits.
std::uint64_t LargestOf(std::size_t digits, int classes) {
  std::uint64_t largest = 0;
  for (std::size_t i = 0; i < digits; ++i) {
    largest =
        largest * static_cast<std::uint64_t>(classes) + static_cast<std::uint64_t>(classes) - 1;
  }
  return largest;
}

int BitsPerGroup(int classes) { return std::bit_width(LargestOf(kGroup, classes)); }

std::size_t Groups(std::size_t count) { return (count + kGroup - 1) / kGroup; }

}  // namespace

Predictions::Predictions(int classes, const std::vector<int>& predicted,
                         const std::vector<bool>& right)
    : classes_(classes) {
  const std::size_t count = predicted.size();
  if (classes < 1 || classes > kMostClasses) {
    throw InputError("predictions are among " + std::to_string(classes) +
                     " classes; 1 to 65,536 can be kept.");
  }
  if (right.size() != count) {
    throw InputError("predictions are " + std::to_string(count) + ", but " +
                     std::to_string(right.size()) + " were judged.");
  }
  std::vector<std::uint64_t> groups(Groups(count));
  for (std::size_t i = count; i-- > 0;) {
    if (predicted[i] < 0 || predicted[i] >= classes) {
      throw InputError("predictions hold class " + std::to_string(predicted[i]) + " of " +
                       std::to_string(classes) + ".");
    }
    std::uint64_t& group = groups[i / kGroup];
    group = group * static_cast<std::uint64_t>(classes) + static_cast<std::uint64_t>(predicted[i]);
  }
  predicted_ = PackedNumbers(groups, BitsPerGroup(classes));
  right_ = PackedNumbers({right.begin(), right.end()}, 1);
}

Predictions Predictions::FromJson(Fields fields) {
  const auto count = static_cast<std::size_t>(fields.Count("count"));
  const std::int64_t classes = fields.Count("classes");
  if (classes < 1 || classes > kMostClasses) fields.Fail("classes", "must be 1 to 65,536.");
  const int bits = BitsPerGroup(static_cast<int>(classes));
  if (fields.Count("bits") != bits) {
    fields.Fail("bits", "must be " + std::to_string(bits) + ", what four predictions among " +
                            std::to_string(classes) + " classes need.");
  }
  const auto packed = [&](const char* key, std::size_t entries, int bits_each) {
    auto numbers = PackedNumbers::FromBase64(fields.Text(key), entries, bits_each);
    if (!numbers) {
      fields.Fail(key, "is not base64 of " + std::to_string(entries) + " x " +
                           std::to_string(bits_each) + " bits.");
    }
    return *std::move(numbers);
  };
  Predictions predictions;
  predictions.classes_ = static_cast<int>(classes);
  predictions.right_ = packed("right", count, 1);  // first, since it bounds `count`
  predictions.predicted_ = packed("predicted", Groups(count), bits);
  fields.NothingElse();
  const std::uint64_t full = LargestOf(kGroup, predictions.classes_);
  const std::uint64_t rest = LargestOf(count % kGroup, predictions.classes_);
  for (std::size_t group = 0; group < predictions.predicted_.size(); ++group) {
    if (predictions.predicted_[group] > (group < count / kGroup ? full : rest))
      fields.Fail("predicted", "holds a class beyond " + std::to_string(classes) + ".");
  }
  return predictions;
}

json Predictions::ToJson() const {
  return {{"count", size()},
          {"classes", classes_},
          {"bits", BitsPerGroup(classes_)},
          {"predicted", predicted_.ToBase64()},
          {"right", right_.ToBase64()}};
}

std::vector<int> Predictions::Predicted() const {
  std::vector<int> predicted;
  predicted.reserve(size());
  const auto classes = static_cast<std::uint64_t>(classes_);
  for (std::size_t i = 0; i < predicted_.size(); ++i) {
    std::uint64_t group = predicted_[i];
    for (std::size_t digit = 0; digit < kGroup && predicted.size() < size(); ++digit) {
      predicted.push_back(static_cast<int>(group % classes));
      group /= classes;
    }
  }
  return predicted;
}

std::vector<bool> Predictions::Right() const {
  std::vector<bool> right(size());
  for (std::size_t i = 0; i < size(); ++i) right[i] = right_[i] != 0;
  return right;
}

}  // namespace plasticity
