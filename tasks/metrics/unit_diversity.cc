#include "tasks/metrics/unit_diversity.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <fmt/format.h>

#include "suite/ops/convolution.h"

namespace plasticity {

std::vector<double> UnitDiversity(Network& network, const at::Tensor& images) {
  const at::NoGradGuard no_gradients;
  std::vector<double> diversity;
  at::Tensor x = images;
  for (Block& block : network.blocks()) {
    const at::Tensor response = block.layer.Forward(block.Before(x, false));
    x = block.Skip(x, block.After(response, false));
    at::Tensor rows = UnitRows(response.slice(1, 0, 1024));  // [n * positions, m]
    rows = rows.slice(0, 0, rows.size(0), (rows.size(0) + 19999) / 20000);
    const at::Tensor sizes = rows.norm(2, {0}, true);  // [1, m]
    rows = rows - rows.mean(0, true);
    const at::Tensor norms = rows.norm(2, {0}, true);  // [1, m]
    const at::Tensor varies = norms > 1e-5 * sizes;    // by more than rounding
    rows = at::where(varies, rows / norms, 0);
    const double alignment = at::mm(rows.t(), rows).square().sum().item<double>();
    const auto units = static_cast<double>(varies.count_nonzero().item<std::int64_t>());
    diversity.push_back(units == 0 ? 0 : units * units / alignment);
  }
  return diversity;
}

MetricInfo UnitDiversityMetric() {
  return {.name = "unit_diversity.*",
          .unit = "units",
          .definition =
              "how many independent answers a block's units give: the participation ratio of the "
              "correlations between their responses to 200 training images"};
}

void RecordUnitDiversity(Lab& lab, Learner& learner, const Samples& samples) {
  const std::vector<double> diversity =
      UnitDiversity(learner.network(), lab.Images(learner, First(samples, 200)));
  for (std::size_t i = 0; i < diversity.size(); ++i)
    lab.record().Metric(fmt::format("unit_diversity.block{}", i + 1), diversity[i]);
}

}  // namespace plasticity
