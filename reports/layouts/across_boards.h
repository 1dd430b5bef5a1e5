#pragma once

#include <string>
#include <vector>

#include "reports/layout.h"

namespace plasticity {

/// One column of a table that reaches over boards.
struct BoardColumn {
  const Board* board = nullptr;
  MetricInfo metric;
  std::string heading;
};

/// A table without columns of what these boards say of themselves, what they measure with their
/// headings.
Table BoardsTable(const ResultSet& results, const std::vector<BoardColumn>& columns, double level);

/// Rows of several boards side by side: those of the same parts and device are one row. Rows are
/// sorted by the first column that they are in.
Table AcrossBoards(const ResultSet& results, const std::vector<BoardColumn>& columns, double level);

/// The conditions in which the boards differ, short: the readouts' names where only these tell them
/// apart, else "readout.alpha=0.1", or "setting=class-incremental" of what lies deeper.
std::vector<std::string> ConditionLabels(const std::vector<const Board*>& boards);

}  // namespace plasticity
