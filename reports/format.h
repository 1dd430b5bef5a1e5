#pragma once

#include <string>
#include <vector>

#include "reports/table.h"

namespace plasticity {

/// Stands where a table has nothing.
inline constexpr const char* kNothing = "-";

/// A value in the unit that readers see: fractions in percent, bytes in MB, others as they are.
double InShownUnit(double value, const std::string& unit);

/// That unit: "%", "MB", "s"; "" of counts and of what has none.
std::string ShownUnit(const std::string& unit);

/// A value for readers: fractions in percent and degrees with one digit, seconds in a fitting unit,
/// bytes in MB, counts and images/s whole and grouped, others with four significant digits.
std::string ValueText(double value, const std::string& unit);

/// What stands behind a ValueText of that unit: "%", "MB"; "" where the text has it or there is
/// none.
std::string UnitText(const std::string& unit);

/// The half-width of an interval, as ValueText has its mean, but others with two digits.
std::string SpreadText(double halfwidth, const std::string& unit);

/// ValueText with "+" before what is above zero as it is written.
std::string SignedText(double value, const std::string& unit);

/// "2 diverged of 3", "skipped", "withdrawn": why there is no mean; "" where there is one. `brief`:
/// "-" where no seed has a value.
std::string LostText(const Measured& measured, bool brief = false);

/// Whether all that was measured of the row is withdrawn: its label is struck through.
bool IsWithdrawn(const TableRow& row);

/// `text` as a field of RFC 4180: in quotes where it needs them.
std::string CsvField(const std::string& text);

/// The column's heading; with `unit`, " (%)" behind that of fractions.
std::string HeadingText(const Column& column, bool unit);

/// Whether the column holds numbers that stand to the right: all but text and metrics.
bool RightAligned(const Table& table, std::size_t column);

/// One column's cells as text, of one width where that aligns their numbers: "47.9 ± 0.8".
std::vector<std::string> ColumnTexts(const Table& table, std::size_t column);

}  // namespace plasticity
