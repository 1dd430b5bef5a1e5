// CUDA equals the CPU within rounding. `ci/gpu` runs this where a GPU is; elsewhere it is skipped.
#include <ATen/ATen.h>

#include <catch2/catch.hpp>

#include "rules/kernels/kernels.h"
#include "suite/engine/device.h"
#include "suite/program/conformance.h"
#include "tests/one_thread.h"
#include "tests/suite/engine/gratings_learner.h"

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

// Rules whose small steps a graph is for; each step of theirs is captured, or the test fails.
TEST_CASE("replayed CUDA graphs leave what the steps themselves leave", "[gpu]") {
  if (!HaveGpu()) return;
  for (const std::string& rule : Registry<Rule>::Get().Names()) {
    DYNAMIC_SECTION(rule) {
      const auto plain = testing::NewLearner(rule, nlohmann::json::object(), at::kCUDA);
      const auto replayed = testing::NewLearner(rule, nlohmann::json::object(), at::kCUDA);
      StepReplay as_it_is(*plain, {}), replay(*replayed, CudaCapture());
      testing::Learn(as_it_is, {}, at::kCUDA);
      testing::Learn(replay, {}, at::kCUDA);
      const Snapshot expected = testing::StateOf(*plain), found = testing::StateOf(*replayed);
      for (const auto& [name, tensor] : expected.tensors) {
        CAPTURE(name);
        CHECK(at::allclose(found.tensors.at(name).to(at::kDouble), tensor.to(at::kDouble), 1e-3,
                           1e-5));
      }
      if (!replay.refusal().empty()) WARN(rule << ": " << replay.refusal());
      for (const char* captured : {"backprop", "hebb", "softhebb", "sphere"})
        if (rule == captured) CHECK(replay.replayed() > 0);
    }
  }
}

}  // namespace
}  // namespace plasticity
