#include "suite/ops/winograd.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <ATen/record_function.h>

#include <algorithm>
#include <vector>

#include "suite/ops/panel_product.h"
#include "suite/ops/winograd_tile.h"

namespace plasticity {
namespace {

constexpr std::int64_t kGroup = 64;                // tiles whose products stay in a core's cache
constexpr std::int64_t kTilesAtOnce = 2 * kGroup;  // whose places stay in the cache
constexpr std::int64_t kWorthAThread = 4;          // tiles

// Maps [n, h, w, channels], and the zeros around them.
struct Maps {
  const float* data;
  std::int64_t height, width, channels, margin;
  std::vector<float> zeros;

  Maps(const at::Tensor& x, std::int64_t margin)  // channels last
      : data(x.const_data_ptr<float>()),
        height(x.size(2)),
        width(x.size(3)),
        channels(x.size(1)),
        margin(margin),
        zeros(static_cast<std::size_t>(channels)) {}
  // The channels of a pixel, counted from the margin's corner.
  const float* At(std::int64_t image, std::int64_t row, std::int64_t column) const {
    row -= margin, column -= margin;
    return row >= 0 && row < height && column >= 0 && column < width
               ? data + ((image * height + row) * width + column) * channels
               : zeros.data();
  }
};

// How outputs lie in tiles.
struct Tiling {
  std::int64_t images, height, width;  // of the output
  std::int64_t rows, columns;          // tiles

  Tiling(std::int64_t n, std::int64_t h, std::int64_t w)
      : images(n),
        height(h),
        width(w),
        rows((h + kStep - 1) / kStep),
        columns((w + kStep - 1) / kStep) {}
  std::int64_t tiles() const { return images * rows * columns; }
};

// A tile's image, and where its first pixel is.
struct Corner {
  std::int64_t image, row, column;
  Corner(const Tiling& tiling, std::int64_t tile)
      : image(tile / (tiling.columns * tiling.rows)),
        row(tile / tiling.columns % tiling.rows * kStep),
        column(tile % tiling.columns * kStep) {}
};

// Numbers [blocks, 36, size].
class Places {
 public:
  Places(std::int64_t blocks, std::int64_t size)
      : apart_(size + kLine), memory_(at::empty({blocks * kPlaces * apart_}, at::kFloat)) {}
  // How far a block's places are from one another: a power of two, and they would push one another
  // out of the cache.
  std::int64_t apart() const { return apart_; }
  float* Of(std::int64_t block, std::int64_t place = 0) const {
    return memory_.data_ptr<float>() + (block * kPlaces + place) * apart_;
  }

 private:
  static constexpr std::int64_t kLine = 16;  // floats of a line of the cache
  std::int64_t apart_;
  at::Tensor memory_;
};

// How tiles lie in places.
enum class Order {
  kTiles,   // in one block, [tiles, channels]
  kPanels,  // in a block for each panel of channels, [tiles, kPanel]
};

// Puts into places what `count` tiles from `first` on have of maps: their pixels, or, side by side,
// the errors of their outputs.
void ToPlaces(const Maps& maps, std::int64_t side, const Tiling& tiling, std::int64_t first,
              std::int64_t count, Order order, const Places& places, Precision precision) {
  const auto transform = side == kTile ? TransformInput : TransformErrors;
  const bool panels = order == Order::kPanels;
  const std::int64_t tile_size = panels ? kPanel : maps.channels;
  const std::int64_t next = panels ? kPlaces * places.apart() : kPanel;
  at::parallel_for(0, count, kWorthAThread, [&](std::int64_t begin, std::int64_t end) {
    const float* pixels[kPlaces];
    for (std::int64_t tile = begin; tile < end; ++tile) {
      const Corner corner(tiling, first + tile);
      for (std::int64_t p = 0; p < side * side; ++p)
        pixels[p] = maps.At(corner.image, corner.row + p / side, corner.column + p % side);
      transform(pixels, maps.channels, places.Of(0) + tile * tile_size, places.apart(), next,
                precision);
    }
  });
}

// Outputs [n, h, w, channels], written a panel of channels at a time.
struct Outputs {
  const Tiling& tiling;
  float* data;
  std::int64_t channels;
  const float* bias;
  Precision precision;

