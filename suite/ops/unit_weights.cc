#include "suite/ops/unit_weights.h"

#include <ATen/ATen.h>

#include <vector>

namespace plasticity {
namespace {

bool ChannelsLast(const at::Tensor& weight) {
  return weight.suggest_memory_format() == at::MemoryFormat::ChannelsLast;
}

}  // namespace

at::Tensor PerUnit(const at::Tensor& values, const at::Tensor& weight) {
  std::vector<std::int64_t> sizes(static_cast<std::size_t>(weight.dim()), 1);
  sizes[0] = -1;
  return values.view(sizes);
}

at::Tensor AsItLies(const at::Tensor& weight) {
  return (ChannelsLast(weight) ? weight.permute({0, 2, 3, 1}) : weight).flatten(1);
}

at::Tensor ShapedAs(const at::Tensor& weight, const at::Tensor& rows) {
  if (!ChannelsLast(weight)) return rows.view(weight.sizes());
  return rows.view({weight.size(0), weight.size(2), weight.size(3), weight.size(1)})
      .permute({0, 3, 1, 2});
}

at::Tensor UnitNorms(const at::Tensor& weight, double p) { return AsItLies(weight).norm(p, {1}); }

}  // namespace plasticity
