#include "reports/format.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>

#include "reports/text_table.h"
#include "suite/base/text.h"

namespace plasticity {
namespace {

std::string Duration(double seconds) {
  if (seconds < 1) return fmt::format("{:.2f} s", seconds);
  if (seconds < 99.95) return fmt::format("{:.1f} s", seconds);
  if (seconds < 99.95 * 60) return fmt::format("{:.1f} min", seconds / 60);
  return fmt::format("{:.1f} h", seconds / 3600);
}

// Texts padded on the left to one width, where there is a text.
void AlignRight(std::vector<std::string>& texts) {
  int width = 0;
  for (const std::string& text : texts) width = std::max(width, DisplayWidth(text));
  for (std::string& text : texts) {
    if (!text.empty()) text = Padded(text, width, true);
  }
}

bool HasOneDecimal(const std::string& unit) { return unit == "fraction" || unit == "degrees"; }

// Whether the unit has no form of its own, so that numbers have four digits that matter.
bool HasFourDigits(const std::string& unit) {
  return !HasOneDecimal(unit) && unit != "s" && unit != "bytes" && unit != "count" &&
         unit != "images/s";
}

// A cell as what is aligned, and what stands behind it.
struct Pieces {
  std::optional<double> value;  // of a number in four digits
  std::optional<double> halfwidth;
  bool has_sign = false;
  std::string number;
  std::string behind;  // " ± 0.8" is aligned, too: `spread` holds its number
  std::string spread;
  std::string whole;  // in place of all: text
};

Pieces PiecesOf(const TableCell& cell, const std::string& unit, bool brief) {
  Pieces pieces;
  if (const auto* text = std::get_if<std::string>(&cell)) {
    pieces.whole = text->empty() ? kNothing : *text;
  } else if (const auto* number = std::get_if<Number>(&cell)) {
    const std::string& own = number->unit.empty() ? unit : number->unit;
    pieces.number =
        number->has_sign ? SignedText(number->value, own) : ValueText(number->value, own);
    if (HasFourDigits(unit) && number->unit.empty()) pieces.value = number->value;
    pieces.has_sign = number->has_sign;
    pieces.behind = number->remark.empty() ? "" : " " + number->remark;
    if (number->spread) pieces.spread = SpreadText(*number->spread, unit);
    pieces.halfwidth = number->spread;
  } else if (const auto* measured = std::get_if<Measured>(&cell)) {
    if (!measured->mean) {
      pieces.whole = LostText(*measured, brief);
    } else {
      pieces.number = ValueText(*measured->mean, unit);
      if (measured->halfwidth) pieces.spread = SpreadText(*measured->halfwidth, unit);
      if (HasFourDigits(unit)) pieces.value = measured->mean;
      pieces.halfwidth = measured->halfwidth;
    }
  } else {
    pieces.whole = kNothing;
  }
  return pieces;
}

}  // namespace

double InShownUnit(double value, const std::string& unit) {
  return unit == "fraction" ? 100 * value : unit == "bytes" ? 1e-6 * value : value;
}

std::string ShownUnit(const std::string& unit) {
  return unit == "fraction" ? "%" : unit == "bytes" ? "MB" : unit == "count" ? "" : unit;
}

std::string ValueText(double value, const std::string& unit) {
  if (HasOneDecimal(unit)) {
    const std::string text = fmt::format("{:.1f}", InShownUnit(value, unit));
    return text == "-0.0" ? "0.0" : text;
  }
  if (unit == "s") return Duration(value);
  if (unit == "bytes") return Grouped(std::llround(InShownUnit(value, unit)));
  if (unit == "count" || unit == "images/s") return Grouped(std::llround(value));
  return fmt::format("{:.4g}", value);
}

std::string UnitText(const std::string& unit) {
  if (unit == "fraction") return "%";
  if (unit == "bytes") return "MB";
  return unit == "s" || unit == "count" ? "" : unit;
}

std::string SpreadText(double halfwidth, const std::string& unit) {
  return HasOneDecimal(unit) ? ValueText(halfwidth, unit) : fmt::format("{:.2g}", halfwidth);
}

std::string SignedText(double value, const std::string& unit) {
  const std::string text = ValueText(value, unit);
  const bool zero = text.find_first_of("123456789") == std::string::npos;
  return value > 0 && !zero ? "+" + text : text;
}

std::string LostText(const Measured& measured, bool brief) {
  if (measured.withdrawn()) return "withdrawn";
  if (measured.all_skipped()) return "skipped";  // a note says why
  const bool none_has_it = measured.without_value == static_cast<int>(measured.runs.size());
  if (brief && none_has_it) return kNothing;
  std::vector<std::string> parts;
  const auto count = [&](int number, const std::string& what) {
    if (number > 0) parts.push_back(std::to_string(number) + " " + what);
  };
  count(measured.diverged, "diverged");
  count(measured.failed, "failed");
  count(measured.skipped, "skipped");
  count(measured.without_value, "no value");
  return parts.empty() ? "" : Join(parts, ", ") + " of " + std::to_string(measured.runs.size());
}

bool IsWithdrawn(const TableRow& row) {
  bool any = false;
  for (const TableCell& cell : row.cells) {
    const auto* measured = std::get_if<Measured>(&cell);
    if (measured == nullptr) continue;
    if (!measured->withdrawn()) return false;
    any = true;
  }
  return any;
}

std::string CsvField(const std::string& text) {
  if (text.find_first_of("\",\r\n") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
  return quoted + "\"";
}

std::string HeadingText(const Column& column, bool unit) {
  return column.heading + (unit && column.unit == "fraction" ? " (%)" : "");
}

bool RightAligned(const Table& table, std::size_t column) {
  return std::any_of(table.rows.begin(), table.rows.end(), [&](const TableRow& row) {
    const auto* number = std::get_if<Number>(&row.cells[column]);
    return number != nullptr && !number->has_sign;
  });
}

namespace {

// The decimals that give the column's largest number four digits, a difference three; none where
// numbers have forms of their own, are too large, or the least would lose what it says.
std::optional<int> CommonDecimals(const std::vector<Pieces>& column) {
  double most = 0, least = HUGE_VAL;
  bool differences = false, whole = true;
  for (const Pieces& pieces : column) {
    if (pieces.number.empty()) continue;
    if (!pieces.value || !std::isfinite(*pieces.value)) return std::nullopt;
    const double size = std::abs(*pieces.value);
    differences = differences || pieces.has_sign;
    whole = whole && *pieces.value == std::round(*pieces.value) && !pieces.halfwidth;
    most = std::max(most, size);
    if (size > 0) least = std::min(least, size);
  }
  if (whole || most == 0 || most >= 1e4) return std::nullopt;
  const int decimals =
      std::max(0, (differences ? 2 : 3) - static_cast<int>(std::floor(std::log10(most))));
  const bool lost = !differences && least < std::pow(10, 1 - decimals);
  return decimals > 6 || lost ? std::nullopt : std::optional(decimals);
}

void ShowWith(int decimals, Pieces& pieces) {
  if (pieces.number.empty()) return;
  const double unit = std::pow(10, -decimals);
  const double value = std::abs(*pieces.value) < unit / 2 ? 0 : *pieces.value;  // never -0.00
  pieces.number = pieces.has_sign && value != 0 ? fmt::format("{:+.{}f}", value, decimals)
                                                : fmt::format("{:.{}f}", value, decimals);
  if (!pieces.spread.empty()) pieces.spread = fmt::format("{:.{}f}", *pieces.halfwidth, decimals);
}

}  // namespace

std::vector<std::string> ColumnTexts(const Table& table, std::size_t column) {
  std::vector<Pieces> pieces;
  std::vector<std::string> numbers, spreads;
  // Among several metrics a reason would stand there again and again; the notes have it.
  const auto metrics = [](const TableRow& row) {
    return std::count_if(row.cells.begin(), row.cells.end(), [](const TableCell& cell) {
      return std::holds_alternative<Measured>(cell);
    });
  };
  for (const TableRow& row : table.rows) {
    pieces.push_back(PiecesOf(row.cells[column], table.columns[column].unit, metrics(row) > 1));
  }
  const std::optional<int> decimals = CommonDecimals(pieces);
  for (Pieces& one : pieces) {
    if (decimals) ShowWith(*decimals, one);
    numbers.push_back(one.number);
    spreads.push_back(one.spread);
  }
  AlignRight(numbers);
  AlignRight(spreads);
  std::vector<std::string> texts;
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    const std::string spread = spreads[i].empty() ? "" : " ± " + spreads[i];
    texts.push_back(pieces[i].whole.empty() ? numbers[i] + spread + pieces[i].behind
                                            : pieces[i].whole);
  }
  return texts;
}

}  // namespace plasticity
