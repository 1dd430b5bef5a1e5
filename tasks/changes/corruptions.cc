#include "tasks/changes/corruptions.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/random/poisson_distribution.hpp>
#include <cmath>
#include <utility>

#include "suite/base/error.h"
#include "tasks/data/image_codec.h"

namespace plasticity {
namespace {

// One image with values 0 to 1, [channels][height][width].
struct Picture {
  ImageShape shape;
  std::vector<double> values;

  std::size_t plane() const { return static_cast<std::size_t>(shape.height) * shape.width; }
  double* Channel(int c) { return values.data() + static_cast<std::size_t>(c) * plane(); }
  const double* Channel(int c) const {
    return values.data() + static_cast<std::size_t>(c) * plane();
  }
};

double Clipped(double value) { return std::clamp(value, 0.0, 1.0); }

using Change = void (*)(Picture& x, const std::vector<double>& c, const NoiseDraws& draws);

void GaussianNoise(Picture& x, const std::vector<double>& c, const NoiseDraws& draws) {
  for (std::size_t i = 0; i < x.values.size(); ++i)
    x.values[i] = Clipped(x.values[i] + c[0] * draws.normal[i]);
}

void ShotNoise(Picture& x, const std::vector<double>& c, const NoiseDraws& draws) {
  for (std::size_t i = 0; i < x.values.size(); ++i) x.values[i] = Clipped(draws.photons[i] / c[0]);
}

void ImpulseNoise(Picture& x, const std::vector<double>& c, const NoiseDraws& draws) {
  for (std::size_t i = 0; i < x.values.size(); ++i)
    if (draws.flips[i] <= c[0]) x.values[i] = draws.salt[i] <= 0.5 ? 1 : 0;
}

// A line of weights along a row (step 1) or a column; the edge pixel is repeated.
void BlurAlong(Picture& x, const std::vector<double>& weights, bool rows) {
  const int radius = static_cast<int>(weights.size() / 2);
  const int height = x.shape.height, width = x.shape.width;
  const Picture from = x;
  for (int c = 0; c < x.shape.channels; ++c) {
    for (int i = 0; i < height; ++i) {
      for (int j = 0; j < width; ++j) {
        double sum = 0;
        for (int k = -radius; k <= radius; ++k) {
          const int y = rows ? i : std::clamp(i + k, 0, height - 1);
          const int z = rows ? std::clamp(j + k, 0, width - 1) : j;
          sum += weights[static_cast<std::size_t>(k + radius)] * from.Channel(c)[y * width + z];
        }
        x.Channel(c)[i * width + j] = sum;
      }
    }
  }
}

std::vector<double> GaussianLine(double deviation, int radius) {
  std::vector<double> line;
  double sum = 0;
  for (int k = -radius; k <= radius; ++k)
    sum += line.emplace_back(std::exp(-0.5 * k * k / (deviation * deviation)));
  for (double& weight : line) weight /= sum;
  return line;
}

void GaussianBlur(Picture& x, const std::vector<double>& c, const NoiseDraws&) {
  const std::vector<double> line = GaussianLine(c[0], static_cast<int>(4 * c[0] + 0.5));
  BlurAlong(x, line, false);
  BlurAlong(x, line, true);
  for (double& value : x.values) value = Clipped(value);
}

// The place that a mirror at the edge shows, the edge pixel itself not repeated.
int Mirrored(int place, int size) {
  while (place < 0 || place >= size) place = place < 0 ? -place : 2 * (size - 1) - place;
  return place;
}

constexpr int kDefocusRadius = 8;

void DefocusBlur(Picture& x, const std::vector<double>& c, const NoiseDraws&) {
  const std::vector<double> kernel = DefocusKernel(c[0], c[1]);
  const int height = x.shape.height, width = x.shape.width, side = 2 * kDefocusRadius + 1;
  const Picture from = x;
  for (int channel = 0; channel < x.shape.channels; ++channel) {
    const double* in = from.Channel(channel);
    for (int i = 0; i < height; ++i) {
      for (int j = 0; j < width; ++j) {
        double sum = 0;
        for (int k = 0; k < side * side; ++k) {
          const double weight = kernel[static_cast<std::size_t>(k)];
          if (weight == 0) continue;
          sum += weight * in[Mirrored(i + k / side - kDefocusRadius, height) * width +
                             Mirrored(j + k % side - kDefocusRadius, width)];
        }
        x.Channel(channel)[i * width + j] = Clipped(sum);
      }
    }
  }
}

void Contrast(Picture& x, const std::vector<double>& c, const NoiseDraws&) {
  for (int channel = 0; channel < x.shape.channels; ++channel) {
    double* values = x.Channel(channel);
    double mean = 0;
    for (std::size_t i = 0; i < x.plane(); ++i) mean += values[i];
    mean /= static_cast<double>(x.plane());
    for (std::size_t i = 0; i < x.plane(); ++i)
      values[i] = Clipped((values[i] - mean) * c[0] + mean);
  }
}

struct Hsv {
  double hue, saturation, value;
};

Hsv ToHsv(double r, double g, double b) {
  const double value = std::max({r, g, b}), range = value - std::min({r, g, b});
  if (range == 0) return {0, 0, value};
  double sextant = 0;
  if (value == b) {
    sextant = 4 + (r - g) / range;
  } else if (value == g) {
    sextant = 2 + (b - r) / range;
  } else {
    sextant = (g - b) / range;
  }
  const double hue = sextant / 6;
  return {hue - std::floor(hue), range / value, value};
}

std::array<double, 3> ToRgb(const Hsv& x) {
  const double sextant = std::floor(x.hue * 6), f = x.hue * 6 - sextant;
  const double v = x.value, p = v * (1 - x.saturation), q = v * (1 - f * x.saturation),
               t = v * (1 - (1 - f) * x.saturation);
  const std::array<std::array<double, 3>, 6> colours = {
      {{v, t, p}, {q, v, p}, {p, v, t}, {p, q, v}, {t, p, v}, {v, p, q}}};
  return colours[static_cast<std::size_t>(sextant) % 6];
}

template <typename Edit>
void EditHsv(Picture& x, const Edit& edit) {
  for (std::size_t i = 0; i < x.plane(); ++i) {
    Hsv hsv = ToHsv(x.Channel(0)[i], x.Channel(1)[i], x.Channel(2)[i]);
    edit(hsv);
    const std::array<double, 3> rgb = ToRgb(hsv);
    for (int c = 0; c < 3; ++c) x.Channel(c)[i] = Clipped(rgb[static_cast<std::size_t>(c)]);
  }
}

void Brightness(Picture& x, const std::vector<double>& c, const NoiseDraws&) {
  if (x.shape.channels == 1) {
    for (double& value : x.values) value = Clipped(value + c[0]);
  } else {
    EditHsv(x, [&](Hsv& hsv) { hsv.value = Clipped(hsv.value + c[0]); });
  }
}

void Saturate(Picture& x, const std::vector<double>& c, const NoiseDraws&) {
  EditHsv(x, [&](Hsv& hsv) { hsv.saturation = Clipped(hsv.saturation * c[0] + c[1]); });
}

// One line of 8-bit values by Pillow's box filter: weights of 22 bits, rounded half up.
std::vector<int> BoxLine(const std::vector<int>& line, int size) {
  constexpr int kBits = 22;
  const double scale = static_cast<double>(line.size()) / size, stretch = std::max(scale, 1.0);
  std::vector<int> out;
  for (int i = 0; i < size; ++i) {
    const double centre = (i + 0.5) * scale, support = 0.5 * stretch;
    const int from = std::max(0, static_cast<int>(centre - support + 0.5));
    const int to =
        std::min(static_cast<int>(line.size()), static_cast<int>(centre + support + 0.5));
    std::vector<double> weights;
    double sum = 0;
    for (int k = from; k < to; ++k) {
      const double place = (k - centre + 0.5) / stretch;
      sum += weights.emplace_back(place > -0.5 && place <= 0.5 ? 1.0 : 0.0);
    }
    std::int64_t total = std::int64_t{1} << (kBits - 1);
    for (int k = from; k < to; ++k) {
      const double weight = weights[static_cast<std::size_t>(k - from)] / sum;
      total += line[static_cast<std::size_t>(k)] *
               static_cast<std::int64_t>(weight * (1 << kBits) + 0.5);
    }
    out.push_back(static_cast<int>(std::clamp<std::int64_t>(total >> kBits, 0, 255)));
  }
  return out;
}

// Rows, then columns, of one channel [height][width] to [to_height][to_width].
std::vector<int> BoxResized(const std::vector<int>& in, int height, int width, int to_height,
                            int to_width) {
  std::vector<int> rows;
  for (int i = 0; i < height; ++i) {
    const auto start = in.begin() + static_cast<std::ptrdiff_t>(i) * width;
    const std::vector<int> line = BoxLine({start, start + width}, to_width);
    rows.insert(rows.end(), line.begin(), line.end());
  }
  std::vector<int> out(static_cast<std::size_t>(to_height) * to_width);
  for (int j = 0; j < to_width; ++j) {
    std::vector<int> column;
    for (int i = 0; i < height; ++i)
      column.push_back(rows[static_cast<std::size_t>(i) * to_width + j]);
    const std::vector<int> line = BoxLine(column, to_height);
    for (int i = 0; i < to_height; ++i)
      out[static_cast<std::size_t>(i) * to_width + j] = line[static_cast<std::size_t>(i)];
  }
  return out;
}

void Pixelate(Picture& x, const std::vector<double>& c, const NoiseDraws&) {
  const int height = x.shape.height, width = x.shape.width;
  const int small_height = static_cast<int>(height * c[0]);
  const int small_width = static_cast<int>(width * c[0]);
  for (int channel = 0; channel < x.shape.channels; ++channel) {
    std::vector<int> values;
    for (std::size_t i = 0; i < x.plane(); ++i)
      values.push_back(static_cast<int>(std::lround(x.Channel(channel)[i] * 255)));
    const std::vector<int> small = BoxResized(values, height, width, small_height, small_width);
    const std::vector<int> large = BoxResized(small, small_height, small_width, height, width);
    for (std::size_t i = 0; i < x.plane(); ++i) x.Channel(channel)[i] = large[i] / 255.0;
  }
}

void Jpeg(Picture& x, const std::vector<double>& c, const NoiseDraws&) {
  std::vector<std::uint8_t> pixels;
  for (const double value : x.values)
    pixels.push_back(static_cast<std::uint8_t>(std::lround(value * 255)));
  const ImageShape shape = x.shape;
  DecodeImage(EncodeJpeg(shape, pixels.data(), static_cast<int>(c[0])), shape, pixels.data());
  for (std::size_t i = 0; i < pixels.size(); ++i) x.values[i] = pixels[i] / 255.0;
}

// What a corruption does, and its constants at severities 1 to 5, CIFAR-10-C's and
// Tiny-ImageNet-C's. In the order of Corruptions().
struct Entry {
  const char* name;
  Change change;
  std::vector<std::vector<double>> cifar;
  std::vector<std::vector<double>> tiny;
  bool whole = false;  // gives whole 8-bit values
};

const std::vector<Entry>& Entries() {
  static const std::vector<Entry> entries = {
      {"gaussian_noise",
       GaussianNoise,
       {{0.04}, {0.06}, {0.08}, {0.09}, {0.10}},
       {{0.04}, {0.08}, {0.12}, {0.15}, {0.18}}},
      {"shot_noise",
       ShotNoise,
       {{500}, {250}, {100}, {75}, {50}},
       {{250}, {100}, {50}, {30}, {15}}},
      {"impulse_noise",
       ImpulseNoise,
       {{0.01}, {0.02}, {0.03}, {0.05}, {0.07}},
       {{0.01}, {0.02}, {0.05}, {0.08}, {0.14}}},
      {"gaussian_blur",
       GaussianBlur,
       {{0.4}, {0.6}, {0.7}, {0.8}, {1}},
       {{0.5}, {0.75}, {1}, {1.25}, {1.5}}},
      {"defocus_blur",
       DefocusBlur,
       {{0.3, 0.4}, {0.4, 0.5}, {0.5, 0.6}, {1, 0.2}, {1.5, 0.1}},
       {{0.5, 0.6}, {1, 0.1}, {1.5, 0.1}, {2.5, 0.01}, {3, 0.1}}},
      {"contrast",
       Contrast,
       {{0.75}, {0.5}, {0.4}, {0.3}, {0.15}},
       {{0.4}, {0.3}, {0.2}, {0.1}, {0.05}}},
      {"brightness",
       Brightness,
       {{0.05}, {0.1}, {0.15}, {0.2}, {0.3}},
       {{0.1}, {0.2}, {0.3}, {0.4}, {0.5}}},
      {"saturate",
       Saturate,
       {{0.3, 0}, {0.1, 0}, {1.5, 0}, {2, 0.1}, {2.5, 0.2}},
       {{0.3, 0}, {0.1, 0}, {2, 0}, {5, 0.1}, {30, 0.2}}},
      {"pixelate",
       Pixelate,
       {{0.95}, {0.9}, {0.85}, {0.75}, {0.65}},
       {{0.9}, {0.8}, {0.7}, {0.6}, {0.5}},
       true},
      {"jpeg_compression",
       Jpeg,
       {{80}, {65}, {58}, {50}, {40}},
       {{65}, {58}, {50}, {40}, {25}},
       true}};
  return entries;
}

const Entry& EntryOf(const std::string& name) {
  for (const Entry& entry : Entries())
    if (entry.name == name) return entry;
  throw InputError(fmt::format("no corruption named '{}'.", name));
}

// 32 random bits at a time, as Boost's distributions take them.
struct Bits {
  using result_type = std::uint32_t;
  static constexpr result_type min() { return 0; }
  static constexpr result_type max() { return 0xFFFFFFFF; }
  result_type operator()() { return stream.Next(); }
  Stream stream;
};

std::vector<double> Uniform(Stream& stream, std::size_t count) {
  std::vector<double> numbers(count);
  for (double& number : numbers) number = stream.Uniform();
  return numbers;
}

class CorruptionChange final : public ImageChange {
 public:
  CorruptionChange(Corruption corruption, const Streams& streams)
      : corruption_(std::move(corruption)), streams_(streams) {}

