#include "suite/ops/explained.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cstdint>
#include <vector>

#include "suite/ops/matrix_product.h"

namespace plasticity {
namespace {

// Block by block: R's rows, up to the block's last unit, times the weights of these.
at::Tensor ByUnits(const at::Tensor& a, const at::Tensor& weight, std::int64_t block) {
  const std::int64_t out = weight.size(0);
  std::vector<at::Tensor> blocks;
  for (std::int64_t from = 0; from < out; from += block) {
    const std::int64_t to = std::min(from + block, out);
    const at::Tensor together = MatrixProduct(a.slice(1, from, to).t(), a.slice(1, 0, to));
    blocks.push_back(MatrixProduct(together.tril(from), weight.slice(0, 0, to)));
  }
  return blocks.size() == 1 ? blocks[0] : at::cat(blocks);
}

// Block by block: what the units before reconstruct of each sample, and the block's own triangle.
at::Tensor BySamples(const at::Tensor& a, const at::Tensor& weight, std::int64_t block) {
  const std::int64_t out = weight.size(0);
  std::vector<at::Tensor> blocks;
  at::Tensor reconstructed;  // [n, in]
  for (std::int64_t from = 0; from < out; from += block) {
    const std::int64_t to = std::min(from + block, out);
    const at::Tensor own = a.slice(1, from, to), w = weight.slice(0, from, to);
    at::Tensor explained = MatrixProduct(MatrixProduct(own.t(), own).tril(), w);
    if (reconstructed.defined()) explained += MatrixProduct(own.t(), reconstructed);
    blocks.push_back(explained);
    if (to == out) break;
    const at::Tensor more = MatrixProduct(own, w);
    reconstructed = reconstructed.defined() ? reconstructed + more : more;
  }
  return blocks.size() == 1 ? blocks[0] : at::cat(blocks);
}

}  // namespace

at::Tensor Explained(const at::Tensor& a, const at::Tensor& weight, bool in_order) {
  constexpr std::int64_t kBlock = 128;  // units
  const auto n = static_cast<double>(a.size(0)), out = static_cast<double>(weight.size(0)),
             in = static_cast<double>(weight.size(1));
  // Multiplications: of A^T A and R W, or of A W and A^T (A W).
  const double by_units = out * out * (n + in), by_samples = 2 * n * out * in;
  if (!in_order) {
    return by_samples < by_units ? MatrixProduct(a.t(), MatrixProduct(a, weight))
                                 : MatrixProduct(MatrixProduct(a.t(), a), weight);
  }
  const double triangles = out * kBlock * (n + in);
  return by_samples + triangles < by_units / 2 ? BySamples(a, weight, kBlock)
                                               : ByUnits(a, weight, kBlock);
}

}  // namespace plasticity
