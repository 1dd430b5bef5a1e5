#include "suite/ops/top_k.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <ATen/record_function.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "suite/ops/vectorized.h"

namespace plasticity {
namespace {

constexpr std::int64_t kWays = 16;      // what goes side by side
constexpr std::int64_t kStretch = 256;  // units

// Of the units 0, kWays, 2 kWays, ... the largest, and so on: kWays numbers, of different
// units.
PLASTICITY_VECTORIZED
void LargestOfWays(const float* x, std::int64_t count, float* __restrict largest) {
  std::int64_t i = 0;
  for (; i + kWays <= count; i += kWays)
    for (std::int64_t way = 0; way < kWays; ++way)
      largest[way] = x[i + way] > largest[way] ? x[i + way] : largest[way];
  for (std::int64_t way = 0; i < count; ++i, ++way)
    largest[way] = x[i] > largest[way] ? x[i] : largest[way];
}

PLASTICITY_VECTORIZED
void Mark(const float* x, std::int64_t count, float bound, std::uint8_t* __restrict marks) {
  for (std::int64_t i = 0; i < count; ++i) marks[i] = x[i] >= bound ? 1 : 0;
}

// The k-th largest of kWays numbers, none of them NaN.
PLASTICITY_VECTORIZED
float KthOfWays(const float* ways, std::int64_t k) {
  std::int32_t above[kWays] = {};  // how many go before each one; of equal ones the first do
  for (std::int32_t i = 0; i < kWays; ++i)
    for (std::int32_t way = 0; way < kWays; ++way)
      above[way] += ways[i] > ways[way] || (ways[i] == ways[way] && i < way) ? 1 : 0;
  float kth = std::numeric_limits<float>::infinity();
  for (std::int64_t way = 0; way < kWays; ++way)
    kth = above[way] < k && ways[way] < kth ? ways[way] : kth;
  return kth;
}

// The row's k-th largest is not below it: k of its ways have one as large.
float Bound(const float* row, std::int64_t out, std::int64_t k) {
  float ways[kWays];
  std::fill_n(ways, kWays, -std::numeric_limits<float>::infinity());
  LargestOfWays(row, out, ways);
  return KthOfWays(ways, k);
}

// A row's k largest, into values and columns.
void Select(const float* row, std::int64_t out, std::int64_t k, float* values,
            std::int64_t* columns) {
  std::fill_n(values, k, -std::numeric_limits<float>::infinity());
  std::fill_n(columns, k, -1);
  const float bound = Bound(row, out, k);
  std::uint8_t marks[kStretch];
  for (std::int64_t from = 0; from < out; from += kStretch) {
    const std::int64_t count = std::min(out - from, kStretch);
    Mark(row + from, count, bound, marks);
    for (const std::uint8_t* mark = marks;
         (mark = static_cast<const std::uint8_t*>(std::memchr(mark, 1, marks + count - mark)));
         ++mark) {
      const std::int64_t i = from + (mark - marks);
      const float value = row[i];
      if (columns[k - 1] >= 0 && !(value > values[k - 1])) continue;
      std::int64_t place = k - 1;
      for (; place > 0 && (columns[place - 1] < 0 || value > values[place - 1]); --place) {
        values[place] = values[place - 1];
        columns[place] = columns[place - 1];
      }
      values[place] = value;
      columns[place] = i;
    }
  }
  std::int64_t place = std::find(columns, columns + k, -1) - columns;
  for (std::int64_t i = 0; place < k; ++i) {  // fewer than k numbers
    if (!std::isnan(row[i])) continue;
    values[place] = row[i];
    columns[place++] = i;
  }
}

}  // namespace

std::pair<at::Tensor, at::Tensor> TopK(const at::Tensor& u, std::int64_t k) {
  constexpr std::int64_t kFew = 16;
  const std::int64_t n = u.size(0), out = u.size(1);
  if (k > kFew || k < 1 || k > out || !u.is_cpu() || u.scalar_type() != at::kFloat) {
    auto [values, columns] = u.topk(k, 1);
    return {values, columns};
  }
  RECORD_FUNCTION("plasticity::top_k", std::vector<c10::IValue>({u}));
  const at::Tensor rows = u.detach().contiguous();
  at::Tensor values = at::empty({n, k}, rows.options());
  at::Tensor columns = at::empty({n, k}, rows.options().dtype(at::kLong));
  const float* const from = rows.const_data_ptr<float>();
  float* const to = values.data_ptr<float>();
  std::int64_t* const at = columns.data_ptr<std::int64_t>();
  constexpr std::int64_t kRowsOfThread = 64;
  at::parallel_for(0, n, kRowsOfThread, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t row = begin; row < end; ++row)
      Select(from + row * out, out, k, to + row * k, at + row * k);
  });
  return {values, columns};
}

}  // namespace plasticity
