#include "suite/base/nested_numbers.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>

#include "suite/base/error.h"

namespace plasticity {
namespace {

using nlohmann::json;

constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();

void Tell(const json& value, NestedNumbersBuilder& builder) {
  if (value.is_array()) {
    builder.Open();
    for (const json& item : value) Tell(item, builder);
    builder.Close();
  } else if (value.is_number() || value.is_null()) {
    builder.Put(value.is_null() ? kUnknown : value.get<double>(), !value.is_number_float());
  } else {
    throw InputError("a record holds something that is no number.");
  }
}

bool AreSame(double a, double b) { return a == b || (!std::isfinite(a) && !std::isfinite(b)); }

}  // namespace

NestedNumbers NestedNumbers::FromJson(const json& lists) {
  NestedNumbersBuilder builder;
  Tell(lists, builder);
  if (!builder.fine()) throw InputError("a record's numbers are not equally deep in lists.");
  return std::move(builder).Made();
}

std::vector<double> NestedNumbers::flat() const {
  if (counts_.empty()) return flat_;
  return {counts_.begin(), counts_.end()};
}

void NestedNumbers::StopCounting() {
  flat_ = flat();
  counts_ = {};
}

std::vector<std::size_t> NestedNumbers::extents() const {
  std::vector<std::size_t> extents;
  for (const std::vector<std::uint32_t>& level : lengths_) extents.push_back(level.front());
  return extents;
}

std::vector<std::vector<double>> NestedNumbers::Rows() const {
  if (depth() > 2 || !(depth() == 2 || empty())) throw std::logic_error("not a matrix");
  std::vector<std::vector<double>> rows;
  if (depth() < 2) return rows;
  const std::vector<double> numbers = flat();
  auto next = numbers.begin();
  for (const std::uint32_t length : lengths_[1]) {
    rows.emplace_back(next, next + length);
    next += length;
  }
  return rows;
}

json NestedNumbers::ToJson() const {
  std::vector<std::size_t> list(depth(), 0);  // the next one of each level
  std::size_t next = 0;                       // the next number
  const std::vector<double> numbers = flat();
  const auto number = [&]() -> json {
    const double value = numbers[next++];
    if (!std::isfinite(value)) return nullptr;
    if (!whole_) return value;
    return value < 0 ? json(static_cast<std::int64_t>(value))
                     : json(static_cast<std::uint64_t>(value));
  };
  const auto build = [&](const auto& self, std::size_t level) -> json {
    if (level == depth()) return number();
    json::array_t items(lengths_[level][list[level]++]);
    for (json& item : items) item = self(self, level + 1);
    return items;
  };
  return build(build, 0);
}

void NestedNumbers::push_back(double number) {
  if (depth() != 1) throw std::logic_error("not a list of numbers");
  StopCounting();
  flat_.push_back(number);
  ++lengths_[0][0];
  whole_ = false;
}

bool operator==(const NestedNumbers& a, const NestedNumbers& b) {
  const std::vector<double> of_a = a.flat(), of_b = b.flat();
  return a.lengths_ == b.lengths_ &&
         std::equal(of_a.begin(), of_a.end(), of_b.begin(), of_b.end(), AreSame);
}

void NestedNumbersBuilder::PutAny(double number, bool whole) {
  constexpr double kExact = 9007199254740992;  // the whole numbers below it are doubles
  if (counting_) {
    const std::size_t expected = made_.counts_.capacity();
    made_.StopCounting();
    made_.flat_.reserve(expected);
    counting_ = false;
  }
  made_.flat_.push_back(number);
  made_.whole_ = made_.whole_ && whole && !(std::abs(number) >= kExact);
}

void NestedNumbersBuilder::Open() {
  auto& lengths = made_.lengths_;
  if (open_ > 0) ++lengths[open_ - 1].back();
  if (open_ == lengths.size()) {
    fine_ = fine_ && made_.empty();
    lengths.emplace_back();
  }
  lengths[open_++].push_back(0);
  length_ = open_ == lengths.size() ? &lengths.back().back() : nullptr;
}

}  // namespace plasticity
