#pragma once

#include "reports/measure.h"
#include "reports/published.h"
#include "reports/table.h"

namespace plasticity {

/// What a number needs said beside it: "3 layers, 4 seeds, ± standard deviation [key]".
std::string AboutPublished(const PublishedNumber& number);

/// The number as a cell, with the source's spread.
Number CellOf(const PublishedNumber& number);

/// "journe2023hebbian: where it is read; how it was measured." of each source, once.
std::vector<std::string> SourceNotes(const std::vector<PublishedNumber>& numbers);

/// Adds the published numbers that fit the board behind the table's rows, marked and without rank.
void AddPublished(Table& table, const Board& board, const MetricInfo& metric);

}  // namespace plasticity
