#include "tasks/metrics/few_shot.h"

#include <ATen/ATen.h>

namespace plasticity {

at::Tensor OnUnitSphere(const at::Tensor& x, const at::Tensor& centre) {
  const at::Tensor rows = centre.defined() ? x - centre : x;
  const at::Tensor lengths = rows.norm(2, {-1}, true);
  return rows / at::where(lengths == 0, 1, lengths);
}

at::Tensor NearestMean(const at::Tensor& gallery, const at::Tensor& query) {
  return at::cdist(query, gallery.mean(1)).argmin(1);
}

at::Tensor RidgeScores(const at::Tensor& gallery, const at::Tensor& query, double alpha) {
  const std::int64_t way = gallery.size(0), shot = gallery.size(1);
  const at::Tensor x = gallery.flatten(0, 1);  // [way * shot, d]
  const at::Tensor centre = x.mean(0);
  const at::Tensor centred = x - centre;
  const at::Tensor targets = at::eye(way, x.options()).repeat_interleave(shot, 0);
  const at::Tensor mean = targets.mean(0);  // [way]
  // In the dual, since there are fewer images than features.
  const at::Tensor gram = centred.mm(centred.t()) + alpha * at::eye(x.size(0), x.options());
  const at::Tensor dual = at::linalg_solve(gram, targets - mean);  // [way * shot, way]
  return (query - centre).mm(centred.t()).mm(dual) + mean;
}

}  // namespace plasticity
