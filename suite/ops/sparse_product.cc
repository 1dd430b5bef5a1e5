#include "suite/ops/sparse_product.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <ATen/record_function.h>

#include <algorithm>
#include <cstring>
#include <vector>

#include "suite/ops/vectorized.h"

namespace plasticity {
namespace {

constexpr std::int64_t kOneIn = 16;

PLASTICITY_VECTORIZED
void AddScaled(float* __restrict sum, const float* __restrict x, float factor, std::int64_t count) {
  for (std::int64_t i = 0; i < count; ++i) sum[i] += factor * x[i];
}

PLASTICITY_VECTORIZED
std::int64_t CountNonzero(const float* values, std::int64_t count) {
  std::int64_t found = 0;
  for (std::int64_t i = 0; i < count; ++i) found += values[i] != 0 ? 1 : 0;
  return found;
}

PLASTICITY_VECTORIZED
void MarkNonzero(const float* values, std::int64_t count, std::uint8_t* __restrict marks) {
  for (std::int64_t i = 0; i < count; ++i) marks[i] = values[i] != 0 ? 1 : 0;
}

// The next that is marked, or `last`.
const std::uint8_t* Next(const std::uint8_t* mark, const std::uint8_t* last) {
  const void* const found = std::memchr(mark, 1, static_cast<std::size_t>(last - mark));
  return found == nullptr ? last : static_cast<const std::uint8_t*>(found);
}

// The entries of [n, out] that are not 0, unit by unit, rows in their order: what a unit adds up
// does not depend on how many threads there are.
struct Entries {
  std::vector<std::int64_t> first;  // [out + 1], where a unit's entries begin
  std::vector<std::int64_t> row;
  std::vector<float> value;
};

Entries EntriesOf(const at::Tensor& rows) {
  struct Entry {
    std::int64_t row;
    std::size_t unit;
    float value;
  };
  const at::Tensor dense = rows.contiguous();
  const std::int64_t n = dense.size(0), out = dense.size(1);
  std::vector<Entry> found;
  std::vector<std::uint8_t> marks(static_cast<std::size_t>(out));
  const std::uint8_t* const last = marks.data() + out;
  for (std::int64_t i = 0; i < n; ++i) {
    const float* const values = dense.const_data_ptr<float>() + i * out;
    MarkNonzero(values, out, marks.data());
    const std::uint8_t* mark = marks.data();
    while ((mark = Next(mark, last)) != last) {
      const auto unit = static_cast<std::size_t>(mark++ - marks.data());
      found.push_back({.row = i, .unit = unit, .value = values[unit]});
    }
  }
  Entries entries;
  entries.first.assign(static_cast<std::size_t>(out) + 1, 0);
  for (const Entry& entry : found) ++entries.first[entry.unit + 1];
  for (std::size_t unit = 0; unit < static_cast<std::size_t>(out); ++unit)
    entries.first[unit + 1] += entries.first[unit];
  entries.row.resize(found.size());
  entries.value.resize(found.size());
  std::vector<std::int64_t> next(entries.first.begin(), entries.first.end() - 1);
  for (const Entry& entry : found) {
    const auto place = static_cast<std::size_t>(next[entry.unit]++);
    entries.row[place] = entry.row;
    entries.value[place] = entry.value;
  }
  return entries;
}

// Rows of numbers, each in `pieces` runs of `length` that lie `apart` from one another.
struct Rows {
  const float* data;
  std::int64_t pieces, length, apart;
};

// For every unit the sum of its entries' rows; `start` tells where a row's first number is.
template <typename Start>
at::Tensor SumByUnit(const Entries& entries, const Rows& rows, const Start& start) {
  const auto out = static_cast<std::int64_t>(entries.first.size()) - 1;
  const std::int64_t size = rows.pieces * rows.length;
  at::Tensor sums = at::zeros({out, size});
  float* const all = sums.data_ptr<float>();
  at::parallel_for(0, out, 1, [&](std::int64_t from, std::int64_t to) {
    for (std::int64_t unit = from; unit < to; ++unit) {
      const auto begin = static_cast<std::size_t>(entries.first[static_cast<std::size_t>(unit)]);
      const auto end = static_cast<std::size_t>(entries.first[static_cast<std::size_t>(unit) + 1]);
      for (std::size_t k = begin; k < end; ++k) {
        const float value = entries.value[k];
        float* sum = all + unit * size;
        const float* piece = rows.data + start(entries.row[k]);
        for (std::int64_t p = 0; p < rows.pieces; ++p, piece += rows.apart, sum += rows.length)
          AddScaled(sum, piece, value, rows.length);
      }
    }
  });
  return sums;
}

}  // namespace

bool IsSparse(const at::Tensor& rows) {
  if (!rows.is_cpu() || rows.scalar_type() != at::kFloat || !rows.is_contiguous()) return false;
  const float* const values = rows.const_data_ptr<float>();
  const std::int64_t count = rows.numel(), most = count / kOneIn;
  constexpr std::int64_t kAtOnce = 4096;
  std::int64_t found = 0;
  for (std::int64_t from = 0; from < count && found <= most; from += kAtOnce) {
    found += CountNonzero(values + from, std::min(kAtOnce, count - from));
  }
  return found <= most;
}

at::Tensor SparseTransposedProduct(const at::Tensor& rows, const at::Tensor& x) {
  RECORD_FUNCTION("plasticity::sparse_product", std::vector<c10::IValue>({rows, x}));
  const at::Tensor dense = x.contiguous();
  const std::int64_t in = dense.size(1);
  return SumByUnit(EntriesOf(rows), {dense.const_data_ptr<float>(), 1, in, 0},
                   [in](std::int64_t row) { return row * in; });
}

at::Tensor SparseConvolutionWeightGradient(const at::Tensor& padded, const at::Tensor& rows,
                                           const at::Tensor& weight, std::int64_t stride) {
  RECORD_FUNCTION("plasticity::sparse_convolution", std::vector<c10::IValue>({rows, padded}));
  const at::Tensor image = padded.permute({0, 2, 3, 1}).contiguous();  // [batch, h, w, in]
  const std::int64_t out = weight.size(0), in = weight.size(1), kernel = weight.size(2),
                     columns = weight.size(3);
  const std::int64_t height = image.size(1), width = image.size(2);
  const std::int64_t high = (height - kernel) / stride + 1, wide = (width - columns) / stride + 1;
  const at::Tensor sums =
      SumByUnit(EntriesOf(rows), {image.const_data_ptr<float>(), kernel, columns * in, width * in},
                [=](std::int64_t row) {
                  const std::int64_t x = row % wide * stride, y = row / wide % high * stride;
                  return ((row / (wide * high) * height + y) * width + x) * in;
                });
  return sums.view({out, kernel, columns, in}).permute({0, 3, 1, 2});
}

}  // namespace plasticity
