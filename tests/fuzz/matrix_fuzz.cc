// Accuracy matrices of other tools, in every format that import takes.
#include "suite/base/result.h"
#include "tasks/continual/matrix_files.h"
#include "tests/fuzz/fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text = plasticity::testing::Text(data, size);
  for (const plasticity::MatrixFormat& format : plasticity::MatrixFormats()) {
    for (const bool percent : {false, true}) {
      plasticity::testing::Try([&] {
        format.read({.name = "input",
                     .text = text,
                     .setting = "class-incremental",
                     .percent = percent,
                     .run = format.several ? 1 : 0});
      });
    }
  }
  return 0;
}
