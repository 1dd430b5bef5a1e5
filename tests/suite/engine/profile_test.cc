// What a profile says of operators whose work can be counted by hand.
#include "suite/engine/profile.h"

#include <ATen/ATen.h>

#include <catch2/catch.hpp>
#include <map>
#include <thread>

#include "suite/base/files.h"
#include "suite/base/json_text.h"
#include "suite/engine/runner.h"
#include "suite/ops/winograd.h"
#include "tests/suite/engine/toy.h"

namespace plasticity {
namespace {

using testing::Part;
using testing::TemporaryFolder;
using testing::ToyCell;
using testing::ToyTask;

namespace fs = std::filesystem;

Cell SomeCell() { return ToyCell(Part<Rule>("oja"), Part<Readout>("online"), ToyTask()); }

fs::path FileEndingIn(const fs::path& folder, const std::string& end) {
  for (const auto& entry : fs::directory_iterator(folder)) {
    const std::string name = entry.path().filename().string();
    if (name.size() > end.size() && name.substr(name.size() - end.size()) == end)
      return entry.path();
  }
  FAIL("no file that ends in " << end);
  return {};
}

// The operators that were called during `work`, each with its arguments in the trace.
std::map<std::string, nlohmann::json> Called(const std::function<void()>& work) {
  const TemporaryFolder folder;
  {
    Profile profile(folder.path, SomeCell(), at::kCPU);
    profile.InPhase("learn");
    work();
    profile.InPhase("other");
    profile.Write();
  }
  std::map<std::string, nlohmann::json> called;
  const nlohmann::json trace = ReadJson(FileEndingIn(folder.path, ".trace.json"));
  for (const nlohmann::json& event : trace.at("traceEvents")) {
    if (event.at("tid") == 0) continue;  // phases
    CHECK(event.at("cat") == "learn");
    called[event.at("name")] = event.at("args");
  }
  return called;
}

double FlopsOf(const std::function<void()>& work) {
  double flops = 0;
  for (const auto& [name, arguments] : Called(work)) flops += arguments.at("flops").get<double>();
  return flops;
}

TEST_CASE("Products and convolutions are counted once, however deep they are called") {
  const at::Tensor a = at::ones({5, 7}), b = at::ones({7, 3}), v = at::ones({7});
  const at::Tensor images = at::ones({2, 3, 9, 8}), weight = at::ones({4, 3, 3, 2});
  CHECK(FlopsOf([&] { a.mm(b); }) == 2 * 5 * 7 * 3);
  CHECK(FlopsOf([&] { a.matmul(v); }) == 2 * 5 * 7);
  CHECK(FlopsOf([&] { at::linear(a, b.t(), at::ones({3})); }) == 2 * 5 * 7 * 3);
  CHECK(FlopsOf([&] { at::addmm(at::ones({5, 3}), a, b); }) == 2 * 5 * 7 * 3);
  CHECK(FlopsOf([&] {
          at::einsum("bij,bjk->bik", {at::ones({6, 5, 7}), at::ones({6, 7, 3})});
        }) == 6 * 2 * 5 * 7 * 3);
  // Places: (9 + 2 - 3)/2 + 1 = 5 by (8 + 2 - 2)/2 + 1 = 5, of two images.
  CHECK(FlopsOf([&] {
          at::conv2d(images, weight, {}, {2, 2}, {1, 1});
        }) == 2 * 2 * 5 * 5 * (4 * 3 * 3 * 2));
  const at::Tensor kernels = at::ones({3, 4, 3, 2});  // transposed: [in, out, height, width]
  CHECK(FlopsOf([&] { at::conv_transpose2d(images, kernels); }) == 2 * 2 * 9 * 8 * (4 * 3 * 3 * 2));
  CHECK(FlopsOf([&] { a.exp().sum(); }) == 0);
  // What multiplies less counts as the convolution that it stands for.
  const at::Tensor maps = at::ones({2, 32, 8, 9}), rows = at::ones({2 * 6 * 7, 64});
  const double direct = 2 * 2 * 6 * 7 * (64 * 32 * 9);
  CHECK(FlopsOf([&] { WinogradConvolution(maps, at::ones({64, 32, 3, 3}), {}); }) == direct);
  CHECK(FlopsOf([&] { WinogradWeightGradient(maps, rows); }) == direct);
}

TEST_CASE("A backward pass is counted as what it asks for") {
  const at::Tensor images = at::ones({2, 3, 9, 8}), weight = at::ones({4, 3, 3, 3});
  const double once = 2 * 2 * 7 * 6 * (4 * 3 * 3 * 3);
  const auto forward_and_backward = [&](bool input) {
    const at::Tensor x = images.clone().requires_grad_(input);
    at::conv2d(x, weight.clone().requires_grad_()).sum().backward();
  };
  CHECK(FlopsOf([&] { forward_and_backward(false); }) == 2 * once);
  CHECK(FlopsOf([&] { forward_and_backward(true); }) == 3 * once);
}

TEST_CASE("Bytes are those of what goes in and comes out; a view moves none") {
  const at::Tensor a = at::ones({5, 7});
  CHECK(Called([&] { a.add(a); }).at("aten::add").at("bytes") == 3 * 5 * 7 * 4);
  CHECK(Called([&] { a.mul_(2); }).at("aten::mul_").at("bytes") == 2 * 5 * 7 * 4);
  CHECK(Called([&] { at::cat({a, a}); }).at("aten::cat").at("bytes") == 4 * 5 * 7 * 4);
  CHECK(Called([&] { a.view({7, 5}); }).at("aten::view").at("bytes") == 0);
  CHECK(Called([&] { at::matmul(a, a.t()); }).at("aten::matmul").at("flops") == 2 * 5 * 7 * 5);
}

TEST_CASE("What another thread calls is counted, and nothing after the end") {
  const at::Tensor a = at::ones({5, 7});
  CHECK(FlopsOf([&] { std::thread([&] { a.mm(a.t()); }).join(); }) == 2 * 5 * 7 * 5);
  a.mm(a.t());  // nobody listens
}

TEST_CASE("A cell's profile has its phases, and a finished cell without one runs again") {
  const TemporaryFolder folder;
  const Cell cell = SomeCell();
  EngineOptions options{.results = folder.path / "results"};
  RunCell(cell, at::kCPU, options, Refusal::kThrow, "");
  REQUIRE(FinishedResult(cell, options));
  options.profile = folder.path / "profile";
  CHECK_FALSE(FinishedResult(cell, options));
  const CellOutcome outcome = RunCell(cell, at::kCPU, options, Refusal::kThrow, "");
  CHECK_FALSE(outcome.already_there);
  CHECK(FinishedResult(cell, options));
  const std::string table = ReadFile(Profile::TablePath(options.profile, cell));
  for (const char* row :
       {"| learn | **all** |", "| learn | outside operators |", "| data | ", "| learn | aten::"})
    CHECK(table.find(row) != std::string::npos);
}

}  // namespace
}  // namespace plasticity
