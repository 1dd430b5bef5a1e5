// Which products are worth oneDNN's order (suite/ops/matrix_product) and which a kernel for few
// images (suite/ops/few_images): LibTorch's own, oneDNN's, the one that MatrixProduct takes and
// Responses, of the sizes that steps have. In the name: form / size; the
// factors lie as A B ("nn"), as A B^T ("nt") and as A^T B ("tn") have them.
#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include "suite/ops/few_images.h"
#include "suite/ops/matrix_product.h"
#include "suite/streams.h"

namespace plasticity {
namespace {

struct Size {
  std::int64_t m, k, n;
  const char* of;
};

constexpr Size kSizes[] = {{10, 3072, 256, "a stream's step"},
                           {64, 256, 256, "small"},
                           {64, 3072, 2000, "mono_forward's first layer"},
                           {128, 6144, 10, "a readout"},
                           {1000, 3072, 2000, "Krotov-Hopfield's layer"},
                           {1536, 640, 384, "SoftHebb's third layer, a place of the kernel"},
                           {384, 6400, 384, "what units do together"}};

using Product = at::Tensor (*)(const at::Tensor&, const at::Tensor&);

at::Tensor LibTorch(const at::Tensor& a, const at::Tensor& b) { return a.mm(b); }

at::Tensor FewImages(const at::Tensor& a, const at::Tensor& b) { return Responses(a, b.t()); }

at::Tensor Drawn(std::int64_t rows, std::int64_t columns) {
  at::Tensor matrix = at::empty({rows, columns});
  Stream(1).FillNormal(matrix.data_ptr<float>(), static_cast<std::size_t>(matrix.numel()), 0, 1);
  return matrix;
}

void Multiply(benchmark::State& state, Product product, const char* form) {
  const at::NoGradGuard no_gradients;
  const Size& size = kSizes[state.range(0)];
  at::Tensor a = Drawn(size.m, size.k), b = Drawn(size.k, size.n);
  if (form[0] == 't') a = a.t().contiguous().t();
  if (form[1] == 't') b = b.t().contiguous().t();
  for (auto _ : state) benchmark::DoNotOptimize(product(a, b));
  state.SetLabel(fmt::format("{} x {} x {}: {}", size.m, size.k, size.n, size.of));
  state.counters["FLOP/s"] = benchmark::Counter(2.0 * static_cast<double>(size.m * size.k * size.n),
                                                benchmark::Counter::kIsIterationInvariantRate);
}

const int registered = [] {
  for (const char* form : {"nn", "nt", "tn"}) {
    for (const auto& [name, product] : {std::pair<const char*, Product>{"LibTorch", LibTorch},
                                        {"OneDnn", ProductByOneDnn},
                                        {"MatrixProduct", MatrixProduct},
                                        {"Responses", FewImages}}) {
      if (product == FewImages && form != std::string("nt")) continue;
      benchmark::RegisterBenchmark(fmt::format("{}/{}", form, name).c_str(), Multiply, product,
                                   form)
          ->DenseRange(0, std::size(kSizes) - 1)
          ->UseRealTime()
          ->Unit(benchmark::kMillisecond);
    }
  }
  return 0;
}();

}  // namespace
}  // namespace plasticity

BENCHMARK_MAIN();
