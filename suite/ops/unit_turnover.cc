#include "suite/ops/unit_turnover.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>

namespace plasticity {
namespace {

constexpr std::int64_t kBatchAndRest[] = {0, 2};
constexpr at::IntArrayRef kAllButUnits(kBatchAndRest);  // of [n, units, rest]

// Outgoing weights as [out, units, what each unit has in one of those that see it].
at::Tensor ByUnit(const at::Tensor& outgoing, std::int64_t units) {
  return outgoing.reshape({outgoing.size(0), units, -1});
}

}  // namespace

UnitTurnover::UnitTurnover(Settings settings, std::int64_t units, at::Device device)
    : settings_(settings),
      utility_(at::zeros({units}, at::TensorOptions().device(device))),
      mean_activity_(at::zeros_like(utility_)),
      age_(at::zeros_like(utility_)) {}

at::Tensor UnitTurnover::Correction() const { return 1 - at::pow(settings_.decay, age_); }

at::Tensor UnitTurnover::utility() const { return utility_ / Correction(); }

at::Tensor UnitTurnover::mean_activity() const { return mean_activity_ / Correction(); }

void UnitTurnover::Observe(const at::Tensor& activity, const at::Tensor& incoming,
                           const at::Tensor& outgoing) {
  const std::int64_t units = age_.size(0);
  const at::Tensor h = activity.reshape({activity.size(0), units, -1});
  age_ += 1;
  mean_activity_.mul_(settings_.decay).add_(h.mean(kAllButUnits), 1 - settings_.decay);
  at::Tensor use = settings_.adaptable
                       ? (h - mean_activity().view({1, -1, 1})).abs().mean(kAllButUnits) /
                             incoming.flatten(1).abs().sum(1)
                       : h.abs().mean(kAllButUnits);
  use = use * ByUnit(outgoing, units).abs().sum(kAllButUnits);
  utility_.mul_(settings_.decay).add_(use, 1 - settings_.decay);
}

std::vector<std::int64_t> UnitTurnover::Expendable(const Draw& draw) {
  const at::Tensor mature = age_.gt(static_cast<double>(settings_.maturity)).nonzero().flatten();
  const double share = settings_.replacement * static_cast<double>(mature.size(0));
  if (settings_.accumulate) {
    due_ += share;
  } else {
    due_ = share >= 1 || share == 0 ? share : draw() < share ? 1 : 0;
  }
  const auto count = static_cast<std::int64_t>(due_);
  due_ -= static_cast<double>(count);
  if (count == 0) return {};
  const at::Tensor order = std::get<1>(utility().index_select(0, mature).sort(true, 0, false));
  const at::Tensor least = mature.index_select(0, order.slice(0, 0, count)).cpu();
  return {least.const_data_ptr<std::int64_t>(),
          least.const_data_ptr<std::int64_t>() + least.size(0)};
}

void UnitTurnover::Forget(const std::vector<std::int64_t>& units) {
  const at::Tensor index = at::tensor(units, at::kLong).to(age_.device());
  for (at::Tensor* kept : {&utility_, &mean_activity_, &age_}) kept->index_fill_(0, index, 0);
}

void UnitTurnover::Visit(StateVisitor& visitor) {
  visitor.Tensor("utility", utility_);
  visitor.Tensor("mean_activity", mean_activity_);
  visitor.Tensor("age", age_);
  visitor.Value("due", due_);
}

void RenewUnit(const UnitWeights& weights, std::int64_t unit, double bound, double mean,
               const UnitTurnover::Draw& draw) {
  const at::Tensor row = weights.incoming[unit];
  std::vector<float> drawn(static_cast<std::size_t>(row.numel()));
  for (float& value : drawn) value = static_cast<float>(bound * (2 * draw() - 1));
  row.copy_(at::tensor(drawn).view(row.sizes()));
  if (weights.bias.defined()) weights.bias[unit].zero_();
  const std::int64_t units = weights.incoming.size(0);
  const std::int64_t each = weights.outgoing.size(1) / units;  // columns a unit has
  const at::Tensor columns = weights.outgoing.slice(1, unit * each, (unit + 1) * each);
  if (mean != 0 && weights.next_bias.defined())
    weights.next_bias.add_(columns.flatten(1).sum(1), mean);
  columns.zero_();
}

}  // namespace plasticity
