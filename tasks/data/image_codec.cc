#include "tasks/data/image_codec.h"

// jpeglib.h needs these two first.
#include <fmt/format.h>
#include <jerror.h>
#include <jpeglib.h>
#include <png.h>

#include <algorithm>
#include <csetjmp>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "suite/base/error.h"
#include "tasks/data/resize.h"

// Both libraries report errors by a jump. Every function that a jump may leave holds no object with
// a destructor; its caller owns the memory.

namespace plasticity {
namespace {

// What Read is asked for.
struct Wanted {
  bool samples = true;                  // else the shape alone
  const ImageShape* of_size = nullptr;  // the size that it must have
  int least = 0;  // pixels that the shorter side of a JPEG may be decoded down to; 0: as it is
};

void CheckSize(const ImageShape& found, const Wanted& wanted) {
  const ImageShape* expected = wanted.of_size;
  if (expected == nullptr) return;
  if (found.height == expected->height && found.width == expected->width) return;
  throw InputError(fmt::format(
      "is {} x {} pixels, and the images before it are {} x {} (`plasticity data import NAME PATH "
      "--size N` brings images to one size)",
      found.height, found.width, expected->height, expected->width));
}

// A header is trusted up to this: half a gigabyte of colour samples.
void CheckPixels(const ImageShape& shape) {
  constexpr std::int64_t kMost = std::int64_t{1} << 27;
  if (std::int64_t{shape.height} * shape.width <= kMost) return;
  throw InputError(fmt::format("is {} x {} pixels, and more than {} million are not read",
                               shape.height, shape.width, kMost / 1'000'000));
}

// Spreads interleaved samples over the planes; a gray image fills every plane.
void Scatter(const Picture& picture, const ImageShape& shape, std::uint8_t* pixels) {
  const int channels = picture.shape.channels;
  if (channels > shape.channels)
    throw InputError("is a colour image, and the images before it are gray");
  const std::size_t plane = std::size_t(shape.height) * shape.width;
  for (int c = 0; c < shape.channels; ++c) {
    std::uint8_t* out = pixels + c * plane;
    const std::uint8_t* in = picture.samples.data() + (channels == 1 ? 0 : c);
    for (std::size_t i = 0; i < plane; ++i) out[i] = in[i * channels];
  }
}

struct JpegReader {
  jpeg_decompress_struct state{};
  jpeg_error_mgr errors{};
  std::jmp_buf jump;
  char message[JMSG_LENGTH_MAX] = "";

  explicit JpegReader() {
    state.err = jpeg_std_error(&errors);
    state.client_data = this;
    errors.error_exit = [](j_common_ptr info) {
      auto* self = static_cast<JpegReader*>(info->client_data);
      self->errors.format_message(info, self->message);
      std::longjmp(self->jump, 1);
    };
    errors.emit_message = [](j_common_ptr info, int level) {
      // Of the warnings, those that mean lost pixels are errors here.
      const int code = info->err->msg_code;
      if (level < 0 &&
          (code == JWRN_HIT_MARKER || code == JWRN_JPEG_EOF || code == JWRN_HUFF_BAD_CODE)) {
        info->err->error_exit(info);
      }
    };
    errors.output_message = [](j_common_ptr) {};
  }
  ~JpegReader() { jpeg_destroy_decompress(&state); }
};

bool ReadJpegHeader(JpegReader& jpeg, std::string_view encoded, int least) {
  if (setjmp(jpeg.jump) != 0) return false;
  jpeg_create_decompress(&jpeg.state);
  jpeg_mem_src(&jpeg.state, reinterpret_cast<const unsigned char*>(encoded.data()), encoded.size());
  jpeg_read_header(&jpeg.state, TRUE);
  jpeg.state.out_color_space = jpeg.state.num_components == 1   ? JCS_GRAYSCALE
                               : jpeg.state.num_components == 4 ? JCS_CMYK
                                                                : JCS_RGB;
  const JDIMENSION shorter = std::min(jpeg.state.image_width, jpeg.state.image_height);
  while (least > 0 && jpeg.state.scale_denom < 8 &&
         shorter / (jpeg.state.scale_denom * 2) >= static_cast<JDIMENSION>(least)) {
    jpeg.state.scale_denom *= 2;
  }
  jpeg_calc_output_dimensions(&jpeg.state);
  return true;
}

bool ReadJpegRows(JpegReader& jpeg, std::uint8_t* samples) {
  if (setjmp(jpeg.jump) != 0) return false;
  jpeg_start_decompress(&jpeg.state);
  while (jpeg.state.output_scanline < jpeg.state.output_height) {
    JSAMPROW row = samples + std::size_t(jpeg.state.output_scanline) * jpeg.state.output_width *
                                 jpeg.state.output_components;
    jpeg_read_scanlines(&jpeg.state, &row, 1);
  }
  jpeg_finish_decompress(&jpeg.state);
  return true;
}

// Printing inks as colours, in place. Adobe's programs store how much of an ink is missing.
void InksToColours(std::vector<std::uint8_t>& samples, bool of_adobe) {
  const std::size_t pixels = samples.size() / 4;
  const int flip = of_adobe ? 0 : 255;
  for (std::size_t i = 0; i < pixels; ++i) {
    const int light = samples[4 * i + 3] ^ flip;
    for (std::size_t c = 0; c < 3; ++c) {
      samples[3 * i + c] = static_cast<std::uint8_t>((samples[4 * i + c] ^ flip) * light / 255);
    }
  }
  samples.resize(3 * pixels);
}

Picture ReadJpeg(std::string_view encoded, const Wanted& wanted) {
  JpegReader jpeg;
  const auto damaged = [&] { return InputError(fmt::format("is damaged ({})", jpeg.message)); };
  if (!ReadJpegHeader(jpeg, encoded, wanted.least)) throw damaged();
  Picture picture{.shape = {jpeg.state.num_components == 1 ? 1 : 3,
                            static_cast<int>(jpeg.state.output_height),
                            static_cast<int>(jpeg.state.output_width)}};
  CheckPixels(picture.shape);
  CheckSize(picture.shape, wanted);
  if (!wanted.samples) return picture;
  picture.samples.resize(std::size_t(jpeg.state.output_height) * jpeg.state.output_width *
                         jpeg.state.output_components);
  if (!ReadJpegRows(jpeg, picture.samples.data())) throw damaged();
  if (jpeg.state.num_components == 4)
    InksToColours(picture.samples, jpeg.state.saw_Adobe_marker == TRUE);
  return picture;
}

struct PngReader {
  png_structp state = nullptr;
  png_infop info = nullptr;
  std::string_view rest;
  char message[200] = "";

