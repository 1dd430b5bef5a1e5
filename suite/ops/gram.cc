#include "suite/ops/gram.h"

#include <ATen/ATen.h>

#include "suite/ops/matrix_product.h"

namespace plasticity {

at::Tensor CosineGram(const at::Tensor& x) {
  const at::Tensor rows = x.flatten(1);                                         // [n, d]
  const at::Tensor norms = rows.norm(2, {1}, true);                             // [n, 1]
  const at::Tensor unit = rows / (norms + 1e-8 * (norms <= 0).to(at::kFloat));  // [n, d]
  return MatrixProduct(unit, unit.t());
}

}  // namespace plasticity
