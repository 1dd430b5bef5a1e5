// What the program asks of LibTorch's CUDA half; it is linked to LibTorch's CPU half only and
// finds these by name.
#include <c10/cuda/CUDACachingAllocator.h>
#include <cuda_runtime_api.h>

#include <cstdint>

extern "C" std::int64_t plasticity_cuda_peak_bytes(int device) {
  const auto index = static_cast<c10::DeviceIndex>(device);
  return c10::cuda::CUDACachingAllocator::getDeviceStats(index).allocated_bytes[0].peak;
}

extern "C" void plasticity_cuda_reset_peak() {
  c10::cuda::CUDACachingAllocator::resetPeakStats(c10::cuda::current_device());
}

// Such as "NVIDIA H200".
extern "C" const char* plasticity_cuda_name(int device) {
  static cudaDeviceProp properties;
  return cudaGetDeviceProperties(&properties, device) == cudaSuccess ? properties.name
                                                                     : "a CUDA device";
}

// 13000 for 13.0: of the runtime (0), or the newest that the driver can (1).
extern "C" int plasticity_cuda_version(int of) {
  int version = 0;
  const cudaError_t failed =
      of == 0 ? cudaRuntimeGetVersion(&version) : cudaDriverGetVersion(&version);
  return failed == cudaSuccess ? version : 0;
}
