#include "suite/batch.h"

#include <ATen/ATen.h>

namespace plasticity {
namespace {

at::Tensor Both(const at::Tensor& a, const at::Tensor& b) {
  return a.defined() && b.defined() ? at::cat({a, b}) : at::Tensor();
}

at::Tensor BothCandidates(const Batch& a, const Batch& b) {
  if (!a.candidates.defined() && !b.candidates.defined()) return {};
  const bool same = a.candidates.defined() && b.candidates.defined() && a.candidates.dim() == 1 &&
                    b.candidates.dim() == 1 && at::equal(a.candidates, b.candidates);
  if (same) return a.candidates;
  const at::Tensor& known = a.candidates.defined() ? a.candidates : b.candidates;
  const auto each = [&](const Batch& batch) {
    const std::int64_t n = batch.images.size(0), classes = known.size(-1);
    if (!batch.candidates.defined()) return at::ones({n, classes}, known.options());
    return batch.candidates.expand({n, classes});
  };
  return at::cat({each(a), each(b)});
}

}  // namespace

Batch Join(const Batch& a, const Batch& b) {
  return {.images = at::cat({a.images, b.images}),
          .labels = Both(a.labels, b.labels),
          .candidates = BothCandidates(a, b),
          .ids = Both(a.ids, b.ids),
          .features_wanted = a.features_wanted};
}

Batch Rows(const Batch& batch, std::int64_t from, std::int64_t to) {
  const auto rows = [&](const at::Tensor& all) {
    return all.defined() ? all.slice(0, from, to) : all;
  };
  const bool by_image = batch.candidates.defined() && batch.candidates.dim() == 2;
  return {.images = rows(batch.images),
          .labels = rows(batch.labels),
          .candidates = by_image ? rows(batch.candidates) : batch.candidates,
          .ids = rows(batch.ids),
          .features_wanted = batch.features_wanted};
}

}  // namespace plasticity
