// JPEG and PNG pictures, decoded as they are and to a size.
#include <vector>

#include "tasks/data/image_codec.h"
#include "tests/fuzz/fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string encoded = plasticity::testing::Text(data, size);
  plasticity::testing::Try([&] {
    const plasticity::ImageShape shape = plasticity::ReadImageShape(encoded);
    if (shape.bytes() > 1 << 22) return;  // a header's promise: the decoder would be slow, no more
    std::vector<std::uint8_t> pixels(static_cast<std::size_t>(shape.bytes()));
    plasticity::DecodeImage(encoded, shape, pixels.data());
    const plasticity::ImageShape small{.channels = shape.channels, .height = 8, .width = 8};
    std::vector<std::uint8_t> square(static_cast<std::size_t>(small.bytes()));
    plasticity::DecodeToSize(encoded, small, square.data());
  });
  return 0;
}
