#pragma once

#include <functional>
#include <string>

#include "reports/table.h"

namespace plasticity {

/// Text for HTML, in an element or in a quoted attribute.
std::string HtmlEscaped(const std::string& text);

/// `text` as a link, or as plain text where there is no address.
std::string HtmlLink(const std::string& address, const std::string& text);

/// How a page wants a table.
struct HtmlOptions {
  int level = 2;           ///< of its heading: 2 is <h2>
  std::string id;          ///< of its section, or ""
  std::string title_link;  ///< where its heading points, or ""
  /// Where a cell points; "" or none: nowhere.
  std::function<std::string(const TableRow&, const Column&)> link;
};

/// A section: heading, the table in a box that scrolls, what the numbers are, notes, provenance.
/// Rows say their rule and traits, and cells their values, for a script to filter and sort by.
std::string HtmlSection(const Table& table, const HtmlOptions& options = {});

/// The table alone, in its box.
std::string HtmlTable(const Table& table, const HtmlOptions& options = {});

}  // namespace plasticity