  void Apply(const ImageShape& shape, std::int64_t index, std::uint8_t* pixels) const override {
    const std::vector<double> values =
        Corrupted(corruption_, shape, pixels, Draw(shape, index, pixels));
    for (std::size_t i = 0; i < values.size(); ++i)
      pixels[i] = static_cast<std::uint8_t>(values[i]);
  }

 private:
  NoiseDraws Draw(const ImageShape& shape, std::int64_t index, const std::uint8_t* pixels) const {
    const auto count = static_cast<std::size_t>(shape.bytes());
    Stream stream = streams_.For(corruption_.name, static_cast<std::uint64_t>(index));
    NoiseDraws draws;
    if (corruption_.name == "gaussian_noise") {
      std::vector<float> normal(count);
      stream.FillNormal(normal.data(), count, 0, 1);
      draws.normal.assign(normal.begin(), normal.end());
    } else if (corruption_.name == "shot_noise") {
      Bits bits{stream};
      for (std::size_t i = 0; i < count; ++i) {
        const double mean = pixels[i] / 255.0 * corruption_.constants[0];
        draws.photons.push_back(
            mean > 0 ? boost::random::poisson_distribution<int, double>(mean)(bits) : 0);
      }
    } else if (corruption_.name == "impulse_noise") {
      draws.flips = Uniform(stream, count);
      draws.salt = Uniform(stream, count);
    }
    return draws;
  }

