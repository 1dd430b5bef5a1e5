// Checkpoints and kept networks.
#include "suite/engine/safetensors.h"
#include "suite/state.h"
#include "tests/fuzz/fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const plasticity::testing::MemoryFolder folder;
  const std::filesystem::path file = folder.Write("input", plasticity::testing::Text(data, size));
  plasticity::testing::Try([&] { plasticity::ReadSnapshot(file); });
  plasticity::testing::Try([&] { plasticity::ReadSafetensors(file); });
  return 0;
}
