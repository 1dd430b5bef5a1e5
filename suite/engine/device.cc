#include "suite/engine/device.h"

#include <ATen/ATen.h>
#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <ATen/detail/CUDAHooksInterface.h>
#include <dlfcn.h>
#include <fmt/format.h>
#include <malloc.h>
#include <torch/version.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>

#include "suite/base/error.h"

namespace plasticity {
namespace {

// The folder of the library that holds `symbol`.
std::filesystem::path FolderOf(const void* symbol) {
  Dl_info info;
  if (dladdr(symbol, &info) == 0 || info.dli_fname == nullptr) return {};
  return std::filesystem::path(info.dli_fname).parent_path();
}

// The same as a function.
template <typename Function>
Function* FunctionFromCuda(const char* name) {
  return reinterpret_cast<Function*>(FromCuda(name));
}

std::string TryLoadCuda() {
  if (dlopen("libcuda.so.1", RTLD_LAZY | RTLD_GLOBAL) == nullptr) return "no NVIDIA driver answers";
  const std::filesystem::path torch = FolderOf(reinterpret_cast<const void*>(&at::get_num_threads));
  if (dlopen((torch / "libtorch_cuda.so").c_str(), RTLD_LAZY | RTLD_GLOBAL) == nullptr) {
    return fmt::format("LibTorch's CUDA half does not load ({}); ci/setup --cuda installs it",
                       dlerror());
  }
  const std::filesystem::path ours = FolderOf(reinterpret_cast<const void*>(&LoadCuda));
  if (dlopen((ours / "libplasticity_cuda.so").c_str(), RTLD_LAZY | RTLD_GLOBAL) == nullptr) {
    return fmt::format("our CUDA kernels do not load ({})", dlerror());
  }
  return at::hasCUDA() && at::detail::getCUDAHooks().deviceCount() > 0 ? ""
                                                                       : "the driver shows no GPU";
}

std::string FieldOf(const char* file, const std::string& field) {
  std::ifstream stream(file);
  for (std::string line; std::getline(stream, line);) {
    if (line.rfind(field, 0) != 0) continue;
    const std::size_t start = line.find_first_not_of(" \t", line.find(':') + 1);
    return start == std::string::npos ? "" : line.substr(start);
  }
  return "";
}

}  // namespace

void* FromCuda(const char* name) { return dlsym(RTLD_DEFAULT, name); }

std::string LoadCuda() {
  static const std::string reason = TryLoadCuda();
  return reason;
}

DeviceReport InspectDevices() {
  DeviceReport report;
  report.cpu_model = FieldOf("/proc/cpuinfo", "model name");
  report.cpu_capability = at::get_cpu_capability();
  report.cpu_count = static_cast<int>(std::thread::hardware_concurrency());
  report.threads = at::get_num_threads();
  const std::string flags = FieldOf("/proc/cpuinfo", "flags");
  report.bfloat16 =
      flags.find("avx512_bf16") != std::string::npos || flags.find("amx_bf16") != std::string::npos;
  report.cuda_name = LoadCuda();
  report.cuda = report.cuda_name.empty();
  if (report.cuda) {
    const auto name = FunctionFromCuda<const char*(int)>("plasticity_cuda_name");
    report.cuda_name = name == nullptr ? "a CUDA device" : name(0);
    if (const auto version = FunctionFromCuda<int(int)>("plasticity_cuda_version")) {
      const auto text = [&](int of) {
        const int number = version(of);  // 13000 for 13.0
        return fmt::format("{}.{}", number / 1000, number % 1000 / 10);
      };
      report.cuda_runtime = text(0);
      report.cuda_driver = text(1);
    }
  }
  report.libtorch = TORCH_VERSION;
  return report;
}

at::Device ChooseDevice(const std::string& name) {
  if (name == "cpu") return at::kCPU;
  if (name != "auto" && name != "cuda")
    throw InputError("no device '" + name + "': auto, cpu or cuda.");
  const std::string reason = LoadCuda();
  if (reason.empty()) {
    at::globalContext().lazyInitDevice(at::kCUDA);  // its allocator answers from now on
    return {at::kCUDA, 0};
  }
  if (name == "cuda") throw InputError("--device cuda: " + reason + ". Use --device cpu, or auto.");
  return at::kCPU;
}

std::vector<std::string> Gpus() {
  const char* visible = std::getenv("CUDA_VISIBLE_DEVICES");
  std::istringstream stream(visible == nullptr ? "" : visible);
  std::vector<std::string> names;
  for (std::string name; std::getline(stream, name, ',');) names.push_back(name);
  if (visible == nullptr) {
    for (int i = 0; i < at::detail::getCUDAHooks().deviceCount(); ++i)
      names.push_back(std::to_string(i));
  }
  return names;
}

std::string DeviceType(at::Device device) { return device.is_cuda() ? "cuda" : "cpu"; }

Precision ChoosePrecision(const std::string& name) {
  if (name == "float32" || name == "tf32") return Precision::kFloat32;
  if (name == "bfloat16") return Precision::kBfloat16;
  throw InputError("no precision '" + name + "': float32, tf32 or bfloat16.");
}

void UsePrecision(const std::string& precision, at::Device device) {
  const bool tf32 = precision == "tf32";
  if (tf32 && !device.is_cuda())
    throw InputError("precision tf32 is a GPU's. Use float32 on the CPU.");
  at::globalContext().setAllowTF32CuDNN(tf32);
  at::globalContext().setAllowTF32CuBLAS(tf32);
  at::globalContext().setDeterministicCuDNN(true);  // a resumed cell takes the same steps
}

void ResetPeakMemory() {
  ::malloc_trim(0);  // what earlier cells used and freed counts no more
  if (const auto reset = FunctionFromCuda<void()>("plasticity_cuda_reset_peak")) reset();
  std::ofstream("/proc/self/clear_refs") << "5";  // the kernel's way to reset VmHWM
}

std::int64_t PeakHostMemory() {
  const std::string peak = FieldOf("/proc/self/status", "VmHWM");  // "123 kB"
  return peak.empty() ? 0 : std::stoll(peak) * 1024;
}

std::optional<std::int64_t> PeakDeviceMemory(at::Device device) {
  if (!device.is_cuda()) return std::nullopt;
  const auto peak = FunctionFromCuda<std::int64_t(int)>("plasticity_cuda_peak_bytes");
  if (peak == nullptr) return std::nullopt;
  return peak(device.index());
}

}  // namespace plasticity
