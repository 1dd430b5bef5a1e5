// CUDA equals the CPU within rounding. `ci/gpu` runs this where a GPU is; elsewhere it is skipped.
#include <ATen/ATen.h>

#include <catch2/catch.hpp>

#include "rules/kernels/kernels.h"
#include "suite/device.h"
#include "tests/rules/cells.h"

namespace plasticity {
namespace {

using testing::RuleCell;

bool HaveGpu() {
  const std::string reason = LoadCuda();
  if (!reason.empty()) WARN("skipped: no GPU (" << reason << ")");
  return reason.empty();
}

TEST_CASE("every rule learns the same on CUDA as on the CPU", "[gpu]") {
  if (!HaveGpu()) return;
  const at::Device cuda(at::kCUDA, 0);
  for (const nlohmann::json& spec : {testing::TinyConvolutions(), testing::TinyDense()}) {
    for (const auto& [name, entry] : Registry<Rule>::Get().entries()) {
      DYNAMIC_SECTION(name << " on " << spec.at("name").get<std::string>()) {
        RuleCell on_cpu(name, spec, 1);
        RuleCell on_cuda(name, spec, 1, nlohmann::json::object(), cuda);
        on_cpu.Train(0, 2, 2, entry.info.needs_labels);
        on_cuda.Train(0, 2, 2, entry.info.needs_labels);
        for (std::size_t i = 0; i < on_cpu.network().blocks().size(); ++i) {
          const at::Tensor expected = on_cpu.network().blocks()[i].layer.weight.detach();
          const at::Tensor found = on_cuda.network().blocks()[i].layer.weight.detach().cpu();
          CHECK(at::allclose(found, expected, 1e-3, 3e-3));
        }
        const Batch batch = testing::Gratings(7, 12);
        const at::Tensor expected = on_cpu.rule().Features(batch.images);
        CHECK(at::allclose(on_cuda.rule().Features(batch.images.to(cuda)).cpu(), expected, 1e-2, 1e-2));
      }
    }
  }
}

TEST_CASE("the signed softmax kernel equals its CPU twin", "[gpu]") {
  if (!HaveGpu()) return;
  for (const std::int64_t units : {1, 5, 96, 1536}) {
    at::Tensor u = at::randn({64, units});
    u[3].fill_(0.5);  // a tie: the first unit wins
    const auto [y, decay] = kernels::SignedSoftmax(u, 0.65);
    const auto [y_cuda, decay_cuda] = kernels::SignedSoftmax(u.to(at::kCUDA), 0.65);
    CHECK(at::allclose(y_cuda.cpu(), y, 1e-4, 1e-6));
    CHECK(at::allclose(decay_cuda.cpu(), decay, 1e-3, 1e-4));
  }
}

}  // namespace
}  // namespace plasticity
