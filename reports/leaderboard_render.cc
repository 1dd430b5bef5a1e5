// How boards look: in a terminal, as Markdown, as JSON.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>

#include "reports/leaderboard.h"
#include "reports/leaderboard_format.h"
#include "reports/text_table.h"
#include "suite/base/text.h"

namespace plasticity {
namespace internal {

std::string FormatValue(const LeaderboardBoard& board, double value) {
  if (board.unit != "fraction") return fmt::format("{:.4g}", value);
  const std::string text = fmt::format("{:.1f}", 100 * value);
  return text == "-0.0" ? "0.0" : text;
}

std::string ShortDigest(const std::string& text) {
  const bool digest =
      text.size() >= 16 && text.find_first_not_of("0123456789abcdefABCDEF") == std::string::npos;
  return digest ? text.substr(0, 4) + ".." + text.substr(text.size() - 4) : text;
}

std::string SeedsText(const std::vector<std::int64_t>& seeds) {
  std::vector<std::string> parts;
  for (std::size_t i = 0; i < seeds.size();) {
    std::size_t last = i;
    while (last + 1 < seeds.size() && seeds[last + 1] == seeds[last] + 1) ++last;
    std::string part = std::to_string(seeds[i]);
    if (last > i) part += "-" + std::to_string(seeds[last]);
    parts.push_back(part);
    i = last + 1;
  }
  return Join(parts, ", ");
}

}  // namespace internal

namespace {

using internal::FormatValue;
using nlohmann::json;

constexpr const char* kNothing = "-";

// "text" or "-".
std::string OrNothing(const std::string& text) { return text.empty() ? kNothing : text; }

std::string Signed(const LeaderboardBoard& board, double difference) {
  const std::string text = FormatValue(board, difference);
  const bool zero = text.find_first_of("123456789") == std::string::npos;
  return difference > 0 && !zero ? "+" + text : text;
}

std::string Halfwidth(const LeaderboardBoard& board, double halfwidth) {
  return board.unit == "fraction" ? FormatValue(board, halfwidth)
                                  : fmt::format("{:.2g}", halfwidth);
}

std::string Duration(double seconds) {
  if (seconds < 1) return fmt::format("{:.2f} s", seconds);
  if (seconds < 99.95) return fmt::format("{:.1f} s", seconds);
  if (seconds < 99.95 * 60) return fmt::format("{:.1f} min", seconds / 60);
  return fmt::format("{:.1f} h", seconds / 3600);
}

std::string Megabytes(std::int64_t bytes) {
  return bytes > 0 ? Grouped(static_cast<std::int64_t>(std::llround(1e-6 * bytes))) : kNothing;
}

std::string LostText(const LeaderboardRow& row) {
  constexpr int kReasonWidth = 40;
  if (row.all_skipped()) return "skipped: " + Shortened(row.runs.front().reason, kReasonWidth);
  std::vector<std::string> parts;
  if (row.diverged > 0) parts.push_back(std::to_string(row.diverged) + " diverged");
  if (row.failed > 0) parts.push_back(std::to_string(row.failed) + " failed");
  if (row.skipped > 0) parts.push_back(std::to_string(row.skipped) + " skipped");
  if (row.without_value > 0) parts.push_back(std::to_string(row.without_value) + " no value");
  return Join(parts, ", ") + " of " + std::to_string(row.runs.size());
}

// Texts of one column padded on the left to one width, where there is a text.
void AlignRight(std::vector<std::string>& texts) {
  int width = 0;
  for (const std::string& text : texts) width = std::max(width, DisplayWidth(text));
  for (std::string& text : texts) {
    if (!text.empty()) text = Padded(text, width, true);
  }
}

std::vector<std::string> ValueCells(const LeaderboardBoard& board) {
  std::vector<std::string> means;
  std::vector<std::string> halfwidths;
  for (const LeaderboardRow& row : board.rows) {
    means.push_back(row.mean ? FormatValue(board, *row.mean) : "");
    halfwidths.push_back(row.halfwidth ? Halfwidth(board, *row.halfwidth) : "");
  }
  AlignRight(means);
  AlignRight(halfwidths);
  std::vector<std::string> cells;
  for (std::size_t i = 0; i < board.rows.size(); ++i) {
    const std::string interval = halfwidths[i].empty() ? "" : " ± " + halfwidths[i];
    cells.push_back(board.rows[i].mean ? means[i] + interval : LostText(board.rows[i]));
  }
  return cells;
}

std::vector<std::string> CeilingCells(const LeaderboardBoard& board) {
  std::vector<std::string> numbers;
  for (const LeaderboardRow& row : board.rows) {
    numbers.push_back(row.vs_ceiling ? Signed(board, *row.vs_ceiling) : "");
  }
  AlignRight(numbers);
  std::vector<std::string> cells;
  for (std::size_t i = 0; i < board.rows.size(); ++i) {
    const LeaderboardRow& row = board.rows[i];
    const std::string tag = row.mean && !row.role.empty() ? "(" + row.role + ")" : "";
    const std::string space = numbers[i].empty() || tag.empty() ? "" : " ";
    cells.push_back(OrNothing(numbers[i] + space + tag));
  }
  return cells;
}

bool AnyRow(const LeaderboardBoard& board,
            const std::function<bool(const LeaderboardRow&)>& condition) {
  return std::any_of(board.rows.begin(), board.rows.end(), condition);
}

std::vector<std::int64_t> SeedsOf(const LeaderboardRow& row) {
  std::vector<std::int64_t> seeds;
  for (const LeaderboardRun& run : row.runs) seeds.push_back(run.seed);
  return seeds;
}

// Whether the rules that learned saw different numbers of images.
bool SamplesDiffer(const LeaderboardBoard& board) {
  std::int64_t seen = 0;
  return AnyRow(board, [&](const LeaderboardRow& row) {
    if (row.samples_seen == 0) return false;
    const bool other = seen != 0 && seen != row.samples_seen;
    seen = row.samples_seen;
    return other;
  });
}

std::string Fact(const LeaderboardRow& row, const char* key) {
  const auto found = row.facts.find(key);
  if (found == row.facts.end()) return kNothing;
  if (found->is_boolean()) return found->get<bool>() ? "yes" : "no";
  return found->is_string() ? OrNothing(Printable(found->get<std::string>())) : kNothing;
}

// The columns; `all` also those that say the same in every row.
std::vector<TextColumn> Columns(const LeaderboardBoard& board, bool all) {
  std::vector<TextColumn> columns;
  const auto add = [&](const std::string& heading, bool right, int expendable,
                       const std::function<std::string(const LeaderboardRow&)>& cell) {
    TextColumn column = {heading, right, {}, expendable};
    for (const LeaderboardRow& row : board.rows) column.cells.push_back(cell(row));
    columns.push_back(std::move(column));
  };
  const bool accuracy = board.metric.rfind("accuracy.", 0) == 0;
  const std::string percent = all && board.unit == "fraction" ? " (%)" : "";
  add("#", true, 0, [](const auto& row) { return row.rank ? std::to_string(*row.rank) : "-"; });
  add("rule", false, 0, [](const auto& row) { return row.label; });
  add("labels", false, 3, [](const auto& row) { return Fact(row, "needs_labels"); });
  add("locality", false, 4, [](const auto& row) { return Fact(row, "locality"); });
  columns.push_back(
      {(accuracy ? "accuracy" : board.metric) + percent, false, ValueCells(board), 0});
  if (!board.ceiling.empty()) {
    columns.push_back({"vs " + Printable(board.ceiling), false, CeilingCells(board), 1});
  }
  const bool seeds_differ =
      AnyRow(board, [&](const auto& row) { return SeedsOf(row) != SeedsOf(board.rows.front()); });
  if (all || seeds_differ) {
    add("seeds", false, 2, [](const auto& row) { return internal::SeedsText(SeedsOf(row)); });
  }
  add(all ? "images/s" : "img/s", true, 5, [](const auto& row) {
    return row.images_per_s ? Grouped(std::llround(*row.images_per_s)) : kNothing;
  });
  if (all || SamplesDiffer(board)) {
    add("images seen", true, 2, [](const auto& row) { return Grouped(row.samples_seen); });
  }
  add(all ? "time per seed" : "time", true, 7, [](const auto& row) {
    return row.wall_total_s ? Duration(*row.wall_total_s) : std::string(kNothing);
  });
  add("peak MB", true, 6,
      [](const auto& row) { return Megabytes(row.peak_host_bytes.value_or(0)); });
  if (AnyRow(board, [](const auto& row) { return row.peak_device_bytes.has_value(); })) {
    add("GPU MB", true, 6,
        [](const auto& row) { return Megabytes(row.peak_device_bytes.value_or(0)); });
  }
  return columns;
}

int TableWidth(const std::vector<TextColumn>& columns) {
  int width = 1 - 2;
  for (const TextColumn& column : columns) width += 2 + column.Width();
  return width;
}

// Leaves columns out, most expendable first, while the table is too wide and some column is at
// least so expendable. Adds their headings to `left_out`.
void LeaveOut(std::vector<TextColumn>& columns, int width, int expendable,
              std::vector<std::string>& left_out) {
  while (TableWidth(columns) > width) {
    const auto worst =
        std::max_element(columns.begin(), columns.end(),
                         [](const auto& a, const auto& b) { return a.expendable < b.expendable; });
    if (worst->expendable < expendable) return;
    left_out.push_back(worst->heading);
    columns.erase(worst);
  }
}

// Shortens the rules' labels where the table is too wide, to no less than `least`.
void ShortenLabels(std::vector<TextColumn>& columns, int width, int least) {
  const int excess = TableWidth(columns) - width;
  if (excess <= 0) return;
  TextColumn& rule = columns[1];
  const int room = std::max(least, rule.Width() - excess);
  for (std::string& label : rule.cells) label = Shortened(label, room);
}

// Makes the table fit, at the price of what matters least. Returns the headings of what was left
// out.
std::vector<std::string> Fit(std::vector<TextColumn>& columns, int width) {
  std::vector<std::string> left_out;
  if (width <= 0) return left_out;
  constexpr int kCostsAndLocality = 4;
  constexpr int kReadableLabel = 24;
  constexpr int kLeastLabel = 8;
  LeaveOut(columns, width, kCostsAndLocality, left_out);
  ShortenLabels(columns, width, kReadableLabel);
  LeaveOut(columns, width, 1, left_out);
  ShortenLabels(columns, width, kLeastLabel);
  return left_out;
}

class Painter {
 public:
  explicit Painter(bool color) : color_(color) {}
  std::string Bold(const std::string& text) const { return Paint("1", text); }
  std::string Dim(const std::string& text) const { return Paint("2", text); }
  std::string Green(const std::string& text) const { return Paint("1;32", text); }
  std::string Red(const std::string& text) const { return Paint("31", text); }
  std::string Yellow(const std::string& text) const { return Paint("33", text); }

