#pragma once

#include <cstdint>
#include <string_view>

namespace plasticity {

/// The size of an image file's content; channels is 1 (gray) or 3 (colour).
struct ImageShape {
  int channels = 0;
  int height = 0;
  int width = 0;
  bool operator==(const ImageShape&) const = default;
};

/// The shape that a JPEG or PNG file's header states. Throws InputError with the reason alone: the
/// caller knows the file's name.
ImageShape ReadImageShape(std::string_view encoded);

/// Decodes a JPEG or PNG file to `pixels` [channels, height, width]. A gray image expands where
/// `shape` has three channels; alpha is dropped and 16 bits are cut to 8. Throws InputError with
/// the reason when the image has another shape or is damaged.
void DecodeImage(std::string_view encoded, const ImageShape& shape, std::uint8_t* pixels);

}  // namespace plasticity
