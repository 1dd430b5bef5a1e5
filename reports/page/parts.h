#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "reports/html.h"
#include "reports/result_set.h"
#include "reports/table.h"

namespace plasticity {

/// The files of reports/page/ by their names: the style sheet and the script.
const std::map<std::string, std::string>& PageFiles();

/// A page's place, for links from it.
struct Place {
  std::string up;       ///< to the site's root: "" or "../"
  std::string command;  ///< that makes the site, for the footer
};

/// A whole page: the frame that all share, around `body`, which begins behind the heading `title`.
std::string PageOf(const Place& place, const std::string& title, const std::string& body);

/// Where things have their pages, from the site's root.
std::string RuleAddress(const std::string& rule);
std::string TaskAddress(const std::string& task);
std::string ResultAddress(const std::string& run_id);

/// A name as a file is named: letters, digits, _ and -; two names never give the same.
std::string FileNameOf(const std::string& name);

/// What anchors a table's board: the same for tables of one board, another for every other.
std::string BoardId(const Table& table);

/// A table of these columns and rows, whose first column is the rows' labels.
Table PlainTable(const std::string& title, std::vector<Column> columns,
                 std::vector<std::vector<TableCell>> rows);

/// "<dl>" of headings and texts; empty texts are left out.
std::string DefinitionList(const std::vector<std::pair<std::string, std::string>>& items);

/// Text with its line ends kept, in a box of that name.
std::string Preformatted(const std::string& label, const std::string& text);

/// The table in a section under its title, or "" where it has no rows.
std::string SectionOf(const Table& table, const HtmlOptions& options = {});

/// A metric of one cell: its number in its own unit, or nothing.
TableCell MetricCell(const Result& result, const std::string& metric);

}  // namespace plasticity
