#pragma once

/// Before a function whose loops are worth vector instructions: it is compiled for several
/// instruction sets, and the loader picks one. All give the same bits: no product is fused with a
/// sum. (Other loops are LibTorch's, and the build is -O2.)
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && \
    !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define PLASTICITY_VECTORIZED \
  __attribute__((target_clones("avx512f", "avx2", "default"), optimize("O3", "fp-contract=off")))
#else
#define PLASTICITY_VECTORIZED
#endif
