#include "suite/engine/machine_speed.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <filesystem>
#include <functional>
#include <limits>

#include "suite/base/digest.h"
#include "suite/base/error.h"
#include "suite/base/files.h"
#include "suite/base/json_text.h"
#include "suite/engine/device.h"
#include "suite/ops/matrix_product.h"

namespace plasticity {
namespace {

constexpr int kLeastCalls = 3;

// The seconds of the fastest of the calls that fit into `budget`, three at least; each call gives
// something that is waited for.
double Fastest(const std::function<at::Tensor()>& work, double budget) {
  using Clock = std::chrono::steady_clock;
  const auto since = [](Clock::time_point start) {
    return std::chrono::duration<double>(Clock::now() - start).count();
  };
  const auto wait = [](const at::Tensor& made) { made.flatten()[0].cpu(); };
  wait(work());
  const Clock::time_point begin = Clock::now();
  double fastest = std::numeric_limits<double>::infinity();
  for (int call = 0; call < kLeastCalls || since(begin) < budget; ++call) {
    const Clock::time_point start = Clock::now();
    wait(work());
    fastest = std::min(fastest, since(start));
  }
  return fastest;
}

// Operations per second of a square product of 2048 rows, or of as many as the budget allows: a
// type that the processor does not multiply takes LibTorch a hundred times as long.
double ProductFlops(const at::TensorOptions& options, double budget) {
  std::int64_t side = 128;
  const auto seconds = [&](double within) {
    const at::Tensor a = at::full({side, side}, 0.5, options);
    return Fastest([&] { return MatrixProduct(a, a); }, within);
  };
  const auto fits_twice_the_side = [&] { return 8 * (kLeastCalls + 1) * seconds(0) < budget; };
  while (side < 2048 && fits_twice_the_side()) side *= 2;
  return 2 * std::pow(static_cast<double>(side), 3) / seconds(budget);
}

// Where the speed of this kind of machine with this many threads is kept.
std::filesystem::path Place(at::Device device) {
  const DeviceReport machine = InspectDevices();
  constexpr int kMeasuredAnew = 2;  // more, where what is measured changes
  const std::string kind =
      fmt::format("{}|{}|{}|{}|{}|{}", kMeasuredAnew, machine.cpu_model, machine.cpu_capability,
                  machine.threads, machine.libtorch, device.is_cuda() ? machine.cuda_name : "cpu");
  return CacheFolder() / "speed" / (Sha256(kind).substr(0, 16) + ".json");
}

}  // namespace

MachineSpeed MeasureSpeed(at::Device device, double seconds) {
  const at::NoGradGuard no_gradients;
  const double each = seconds / 4;
  const auto options = at::TensorOptions().device(device).dtype(at::kFloat);
  MachineSpeed speed;

  speed.product_flops = ProductFlops(options, each);
  speed.bfloat16_flops = ProductFlops(options.dtype(at::kBFloat16), each);

  constexpr std::int64_t kImages = 32, kChannels = 128, kPixels = 16, kKernel = 3;
  const at::Tensor images = at::full({kImages, kChannels, kPixels, kPixels}, 0.5, options)
                                .contiguous(at::MemoryFormat::ChannelsLast);
  const at::Tensor kernels = at::full({kChannels, kChannels, kKernel, kKernel}, 0.5, options)
                                 .contiguous(at::MemoryFormat::ChannelsLast);
  constexpr double kConvolution =
      2.0 * kImages * kChannels * kPixels * kPixels * kChannels * kKernel * kKernel;
  speed.convolution_flops =
      kConvolution / Fastest(
                         [&] {
                           return at::conv2d(images, kernels, {}, {1, 1}, {1, 1});
                         },
                         each);

  constexpr std::int64_t kFloats = std::int64_t{32} << 20;  // 128 MiB read, 128 MiB written
  const at::Tensor from = at::ones({kFloats}, options);
  at::Tensor to = at::empty_like(from);
  speed.copy_bytes_per_s =
      2.0 * static_cast<double>(from.nbytes()) / Fastest([&] { return to.copy_(from); }, each);
  return speed;
}

nlohmann::json ToJson(const MachineSpeed& speed) {
  return {{"product_flops", speed.product_flops},
          {"bfloat16_flops", speed.bfloat16_flops},
          {"convolution_flops", speed.convolution_flops},
          {"copy_bytes_per_s", speed.copy_bytes_per_s}};
}

void KeepSpeed(at::Device device, const MachineSpeed& speed) {
  WriteFileAtomically(Place(device), ToJson(speed).dump() + "\n");
}

nlohmann::json KnownSpeed(at::Device device) {
  try {
    const std::filesystem::path place = Place(device);
    std::error_code unknown;
    return std::filesystem::exists(place, unknown) ? ReadJson(place) : nlohmann::json();
  } catch (const InputError&) {
    return nullptr;  // no cache, or none that can be read: not known
  }
}

nlohmann::json SpeedOf(at::Device device) {
  constexpr double kSeconds = 5;
  nlohmann::json speed = KnownSpeed(device);
  if (!speed.is_null()) return speed;
  const MachineSpeed measured = MeasureSpeed(device, kSeconds);
  try {
    KeepSpeed(device, measured);
  } catch (const Error&) {  // then it is measured again next time
  }
  return ToJson(measured);
}

}  // namespace plasticity
