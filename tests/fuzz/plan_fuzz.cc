// Plans, down to the settings of every part of every cell; Fashion-MNIST's are the images where it
// is installed.
#include "suite/engine/plan.h"
#include "tests/fuzz/fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const plasticity::testing::MemoryFolder folder;
  const auto file = folder.Write("plan.json", plasticity::testing::Text(data, size));
  plasticity::testing::Try([&] { plasticity::ReadPlan(file, "", "cpu"); });
  return 0;
}
