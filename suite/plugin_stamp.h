#pragma once

#include <torch/version.h>

/// The number of suite's contracts, for who reads a refusal; raised with every change that rules'
/// sources notice.
#ifndef PLASTICITY_ABI
#define PLASTICITY_ABI 3
#endif

/// What a library with rules was built for. plasticity_add_plugin leaves it in the library, where
/// the program reads it before it runs any of the library's code. PLASTICITY_HEADERS, a digest of
/// the public headers, comes from the build (cmake/plasticity_headers.cmake).
#define PLASTICITY_STAMP_START "plasticity rule ("
#define PLASTICITY_TEXT_OF_(value) #value
#define PLASTICITY_TEXT_OF(value) PLASTICITY_TEXT_OF_(value)
#define PLASTICITY_STAMP \
  PLASTICITY_STAMP_START \
  "ABI " PLASTICITY_TEXT_OF(PLASTICITY_ABI) ", LibTorch " PLASTICITY_TEXT_OF(         \
      TORCH_VERSION_MAJOR) "." PLASTICITY_TEXT_OF(TORCH_VERSION_MINOR) ", headers " \
  PLASTICITY_HEADERS ")"
