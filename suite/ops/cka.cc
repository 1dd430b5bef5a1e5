#include "suite/ops/cka.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace plasticity {
namespace {

at::Tensor Centred(const at::Tensor& x) {
  const at::Tensor rows = x.to(at::kDouble);
  return rows - rows.mean(0, true);
}

// Kernel matrices of fewer entries than the covariances': whichever is smaller gives the same.
double SquaredProduct(const at::Tensor& x, const at::Tensor& y) {
  if (x.size(0) < std::min(x.size(1), y.size(1)))
    return (x.mm(x.t()) * y.mm(y.t())).sum().item<double>();
  return x.t().mm(y).square().sum().item<double>();
}

// n(n - 3) times the unbiased estimate of HSIC, from centred data.
double Unbiased(const at::Tensor& x, const at::Tensor& y) {
  const auto n = static_cast<double>(x.size(0));
  const at::Tensor norms_x = x.square().sum(1), norms_y = y.square().sum(1);
  return SquaredProduct(x, y) - n / (n - 2) * (norms_x * norms_y).sum().item<double>() +
         norms_x.sum().item<double>() * norms_y.sum().item<double>() / ((n - 1) * (n - 2));
}

}  // namespace

double LinearCka(const at::Tensor& x, const at::Tensor& y) {
  const at::Tensor a = Centred(x), b = Centred(y);
  return SquaredProduct(a, b) / std::sqrt(SquaredProduct(a, a) * SquaredProduct(b, b));
}

double LinearCkaDebiased(const at::Tensor& x, const at::Tensor& y) {
  if (x.size(0) < 4) return std::numeric_limits<double>::quiet_NaN();
  const at::Tensor a = Centred(x), b = Centred(y);
  return Unbiased(a, b) / std::sqrt(Unbiased(a, a) * Unbiased(b, b));
}

}  // namespace plasticity
