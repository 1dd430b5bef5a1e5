#pragma once

#include <torch/version.h>

/// Raised by every change of a header under suite/ that rules compiled before it would not survive.
#ifndef PLASTICITY_ABI
#define PLASTICITY_ABI 1
#endif

/// What a compiled rule was made for. PLASTICITY_REGISTER leaves it in every library that registers
/// something, where the program reads it before it runs any of the library's code.
#define PLASTICITY_STAMP_START "plasticity rule ("
#define PLASTICITY_TEXT_OF_(value) #value
#define PLASTICITY_TEXT_OF(value) PLASTICITY_TEXT_OF_(value)
#define PLASTICITY_STAMP                                                      \
  PLASTICITY_STAMP_START                                                      \
  "ABI " PLASTICITY_TEXT_OF(PLASTICITY_ABI) ", LibTorch " PLASTICITY_TEXT_OF( \
      TORCH_VERSION_MAJOR) "." PLASTICITY_TEXT_OF(TORCH_VERSION_MINOR) ")"
