// CUDA graphs.
#include <ATen/cuda/CUDAGraph.h>
#include <c10/cuda/CUDAGuard.h>
#include <c10/cuda/CUDAStream.h>

#include "suite/engine/capture.h"

namespace plasticity {
namespace {

class CapturedGraph final : public Captured {
 public:
  explicit CapturedGraph(const std::function<void()>& work) {
    const c10::cuda::CUDAStream current = c10::cuda::getCurrentCUDAStream();
    current.synchronize();  // what work reads is there
    // A graph is captured beside the current stream. Other threads, a loader's, go on meanwhile.
    const c10::cuda::CUDAStreamGuard aside(
        c10::cuda::getStreamFromPool(/*isHighPriority=*/false, current.device_index()));
    graph_.capture_begin({0, 0}, cudaStreamCaptureModeThreadLocal);
    try {
      work();
    } catch (...) {
      try {
        graph_.capture_end();
      } catch (const c10::Error&) {  // a capture that something spoilt ends so
      }
      throw;
    }
    graph_.capture_end();
  }

  void Replay() override { graph_.replay(); }

 private:
  at::cuda::CUDAGraph graph_;
};

}  // namespace
}  // namespace plasticity

// Of suite/engine/capture.h's Capture; the caller's to delete.
extern "C" plasticity::Captured* plasticity_cuda_capture(const std::function<void()>& work) {
  return new plasticity::CapturedGraph(work);
}
