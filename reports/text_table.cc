#include "reports/text_table.h"

#include <algorithm>
#include <array>
#include <cstdint>

namespace plasticity {
namespace {

struct Range {
  std::uint32_t first;
  std::uint32_t last;
};

template <std::size_t n>
bool Contains(const std::array<Range, n>& ranges, std::uint32_t value) {
  return std::any_of(ranges.begin(), ranges.end(),
                     [&](Range range) { return value >= range.first && value <= range.last; });
}

int WidthOf(std::uint32_t value) {
  constexpr std::array<Range, 7> kCombining = {{{0x300, 0x36F},
                                                {0x1AB0, 0x1AFF},
                                                {0x1DC0, 0x1DFF},
                                                {0x200B, 0x200F},
                                                {0x20D0, 0x20FF},
                                                {0xFE00, 0xFE0F},
                                                {0xFE20, 0xFE2F}}};
  constexpr std::array<Range, 9> kWide = {{{0x1100, 0x115F},
                                           {0x2E80, 0x303E},
                                           {0x3041, 0xA4CF},
                                           {0xAC00, 0xD7A3},
                                           {0xF900, 0xFAFF},
                                           {0xFE30, 0xFE6F},
                                           {0xFF00, 0xFF60},
                                           {0x1F300, 0x1FAFF},
                                           {0x20000, 0x3FFFD}}};
  if (Contains(kCombining, value)) return 0;
  return Contains(kWide, value) ? 2 : 1;
}

}  // namespace

int DisplayWidth(std::string_view text) {
  int width = 0;
  while (!text.empty()) {
    const CodePoint point = DecodeUtf8(text);
    width += point.valid ? WidthOf(point.value) : 1;
    text.remove_prefix(point.size);
  }
  return width;
}

std::string Shortened(const std::string& text, int width) {
  if (DisplayWidth(text) <= width) return text;
  if (width < 1) return "";
  std::string_view rest = text;
  std::string kept;
  int used = 1;  // the ellipsis
  while (!rest.empty()) {
    const CodePoint point = DecodeUtf8(rest);
    used += point.valid ? WidthOf(point.value) : 1;
    if (used > width) break;
    kept += rest.substr(0, point.size);
    rest.remove_prefix(point.size);
  }
  return kept + "…";
}

std::string Padded(const std::string& text, int width, bool right_aligned) {
  const int missing = width - DisplayWidth(text);
  if (missing <= 0) return text;
  const std::string spaces(static_cast<std::size_t>(missing), ' ');
  return right_aligned ? spaces + text : text + spaces;
}

std::vector<std::string> Wrapped(const std::string& text, int width) {
  std::vector<std::string> words;
  for (std::size_t start = 0; start < text.size();) {
    const std::size_t end = std::min(text.find(' ', start), text.size());
    const std::string word = text.substr(start, end - start);
    start = end + 1;
    if (word.empty()) continue;
    if (word.front() == '%' && !words.empty()) {
      words.back() += " " + word;
    } else {
      words.push_back(word);
    }
  }
  std::vector<std::string> lines(1);
  for (const std::string& word : words) {
    if (!lines.back().empty() && DisplayWidth(lines.back()) + 1 + DisplayWidth(word) > width) {
      lines.emplace_back();
    }
    if (!lines.back().empty()) lines.back() += ' ';
    lines.back() += word;
  }
  return lines;
}

int TextColumn::Width() const {
  int width = DisplayWidth(heading);
  for (const std::string& cell : cells) width = std::max(width, DisplayWidth(cell));
  return width;
}

std::vector<std::string> TableLines(const std::vector<TextColumn>& columns) {
  const std::size_t rows = columns.empty() ? 0 : columns.front().cells.size();
  std::vector<std::string> lines(rows + 1);
  for (const TextColumn& column : columns) {
    const int width = column.Width();
    for (std::size_t i = 0; i <= rows; ++i) {
      const std::string& cell = i == 0 ? column.heading : column.cells[i - 1];
      lines[i] += lines[i].empty() ? " " : "  ";
      lines[i] += Padded(cell, width, column.right_aligned);
    }
  }
  for (std::string& line : lines) line.erase(line.find_last_not_of(' ') + 1);
  return lines;
}

std::string MarkdownTable(const std::vector<TextColumn>& columns) {
  const std::size_t rows = columns.empty() ? 0 : columns.front().cells.size();
  std::vector<std::string> lines(rows + 2);
  for (TextColumn column : columns) {
    column.heading = MarkdownEscaped(column.heading);
    for (std::size_t i = 0; i < rows; ++i) {
      std::string& cell = column.cells[i];
      cell = MarkdownEscaped(cell);
      if (i < column.struck.size() && column.struck[i]) cell = "~~" + cell + "~~";
    }
    const int width = std::max(column.Width(), 3);
    const std::string rule(static_cast<std::size_t>(width - 1), '-');
    lines[0] += "| " + Padded(column.heading, width, column.right_aligned) + " ";
    lines[1] += column.right_aligned ? "| " + rule + ": " : "| :" + rule + " ";
    for (std::size_t i = 0; i < rows; ++i) {
      lines[i + 2] += "| " + Padded(column.cells[i], width, column.right_aligned) + " ";
    }
  }
  std::string table;
  for (const std::string& line : lines) table += line + "|\n";
  return table;
}

std::string MarkdownEscaped(std::string_view text) {
  std::string escaped;
  for (const char letter : Printable(text)) {
    if (letter == '<') {
      escaped += "&lt;";
    } else if (letter == '&') {
      escaped += "&amp;";
    } else {
      if (std::string_view("|*_`[]\\~").find(letter) != std::string_view::npos) escaped += '\\';
      escaped += letter;
    }
  }
  return escaped;
}

}  // namespace plasticity
