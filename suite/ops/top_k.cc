#include "suite/ops/top_k.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <ATen/record_function.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "suite/ops/vectorized.h"

namespace plasticity {
namespace {

PLASTICITY_VECTORIZED
bool AnyAbove(const float* x, std::int64_t count, float bound) {
  int found = 0;
  for (std::int64_t i = 0; i < count; ++i) found |= x[i] > bound ? 1 : 0;
  return found != 0;
}

// A row's k largest, into values and columns.
void Select(const float* row, std::int64_t out, std::int64_t k, float* values,
            std::int64_t* columns) {
  constexpr std::int64_t kAtOnce = 64;
  std::fill_n(values, k, -std::numeric_limits<float>::infinity());
  std::fill_n(columns, k, -1);
  for (std::int64_t from = 0; from < out; from += kAtOnce) {
    const std::int64_t to = std::min(out, from + kAtOnce);
    const bool full = columns[k - 1] >= 0;
    if (full && !AnyAbove(row + from, to - from, values[k - 1])) continue;
    for (std::int64_t i = from; i < to; ++i) {
      const float value = row[i];
      if (!(value > values[k - 1]) && (columns[k - 1] >= 0 || std::isnan(value))) continue;
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