  explicit PngReader(std::string_view encoded) : rest(encoded) {
    const auto on_error = [](png_structp png, png_const_charp text) {
      auto* self = static_cast<PngReader*>(png_get_error_ptr(png));
      std::snprintf(self->message, sizeof(self->message), "%s", text);
      png_longjmp(png, 1);
    };
    const auto on_warning = [](png_structp, png_const_charp) {};
    state = png_create_read_struct(PNG_LIBPNG_VER_STRING, this, on_error, on_warning);
    info = png_create_info_struct(state);
    if (info == nullptr) throw RunError("libpng ran out of memory.");
    png_set_read_fn(state, this, [](png_structp png, png_bytep out, std::size_t size) {
      auto* self = static_cast<PngReader*>(png_get_io_ptr(png));
      if (self->rest.size() < size) png_error(png, "it ends too early");
      std::memcpy(out, self->rest.data(), size);
      self->rest.remove_prefix(size);
    });
  }
  ~PngReader() { png_destroy_read_struct(&state, &info, nullptr); }
};

// Reads the header and asks for 8-bit gray or RGB, without alpha and without a change of gamma.
bool ReadPngHeader(PngReader& png) {
  if (setjmp(png_jmpbuf(png.state)) != 0) return false;
  png_read_info(png.state, png.info);
  png_set_expand(png.state);
  png_set_strip_16(png.state);
  png_set_strip_alpha(png.state);
  png_set_interlace_handling(png.state);
  png_read_update_info(png.state, png.info);
  return true;
}

bool ReadPngRows(PngReader& png, png_bytepp rows) {
  if (setjmp(png_jmpbuf(png.state)) != 0) return false;
  png_read_image(png.state, rows);
  png_read_end(png.state, nullptr);
  return true;
}

Picture ReadPng(std::string_view encoded, const Wanted& wanted) {
  PngReader png(encoded);
  if (!ReadPngHeader(png)) throw InputError(fmt::format("is damaged ({})", png.message));
  Picture picture{.shape = {png_get_channels(png.state, png.info),
                            static_cast<int>(png_get_image_height(png.state, png.info)),
                            static_cast<int>(png_get_image_width(png.state, png.info))}};
  CheckPixels(picture.shape);
  CheckSize(picture.shape, wanted);
  if (!wanted.samples) return picture;
  const std::size_t stride = png_get_rowbytes(png.state, png.info);
  picture.samples.resize(stride * picture.shape.height);
  std::vector<png_bytep> rows(static_cast<std::size_t>(picture.shape.height));
  for (std::size_t y = 0; y < rows.size(); ++y) rows[y] = picture.samples.data() + stride * y;
  if (!ReadPngRows(png, rows.data())) throw InputError(fmt::format("is damaged ({})", png.message));
  return picture;
}

Picture Read(std::string_view encoded, const Wanted& wanted) {
  if (encoded.starts_with("\xff\xd8\xff")) return ReadJpeg(encoded, wanted);
  if (encoded.starts_with("\x89PNG\r\n\x1a\n")) return ReadPng(encoded, wanted);
  throw InputError(encoded.empty() ? "is empty" : "is neither a JPEG nor a PNG image");
}

// Rows of interleaved samples from planes.
std::vector<std::uint8_t> Interleaved(const ImageShape& shape, const std::uint8_t* pixels) {
  const std::size_t plane = std::size_t(shape.height) * shape.width;
  std::vector<std::uint8_t> samples;
  samples.reserve(plane * shape.channels);
  for (std::size_t i = 0; i < plane; ++i)
    for (int c = 0; c < shape.channels; ++c) samples.push_back(pixels[c * plane + i]);
  return samples;
}

struct JpegWriter {
  jpeg_compress_struct state{};
  jpeg_error_mgr errors{};
  std::jmp_buf jump;
  unsigned char* memory = nullptr;
  unsigned long size = 0;

