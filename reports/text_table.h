#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "suite/base/utf8.h"

namespace plasticity {

/// How many terminal columns UTF-8 text takes: combining marks none, East Asian wide characters
/// two.
int DisplayWidth(std::string_view text);

/// `text` cut to at most `width` terminal columns, with "…" where something was left out.
std::string Shortened(const std::string& text, int width);

/// `text` padded with spaces to `width` terminal columns; longer text is left as it is.
std::string Padded(const std::string& text, int width, bool right_aligned = false);

/// The words of `text` in lines of at most `width` terminal columns; a longer word has its own
/// line.
std::vector<std::string> Wrapped(const std::string& text, int width);

/// One column of a table: its heading, and one cell a row.
struct TextColumn {
  std::string heading;
  bool right_aligned = false;
  std::vector<std::string> cells;
  std::vector<bool> struck = {};  ///< the cells that Markdown strikes through; empty: none

  /// Terminal columns of the widest cell or heading.
  int Width() const;
};

/// A table of aligned columns two spaces apart, each line starting with one space: the heading,
/// then the rows, without line ends.
std::vector<std::string> TableLines(const std::vector<TextColumn>& columns);

/// A GitHub Markdown table; every cell is escaped.
std::string MarkdownTable(const std::vector<TextColumn>& columns);

/// `text` with Markdown's and HTML's special characters escaped.
std::string MarkdownEscaped(std::string_view text);

}  // namespace plasticity
