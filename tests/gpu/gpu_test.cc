// CUDA equals the CPU within rounding. `ci/gpu` runs this where a GPU is; elsewhere it is skipped.
#include <ATen/ATen.h>

#include <catch2/catch.hpp>

#include "rules/kernels/kernels.h"
#include "suite/engine/device.h"
#include "suite/program/conformance.h"
#include "tests/one_thread.h"

namespace plasticity {
namespace {

bool HaveGpu() {
  const std::string reason = LoadCuda();
  if (!reason.empty()) WARN("skipped: no GPU (" << reason << ")");
  return reason.empty();
}

TEST_CASE("every rule learns the same on CUDA as on the CPU", "[gpu]") {
  if (!HaveGpu()) return;
  for (const std::string& rule : Registry<Rule>::Get().Names()) {
    DYNAMIC_SECTION(rule) {
      CheckRule(Registry<Rule>::Get(), rule, {.laws = {"cuda"}, .in_children = false},
                [](const Law&, const Finding& finding) {
                  CAPTURE(finding.network, finding.message);
                  CHECK(finding.verdict != Finding::Verdict::kFailed);
                });
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
