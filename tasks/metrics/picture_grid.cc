#include "tasks/metrics/picture_grid.h"

#include <ATen/ATen.h>

#include <algorithm>

#include "tasks/data/image_codec.h"

namespace plasticity {

std::string PictureGrid(const std::vector<at::Tensor>& rows, std::int64_t zoom) {
  constexpr std::int64_t kLine = 2;
  std::int64_t columns = 0;
  for (const at::Tensor& row : rows) columns = std::max(columns, row.size(0));
  const std::int64_t channels = rows.at(0).size(1);
  const std::int64_t height = rows[0].size(2) * zoom, width = rows[0].size(3) * zoom;
  at::Tensor sheet =
      at::ones({channels, static_cast<std::int64_t>(rows.size()) * (height + kLine) + kLine,
                columns * (width + kLine) + kLine});
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const at::Tensor pictures = rows[i]
                                    .detach()
                                    .to(at::kCPU, at::kFloat)
                                    .clamp(0, 1)
                                    .repeat_interleave(zoom, 2)
                                    .repeat_interleave(zoom, 3);
    for (std::int64_t j = 0; j < pictures.size(0); ++j) {
      const std::int64_t y = kLine + static_cast<std::int64_t>(i) * (height + kLine);
      const std::int64_t x = kLine + j * (width + kLine);
      sheet.slice(1, y, y + height).slice(2, x, x + width).copy_(pictures[j]);
    }
  }
  const at::Tensor bytes = (sheet * 255).round().to(at::kByte).contiguous();
  return EncodePng({static_cast<int>(channels), static_cast<int>(sheet.size(1)),
                    static_cast<int>(sheet.size(2))},
                   bytes.const_data_ptr<std::uint8_t>());
}

std::string FilterGrid(const at::Tensor& weights, std::int64_t zoom) {
  constexpr std::int64_t kUnits = 96, kColumns = 12;
  const at::Tensor shown = weights.detach().slice(0, 0, kUnits).to(at::kCPU, at::kFloat);
  const at::Tensor largest = shown.flatten(1).abs().amax(1).clamp_min(1e-30).view({-1, 1, 1, 1});
  const at::Tensor pictures = shown / largest / 2 + 0.5;
  std::vector<at::Tensor> rows;
  for (std::int64_t from = 0; from < pictures.size(0); from += kColumns)
    rows.push_back(pictures.slice(0, from, std::min(from + kColumns, pictures.size(0))));
  return PictureGrid(rows, zoom);
}

}  // namespace plasticity
