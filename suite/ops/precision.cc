#include "suite/ops/precision.h"

#include <ATen/ATen.h>

namespace plasticity {
namespace {

// Whether LibTorch multiplies bfloat16 faster than number by number: what it asks itself.
bool Multiplies(const at::Tensor& factor) {
#if defined(__x86_64__) && defined(__GNUC__)
  static const bool cpu = __builtin_cpu_supports("avx512bw") &&
                          __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq");
  return cpu || !factor.is_cpu();
#else
  return !factor.is_cpu();
#endif
}

}  // namespace

bool MultipliesBfloat16Best(const at::Tensor& factor) {
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)  // Clang 14 knows no tiles
  static const bool cpu = __builtin_cpu_supports("amx-bf16");
  return cpu || !factor.is_cpu();
#else
  return !factor.is_cpu();
#endif
}

at::Tensor RoundToBfloat16(const at::Tensor& factor) {
  return factor.to(at::kBFloat16).to(at::kFloat);
}

at::Tensor Narrow(const at::Tensor& factor) {
  if (!factor.defined()) return factor;
  return Multiplies(factor) ? factor.to(at::kBFloat16) : RoundToBfloat16(factor);
}

at::Tensor Widen(const at::Tensor& product) { return RoundToBfloat16(product); }

}  // namespace plasticity
