#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "suite/base/image_source.h"

namespace plasticity {

/// The shape that a JPEG or PNG file's header states. Throws InputError with the reason alone: the
/// caller knows the file's name.
ImageShape ReadImageShape(std::string_view encoded);

/// Decodes a JPEG or PNG file to `pixels` [channels, height, width]. A gray image expands where
/// `shape` has three channels; alpha is dropped and 16 bits are cut to 8. Throws InputError with
/// the reason when the image has another shape or is damaged.
void DecodeImage(std::string_view encoded, const ImageShape& shape, std::uint8_t* pixels);

/// The same for an image of any size, brought to the square of `shape`: its shorter side resized
/// (linear, antialiased; a JPEG is decoded at a half, a quarter or an eighth where that is still
/// large enough), its centre cut out.
void DecodeToSize(std::string_view encoded, const ImageShape& shape, std::uint8_t* pixels);

/// `pixels` [channels, height, width] as a JPEG file, colour at half resolution (4:2:0); `quality`
/// 1 to 100.
std::string EncodeJpeg(const ImageShape& shape, const std::uint8_t* pixels, int quality);

/// `pixels` [channels, height, width] as a PNG file.
std::string EncodePng(const ImageShape& shape, const std::uint8_t* pixels);

}  // namespace plasticity