  // Of `count` tiles from `first` on.
  void Write(const Places& products, std::int64_t panel, std::int64_t first,
             std::int64_t count) const {
    for (std::int64_t tile = 0; tile < count; ++tile) {
      const Corner corner(tiling, first + tile);
      float* outputs[kOutputs];
      for (std::int64_t p = 0; p < kOutputs; ++p) {
        const std::int64_t row = corner.row + p / kStep, column = corner.column + p % kStep;
        const std::int64_t at = (corner.image * tiling.height + row) * tiling.width + column;
        outputs[p] = row < tiling.height && column < tiling.width
                         ? data + at * channels + panel * kPanel
                         : nullptr;
      }
      TransformProducts(products.Of(0) + tile * kPanel, products.apart(), bias + panel * kPanel,
                        outputs, precision);
    }
  }
};

}  // namespace

bool WinogradHelps(const at::Tensor& x, const at::Tensor& weight, std::int64_t stride,
                   Precision precision) {
  // Fitted to bench/hebbian_bench: few tiles are less than their kernels' transformation, and of
  // maps of few pixels much of a tile is unused.
  constexpr std::int64_t kFewTiles = 4;
  if (!x.is_cpu() || x.scalar_type() != at::kFloat || weight.scalar_type() != at::kFloat ||
      stride != 1 || weight.size(2) != kKernel || weight.size(3) != kKernel ||
      weight.size(0) % kPanel != 0 || weight.size(1) % kPanel != 0 ||
      (precision == Precision::kBfloat16 && MultipliesBfloat16Best(x)))
    return false;
  const Tiling tiling(x.size(0), x.size(2) - 2, x.size(3) - 2);
  const std::int64_t direct = tiling.images * tiling.height * tiling.width * kWeights;
  return tiling.tiles() >= kFewTiles && 2 * direct >= 3 * tiling.tiles() * kPlaces;
}

at::Tensor WinogradConvolution(const at::Tensor& x, const at::Tensor& weight,
                               const at::Tensor& bias, std::int64_t margin, Precision precision) {
  RECORD_FUNCTION("plasticity::winograd_convolution", std::vector<c10::IValue>({x, weight}));
  const std::int64_t out = weight.size(0), in = weight.size(1), panels = out / kPanel;
  const Tiling tiling(x.size(0), x.size(2) + 2 * margin - 2, x.size(3) + 2 * margin - 2);
  const at::Tensor images = x.contiguous(at::MemoryFormat::ChannelsLast),
                   kernels = weight.contiguous(at::MemoryFormat::ChannelsLast),
                   shift = !bias.defined()                     ? at::zeros({out}, x.options())
                           : precision == Precision::kBfloat16 ? RoundToBfloat16(bias)
                                                               : bias.contiguous();
  at::Tensor y = at::empty({tiling.images, out, tiling.height, tiling.width}, x.options(),
                           at::MemoryFormat::ChannelsLast);
  const Maps maps(images, margin);
  const Outputs outputs{tiling, y.data_ptr<float>(), out, shift.const_data_ptr<float>(), precision};
  const float* const weights = kernels.const_data_ptr<float>();

  // Where one group is all, a panel's transformed kernels are used once, and stay in the cache.
  const bool used_once = tiling.tiles() <= kGroup;
  const auto transform = [&](std::int64_t panel, float* to, std::int64_t apart) {
    TransformKernels(weights + panel * kPanel * kWeights * in, in, to, apart, precision);
  };
  const Places kept(used_once ? 0 : panels, in * kPanel);
  at::parallel_for(0, used_once ? 0 : panels, 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t panel = begin; panel < end; ++panel)
      transform(panel, kept.Of(panel), kept.apart());
  });
  const std::int64_t at_once = std::min(kTilesAtOnce, tiling.tiles());
  const Places places(1, at_once * in);
  for (std::int64_t first = 0; first < tiling.tiles(); first += at_once) {
    const std::int64_t count = std::min(at_once, tiling.tiles() - first);
    ToPlaces(maps, kTile, tiling, first, count, Order::kTiles, places, precision);
    const std::int64_t groups = (count + kGroup - 1) / kGroup;
    at::parallel_for(0, panels * groups, 1, [&](std::int64_t begin, std::int64_t end) {
      const Places own(used_once ? 1 : 0, in * kPanel), products(1, kGroup * kPanel);
      for (std::int64_t item = begin; item < end; ++item) {
        const std::int64_t panel = item / groups, group = item % groups * kGroup;
        const std::int64_t tiles = std::min(kGroup, count - group);
        if (used_once) transform(panel, own.Of(0), own.apart());
        for (std::int64_t p = 0; p < kPlaces; ++p) {
          Multiply({.rows = tiles,
                    .n = in,
                    .a = places.Of(0, p) + group * in,
                    .a_row = in,
                    .a_step = 1,
                    .b = used_once ? own.Of(0, p) : kept.Of(panel, p),
                    .c = products.Of(0, p),
                    .c_row = kPanel,
                    .keep = 0});
        }
        outputs.Write(products, panel, first + group, tiles);
      }
    });
  }
  return y;
}

