#pragma once

#include <c10/core/Device.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "suite/network.h"

namespace plasticity {

/// What can compute here.
struct DeviceReport {
  std::string cpu_model;
  std::string cpu_capability;  ///< the instruction set that LibTorch uses, such as "AVX512"
  int cpu_count = 0;
  int threads = 0;
  bool bfloat16 = false;  ///< whether the CPU multiplies bfloat16 in hardware
  bool cuda = false;
  std::string cuda_name;     ///< the GPU's, or why there is none
  std::string libtorch;      ///< version
  std::string cuda_runtime;  ///< version of what LibTorch uses, "13.0"; "" without a GPU
  std::string cuda_driver;   ///< version; likewise
};
DeviceReport InspectDevices();

/// Loads LibTorch's CUDA half and our CUDA kernels where a driver answers; cheap and harmless
/// elsewhere. Returns why CUDA cannot be used, or "" when it can.
std::string LoadCuda();

/// What libplasticity_cuda.so has under `name`; nullptr where it is not loaded.
void* FromCuda(const char* name);

/// "auto" (CUDA where it works), "cpu" or "cuda". Throws InputError when cuda was asked for and
/// cannot be had.
at::Device ChooseDevice(const std::string& name);

/// The GPUs that this process may use, by the names that CUDA_VISIBLE_DEVICES has for them.
std::vector<std::string> Gpus();

/// What requests call it: "cpu" or "cuda".
std::string DeviceType(at::Device device);

/// "float32", "tf32" or "bfloat16", all of which sum in float32. Throws InputError for another
/// name.
Precision ChoosePrecision(const std::string& name);
/// Has this process multiply on `device` as `precision` says: with TF32, which only a GPU has,
/// where it is asked for and nowhere else. Throws InputError where `device` has none.
void UsePrecision(const std::string& precision, at::Device device);

/// Starts counting peak memory anew, so that each cell of a plan has its own peak.
void ResetPeakMemory();
/// Peak resident set of this process since the last reset, in bytes.
std::int64_t PeakHostMemory();
/// Bytes allocated at most on a CUDA device; nothing on the CPU.
std::optional<std::int64_t> PeakDeviceMemory(at::Device device);

}  // namespace plasticity