 private:
  std::string Paint(const char* code, const std::string& text) const {
    return color_ ? fmt::format("\x1b[{}m{}\x1b[0m", code, text) : text;
  }
  bool color_;
};

std::string Provenance(const LeaderboardBoard& board) {
  std::vector<std::string> parts = {
      Grouped(board.results) + (board.results == 1 ? " result" : " results"),
      (board.seeds.size() == 1 ? "seed " : "seeds ") + internal::SeedsText(board.seeds)};
  if (!board.machines.empty()) parts.push_back(Join(board.machines, " | "));
  if (!board.suites.empty()) parts.push_back(Join(board.suites, " | "));
  if (!board.plugins.empty()) parts.push_back("plugins: " + Join(board.plugins, " | "));
  return Join(parts, "; ") + ".";
}

std::string BoardText(const LeaderboardBoard& board, const TerminalStyle& style) {
  const Painter paint(style.color);
  constexpr int kReadable = 100;
  const int width = style.width > 0 ? style.width : kReadable;
  std::string text;
  for (const std::string& line : Wrapped("Leaderboard: " + board.title, width)) {
    text += paint.Bold(line) + "\n";
  }
  text += "\n";
  int indent = 0;
  for (const auto& [heading, sentence] : board.facts) {
    indent = std::max(indent, DisplayWidth(heading));
  }
  indent += 3;
  for (const auto& [heading, sentence] : board.facts) {
    std::string margin = " " + Padded(heading, indent - 1);
    for (const std::string& line : Wrapped(sentence, std::max(20, width - indent))) {
      text += paint.Dim(margin) + line + "\n";
      margin = std::string(static_cast<std::size_t>(indent), ' ');
    }
  }
  std::vector<TextColumn> columns = Columns(board, false);
  const std::vector<std::string> left_out = Fit(columns, style.width);
  const std::vector<std::string> lines = TableLines(columns);
  text += "\n" + paint.Bold(lines[0]) + "\n";
  for (std::size_t i = 0; i < board.rows.size(); ++i) {
    const LeaderboardRow& row = board.rows[i];
    const std::string& line = lines[i + 1];
    text += row.baseline || row.all_skipped() ? paint.Dim(line)
            : row.lost() > 0                  ? paint.Red(line)
            : row.rank == 1                   ? paint.Green(line)
                                              : line;
    text += "\n";
  }
  text += "\n";
  for (const std::string& note : board.notes) {
    std::string margin = " ";
    for (const std::string& line : Wrapped(note, width - 3)) {
      text += margin + paint.Yellow(line) + "\n";
      margin = "   ";
    }
  }
  std::string last = Provenance(board);
  if (!left_out.empty()) last += " Left out for the width: " + Join(left_out, ", ") + ".";
  for (const std::string& line : Wrapped(last, width - 1)) text += " " + paint.Dim(line) + "\n";
  return text;
}

std::string CodeSpan(const std::string& text) {
  const std::string clean = Printable(text);
  return clean.find('`') == std::string::npos ? "`" + clean + "`" : "`` " + clean + " ``";
}

std::string BoardMarkdown(const LeaderboardBoard& board, const std::string& command) {
  std::string text = "## " + MarkdownEscaped(board.title) + "\n\n";
  for (const auto& [heading, sentence] : board.facts) {
    text += "- **" + heading + "**: " + MarkdownEscaped(sentence) + "\n";
  }
  text += "\n" + MarkdownTable(Columns(board, true)) + "\n";
  for (const std::string& note : board.notes) text += "> " + MarkdownEscaped(note) + "\n>\n";
  if (!board.notes.empty()) text.replace(text.size() - 2, 2, "\n");
  text += MarkdownEscaped(Provenance(board));
  if (!command.empty()) text += " Made by " + CodeSpan(command) + ".";
  return text + "\n";
}

template <typename Number>
json OrNull(const std::optional<Number>& value) {
  return value ? json(*value) : json(nullptr);
}

json RowJson(const LeaderboardBoard& board, const LeaderboardRow& row) {
  json runs = json::array();
  for (const LeaderboardRun& run : row.runs) {
    runs.push_back({{"run_id", run.run_id},
                    {"seed", run.seed},
                    {"state", run.state},
                    {"reason", run.reason},
                    {"value", OrNull(run.value)}});
  }
  json interval = nullptr;
  if (row.halfwidth) {
    interval = {{"level", board.level},
                {"method", "student_t"},
                {"t", *row.t},
                {"halfwidth", *row.halfwidth},
                {"lo", *row.mean - *row.halfwidth},
                {"hi", *row.mean + *row.halfwidth}};
  }
  std::string reason;
  if (row.lost() > 0) {
    reason = LostText(row);
  } else if (!row.halfwidth) {
    reason = "one seed: no spread";
  }
  json written = {{"rank", OrNull(row.rank)},
                  {"label", row.label},
                  {"facts", row.facts},
                  {"device_type", row.device_type},
                  {"role", row.role},
                  {"baseline", row.baseline},
                  {"metric", board.metric},
                  {"n", row.runs.size()},
                  {"diverged", row.diverged},
                  {"failed", row.failed},
                  {"skipped", row.skipped},
                  {"without_value", row.without_value},
                  {"mean", OrNull(row.mean)},
                  {"std", OrNull(row.sd)},
                  {"ci", interval},
                  {"reason", reason},
                  {"vs_ceiling", OrNull(row.vs_ceiling)},
                  {"images_per_s", OrNull(row.images_per_s)},
                  {"samples_seen", row.samples_seen},
                  {"wall_total_s", OrNull(row.wall_total_s)},
                  {"peak_host_bytes", OrNull(row.peak_host_bytes)},
                  {"peak_device_bytes", OrNull(row.peak_device_bytes)},
                  {"runs", runs}};
  written.update(row.parts);  // "rule", "strategy"
  return written;
}

json BoardJson(const LeaderboardBoard& board) {
  json facts = json::object();
  for (const auto& [heading, sentence] : board.facts) facts[heading] = sentence;
  json rows = json::array();
  for (const LeaderboardRow& row : board.rows) rows.push_back(RowJson(board, row));
  return {{"title", board.title},
          {"facts", facts},
          {"notes", board.notes},
          {"task", board.task},
          {"data", board.data},
          {"metric", board.metric},
          {"unit", board.unit},
          {"higher_is_better", board.higher_is_better},
          {"definition", board.definition},
          {"chance", OrNull(board.chance)},
          {"ceiling", board.ceiling},
          {"conditions", board.conditions},
          {"results", board.results},
          {"seeds", board.seeds},
          {"machines", board.machines},
          {"suites", board.suites},
          {"plugins", board.plugins},
          {"rows", rows}};
}

}  // namespace

std::string RenderTerminal(const Leaderboard& leaderboard, const TerminalStyle& style) {
  std::string text;
  for (const LeaderboardBoard& board : leaderboard.boards) {
    text += (text.empty() ? "" : "\n\n") + BoardText(board, style);
  }
  return text;
}

std::string RenderMarkdown(const Leaderboard& leaderboard, const std::string& command) {
  std::string text = "# Leaderboard\n";
  for (const LeaderboardBoard& board : leaderboard.boards) {
    text += "\n";
    text += BoardMarkdown(board, command);
  }
  return text;
}

std::string RenderJson(const Leaderboard& leaderboard) {
  json boards = json::array();
  for (const LeaderboardBoard& board : leaderboard.boards) boards.push_back(BoardJson(board));
  const json all = {{"leaderboard_version", 1}, {"boards", boards}};
  return all.dump(2, ' ', false, json::error_handler_t::replace) + "\n";
}

}  // namespace plasticity
