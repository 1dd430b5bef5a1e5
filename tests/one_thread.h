#pragma once

#include <ATen/Parallel.h>

namespace plasticity::testing {

/// Tests' tensors are so small that more threads only wait for each other, for long on a busy
/// machine.
inline const bool one_thread = [] {
  at::set_num_threads(1);
  return true;
}();

}  // namespace plasticity::testing
