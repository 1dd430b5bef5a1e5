#pragma once

#include <functional>
#include <memory>

namespace plasticity {

/// Work of a device that is done again as it was, without the host: the same operations, with the
/// same numbers, on the tensors of the time when it was captured.
class Captured {
 public:
  virtual ~Captured() = default;
  virtual void Replay() = 0;
};

/// Captures what `work` has a device do, without its being done. Throws what `work` throws, and
/// c10::Error where there is something in it that cannot be captured, as a look at a number is.
using Capture = std::function<std::unique_ptr<Captured>(const std::function<void()>& work)>;

/// CUDA graphs. Empty where no GPU answers.
Capture CudaCapture();

}  // namespace plasticity