  JpegWriter() {
    state.err = jpeg_std_error(&errors);
    state.client_data = this;
    errors.error_exit = [](j_common_ptr info) {
      std::longjmp(static_cast<JpegWriter*>(info->client_data)->jump, 1);
    };
    errors.output_message = [](j_common_ptr) {};
  }
  ~JpegWriter() {
    jpeg_destroy_compress(&state);
    std::free(memory);
  }
};

bool WriteJpeg(JpegWriter& jpeg, const ImageShape& shape, std::uint8_t* samples, int quality) {
  if (setjmp(jpeg.jump) != 0) return false;
  jpeg_create_compress(&jpeg.state);
  jpeg_mem_dest(&jpeg.state, &jpeg.memory, &jpeg.size);
  jpeg.state.image_width = static_cast<JDIMENSION>(shape.width);
  jpeg.state.image_height = static_cast<JDIMENSION>(shape.height);
  jpeg.state.input_components = shape.channels;
  jpeg.state.in_color_space = shape.channels == 1 ? JCS_GRAYSCALE : JCS_RGB;
  jpeg_set_defaults(&jpeg.state);
  jpeg_set_quality(&jpeg.state, quality, TRUE);
  jpeg_start_compress(&jpeg.state, TRUE);
  while (jpeg.state.next_scanline < jpeg.state.image_height) {
    JSAMPROW row = samples + std::size_t(jpeg.state.next_scanline) * shape.width * shape.channels;
    jpeg_write_scanlines(&jpeg.state, &row, 1);
  }
  jpeg_finish_compress(&jpeg.state);
  return true;
}

}  // namespace

ImageShape ReadImageShape(std::string_view encoded) {
  return Read(encoded, {.samples = false}).shape;
}

void DecodeImage(std::string_view encoded, const ImageShape& shape, std::uint8_t* pixels) {
  Scatter(Read(encoded, {.of_size = &shape}), shape, pixels);
}

void DecodeToSize(std::string_view encoded, const ImageShape& shape, std::uint8_t* pixels) {
  Scatter(CenterSquare(Read(encoded, {.least = shape.height}), shape.height), shape, pixels);
}

std::string EncodeJpeg(const ImageShape& shape, const std::uint8_t* pixels, int quality) {
  std::vector<std::uint8_t> samples = Interleaved(shape, pixels);
  JpegWriter jpeg;
  if (!WriteJpeg(jpeg, shape, samples.data(), quality)) throw RunError("libjpeg could not encode.");
  return {reinterpret_cast<const char*>(jpeg.memory), jpeg.size};
}

std::string EncodePng(const ImageShape& shape, const std::uint8_t* pixels) {
  const std::vector<std::uint8_t> samples = Interleaved(shape, pixels);
  png_image image{};
  image.version = PNG_IMAGE_VERSION;
  image.width = static_cast<png_uint_32>(shape.width);
  image.height = static_cast<png_uint_32>(shape.height);
  image.format = shape.channels == 1 ? PNG_FORMAT_GRAY : PNG_FORMAT_RGB;
  png_alloc_size_t size = PNG_IMAGE_PNG_SIZE_MAX(image);
  std::string encoded(size, '\0');
  if (png_image_write_to_memory(&image, encoded.data(), &size, 0, samples.data(), 0, nullptr) == 0)
    throw RunError(std::string("libpng could not encode: ") + image.message);
  encoded.resize(size);
  return encoded;
}

}  // namespace plasticity