at::Tensor WinogradWeightGradient(const at::Tensor& x, const at::Tensor& rows,
                                  Precision precision) {
  RECORD_FUNCTION("plasticity::winograd_weight_gradient", std::vector<c10::IValue>({x, rows}));
  const std::int64_t out = rows.size(1), in = x.size(1);
  const Tiling tiling(x.size(0), x.size(2) - 2, x.size(3) - 2);
  const at::Tensor images = x.contiguous(at::MemoryFormat::ChannelsLast);
  const at::Tensor errors = rows.contiguous()
                                .view({tiling.images, tiling.height, tiling.width, out})
                                .permute({0, 3, 1, 2});
  at::Tensor gradient =
      at::empty({out, in, kKernel, kKernel}, x.options(), at::MemoryFormat::ChannelsLast);
  const Maps maps(images, 0), error_maps(errors, 0);
  float* const to = gradient.data_ptr<float>();

  const std::int64_t in_panels = in / kPanel, out_panels = out / kPanel;
  const std::int64_t at_once = std::min(kTilesAtOnce, tiling.tiles());
  const Places places(in_panels, at_once * kPanel), error_places(out_panels, at_once * kPanel);
  // Sums of a panel of inputs and a panel of units: where all tiles are taken at once, they need
  // not be kept.
  const bool all_at_once = at_once == tiling.tiles();
  const Places kept(all_at_once ? 0 : in_panels * out_panels, kPanel * kPanel);
  for (std::int64_t first = 0; first < tiling.tiles(); first += at_once) {
    const std::int64_t count = std::min(at_once, tiling.tiles() - first);
    ToPlaces(maps, kTile, tiling, first, count, Order::kPanels, places, precision);
    ToPlaces(error_maps, kStep, tiling, first, count, Order::kPanels, error_places, precision);
    at::parallel_for(0, in_panels * out_panels, 1, [&](std::int64_t begin, std::int64_t end) {
      const Places own(all_at_once ? 1 : 0, kPanel * kPanel);
      const Places& sums = all_at_once ? own : kept;
      for (std::int64_t pair = begin; pair < end; ++pair) {
        const std::int64_t unit = pair / in_panels, input = pair % in_panels;
        const std::int64_t block = all_at_once ? 0 : pair;
        for (std::int64_t p = 0; p < kPlaces; ++p) {
          Multiply({.rows = kPanel,
                    .n = count,
                    .a = error_places.Of(unit, p),
                    .a_row = 1,
                    .a_step = kPanel,
                    .b = places.Of(input, p),
                    .c = sums.Of(block, p),
                    .c_row = kPanel,
                    .keep = first > 0 ? 1.F : 0.F});
        }
        if (first + count == tiling.tiles()) {
          TransformSums(sums.Of(block), sums.apart(), in,
                        to + (unit * kWeights * in + input) * kPanel, precision);
        }
      }
    });
  }
  return gradient;
}

}  // namespace plasticity