  Corruption corruption_;
  Streams streams_;
};

}  // namespace

std::vector<std::string> Corruptions(int channels) {
  std::vector<std::string> names;
  for (const Entry& entry : Entries())
    if (channels == 3 || entry.change != Saturate) names.emplace_back(entry.name);
  return names;
}

Corruption CorruptionOf(const std::string& name, int severity, const ImageShape& shape) {
  const Entry& entry = EntryOf(name);
  const auto at = static_cast<std::size_t>(severity - 1);
  return {name, std::min(shape.height, shape.width) >= 64 ? entry.tiny.at(at) : entry.cifar.at(at)};
}

std::vector<double> DefocusKernel(double radius, double alias) {
  constexpr int kSide = 2 * kDefocusRadius + 1;
  std::vector<float> disk;
  for (int i = -kDefocusRadius; i <= kDefocusRadius; ++i)
    for (int j = -kDefocusRadius; j <= kDefocusRadius; ++j)
      disk.push_back(i * i + j * j <= radius * radius ? 1.0F : 0.0F);
  const float area = static_cast<float>(std::count(disk.begin(), disk.end(), 1.0F));
  const std::vector<double> line = GaussianLine(alias, 1);
  std::vector<double> kernel;
  for (int i = 0; i < kSide; ++i) {
    for (int j = 0; j < kSide; ++j) {
      double sum = 0;
      for (int y = -1; y <= 1; ++y)
        for (int x = -1; x <= 1; ++x)
          sum += line[static_cast<std::size_t>(y + 1)] * line[static_cast<std::size_t>(x + 1)] *
                 disk[static_cast<std::size_t>(Mirrored(i + y, kSide) * kSide +
                                               Mirrored(j + x, kSide))] /
                 area;
      kernel.push_back(static_cast<float>(sum));
    }
  }
  return kernel;
}

std::vector<double> Corrupted(const Corruption& corruption, const ImageShape& shape,
                              const std::uint8_t* pixels, const NoiseDraws& draws) {
  Picture picture{shape, {}};
  for (std::int64_t i = 0; i < shape.bytes(); ++i) picture.values.push_back(pixels[i] / 255.0);
  const Entry& entry = EntryOf(corruption.name);
  entry.change(picture, corruption.constants, draws);
  for (double& value : picture.values) value = entry.whole ? std::round(value * 255) : value * 255;
  return picture.values;
}

std::shared_ptr<const ImageChange> MakeChange(const Corruption& corruption,
                                              const Streams& streams) {
  EntryOf(corruption.name);
  return std::make_shared<CorruptionChange>(corruption, streams);
}

}  // namespace plasticity
