#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <utility>

namespace plasticity {

/// The k largest of each row of u [n, out], falling, and their columns: [n, k] and [n, k] int64. Of
/// equal ones the first columns count. NaN is never among them while there are k numbers. As
/// at::topk, which sorts a row of pairs; for few winners the CPU only looks for what is larger than
/// the least of them.
std::pair<at::Tensor, at::Tensor> TopK(const at::Tensor& u, std::int64_t k);

}  // namespace plasticity
