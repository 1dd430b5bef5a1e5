#include "reports/stream_matrix.h"

#include <algorithm>

namespace plasticity {

std::optional<StreamMatrix> StreamMatrixOf(const Result& result, const std::string& record) {
  const auto found = result.records.find(record);
  if (found == result.records.end()) return std::nullopt;
  if (found->second.axes != std::vector<std::string>{"after", "on"}) return std::nullopt;
  StreamMatrix matrix{.rows = found->second.values.Rows()};
  const std::size_t rows = matrix.rows.size();
  const std::size_t experiences = rows == 0 ? 0 : matrix.rows.front().size();
  matrix.has_start = rows == experiences + 1;
  const bool square = std::all_of(matrix.rows.begin(), matrix.rows.end(),
                                  [&](const auto& row) { return row.size() == experiences; });
  if (experiences == 0 || !square || (rows != experiences && !matrix.has_start)) {
    return std::nullopt;
  }
  return matrix;
}

}  // namespace plasticity
