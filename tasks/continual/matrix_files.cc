// What other tools write about a stream. Their formats as read from their code: Avalanche
// (avalanche/logging/csv_logger.py, 0.6), mammoth (utils/loggers.py, Logger.write), FACIL
// (src/loggers/disk_logger.py, log_scalar).
#include "tasks/continual/matrix_files.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <limits>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <regex>
#include <sstream>
#include <utility>

#include "suite/base/error.h"
#include "suite/base/json_text.h"
#include "suite/base/text.h"

namespace plasticity {
namespace {

using nlohmann::json;

constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();
constexpr std::size_t kMostExperiences = 10'000;

struct Line {
  std::size_t number;  // from 1
  std::string text;
};

std::string Trimmed(const std::string& text) {
  const char* const space = " \t\r";
  const std::size_t first = text.find_first_not_of(space);
  if (first == std::string::npos) return "";
  return text.substr(first, text.find_last_not_of(space) + 1 - first);
}

// The lines that hold something.
std::vector<Line> LinesOf(const std::string& text) {
  std::vector<Line> lines;
  std::istringstream stream(text);
  std::string line;
  for (std::size_t number = 1; std::getline(stream, line); ++number) {
    if (!Trimmed(line).empty()) lines.push_back({number, line});
  }
  return lines;
}

std::vector<std::string> Cells(const std::string& line, char separator) {
  std::vector<std::string> cells;
  std::string::size_type start = 0;
  for (std::size_t end = 0; end != std::string::npos; start = end + 1) {
    end = line.find(separator, start);
    cells.push_back(Trimmed(line.substr(start, end == std::string::npos ? end : end - start)));
  }
  return cells;
}

template <typename Number>
std::optional<Number> Parsed(const std::string& text) {
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

[[noreturn]] void Refuse(const MatrixFile& file, std::size_t line, const std::string& what) {
  throw InputError(fmt::format("{}, line {}: {} Nothing was imported.", file.name, line, what));
}

// What a message may show of a file.
std::string Shown(const std::string& text) {
  constexpr std::size_t kLongest = 60;
  std::string shown = text.size() > kLongest ? text.substr(0, kLongest) + "..." : text;
  for (char& c : shown) {
    if (static_cast<unsigned char>(c) < 0x20 || static_cast<unsigned char>(c) > 0x7e) c = '?';
  }
  return shown;
}

// `text`, an accuracy of which `full` is all right, as a fraction.
double Accuracy(const MatrixFile& file, std::size_t line, const std::string& text, double full,
                const std::string& hint = "") {
  const std::optional<double> value = Parsed<double>(text);
  if (!value || !(*value >= 0) || *value > full) {
    Refuse(file, line, fmt::format("'{}' is no accuracy from 0 to {}.{}", Shown(text), full, hint));
  }
  return *value / full;
}

// Accuracies as a file tells them, one by one.
class Told {
 public:
  explicit Told(const MatrixFile& file) : file_(file) {}

  // `after` experiences were learned, 0 for none; `on` counts from 0.
  void Add(std::size_t line, std::size_t after, std::size_t on, double accuracy) {
    experiences_ = std::max({experiences_, after, on + 1});
    if (experiences_ > kMostExperiences)
      Refuse(file_, line, fmt::format("there are more than {} experiences.", kMostExperiences));
    const auto [told, is_new] = told_.insert({{after, on}, accuracy});
    if (!is_new && told->second != accuracy) {
      Refuse(file_, line,
             fmt::format("the accuracy on experience {} after {} is told again, and is another: "
                         "the file holds more than one evaluation of each.",
                         on + 1, after));
    }
  }

  // Throws InputError, ending in `hint`, where nothing was told.
  AccuracyMatrix Matrix(const std::string& hint) const {
    if (told_.empty())
      throw InputError(fmt::format("{}: {} Nothing was imported.", file_.name, hint));
    AccuracyMatrix rows(experiences_ + 1, std::vector<double>(experiences_, kUnknown));
    for (const auto& [place, accuracy] : told_) rows[place.first][place.second] = accuracy;
    return rows;
  }

 private:
  const MatrixFile& file_;
  std::size_t experiences_ = 0;
  std::map<std::pair<std::size_t, std::size_t>, double> told_;
};

// --- csv: rows of numbers, an empty cell where there is none ------------------------------------

char SeparatorOf(const std::string& line) {
  for (const char separator : {'\t', ';', ','}) {
    if (line.find(separator) != std::string::npos) return separator;
  }
  return ',';
}

AccuracyMatrix ReadCsv(const MatrixFile& file) {
  const std::string hint =
      file.percent ? ""
                   : " Say --percent where the file is in percent, and leave the cell empty "
                     "where nobody knows; # begins a comment.";
  AccuracyMatrix rows;
  for (const Line& line : LinesOf(file.text)) {
    if (line.text.front() == '#') continue;
    rows.emplace_back();
    for (const std::string& cell : Cells(line.text, SeparatorOf(line.text)))
      rows.back().push_back(cell.empty()
                                ? kUnknown
                                : Accuracy(file, line.number, cell, file.percent ? 100 : 1, hint));
    if (rows.back().size() != rows.front().size()) {
      Refuse(file, line.number,
             fmt::format("{} cells, and there were {} before. Leave cells empty where nobody knows "
                         "the accuracy.",
                         rows.back().size(), rows.front().size()));
    }
  }
  const std::size_t experiences = rows.empty() ? 0 : rows.front().size();
  if (experiences > 0 && rows.size() == experiences)
    rows.insert(rows.begin(), std::vector<double>(experiences, kUnknown));
  if (rows.empty() || rows.size() != experiences + 1) {
    throw InputError(fmt::format(
        "{}: {} rows of {} cells. A stream of T experiences has T rows of T, one after each, or "
        "T + 1, the first before any. Nothing was imported.",
        file.name, rows.size(), experiences));
  }
  return rows;
}

// --- Avalanche -----------------------------------------------------------------------------------

// A file begins with these.
const std::vector<std::string> kAvalancheColumns = {"eval_exp", "training_exp", "eval_accuracy",
                                                    "eval_loss", "forgetting"};

AccuracyMatrix ReadAvalanche(const MatrixFile& file) {
  const std::vector<Line> lines = LinesOf(file.text);
  if (lines.empty() || Cells(lines.front().text, ',') != kAvalancheColumns) {
    throw InputError(fmt::format(
        "{} does not begin with {}, as Avalanche's eval_results.csv does. Nothing was imported.",
        file.name, Join(kAvalancheColumns, ",")));
  }
  Told told(file);
  for (auto line = lines.begin() + 1; line != lines.end(); ++line) {
    const std::vector<std::string> cells = Cells(line->text, ',');
    const bool whole = cells.size() == kAvalancheColumns.size();
    const auto on = Parsed<std::uint32_t>(cells[0]);
    const bool untrained = whole && cells[1] == "None";
    const auto now = Parsed<std::uint32_t>(whole && !untrained ? cells[1] : "0");
    if (!whole || !on || !now) {
      Refuse(file, line->number,
             fmt::format("'{}' is not {} of one evaluation.", Shown(line->text),
                         Join(kAvalancheColumns, ",")));
    }
    told.Add(line->number, untrained ? 0 : std::size_t{*now} + 1, *on,
             Accuracy(file, line->number, cells[2], 1));
  }
  return told.Matrix("it has no evaluation.");
}

// --- mammoth -------------------------------------------------------------------------------------

// Reads the text of a Python dict of literals, none of which is ever carried out.
class PythonDict {
 public:
  explicit PythonDict(const std::string& text) : text_(text) {}

  // Values as they stand, by key; nothing where this is no dict.
  std::optional<std::map<std::string, std::string>> Read() {
    std::map<std::string, std::string> values;
    if (!Take('{')) return std::nullopt;
    while (!Take('}')) {
      const std::optional<std::string> key = Quoted();
      if (!key || !Take(':')) return std::nullopt;
      const std::optional<std::string> value = Value();
      if (!value) return std::nullopt;
      values[*key] = *value;
      if (!Take(',') && (place_ >= text_.size() || text_[place_] != '}')) return std::nullopt;
    }
    return values;
  }

 private:
  void Skip() {
    while (place_ < text_.size() && (text_[place_] == ' ' || text_[place_] == '\r')) ++place_;
  }

  bool Take(char wanted) {
    Skip();
    if (place_ >= text_.size() || text_[place_] != wanted) return false;
    ++place_;
    Skip();
    return true;
  }

  // A text in either kind of quotes, as it stands between them.
  std::optional<std::string> Quoted() {
    if (place_ >= text_.size() || (text_[place_] != '\'' && text_[place_] != '"'))
      return std::nullopt;
    const char quote = text_[place_];
    const std::size_t start = ++place_;
    for (; place_ < text_.size() && text_[place_] != quote; ++place_) {
      if (text_[place_] == '\\') ++place_;
    }
    if (place_ >= text_.size()) return std::nullopt;
    return text_.substr(start, place_++ - start);
  }

  // Up to the comma or brace that ends it.
  std::optional<std::string> Value() {
    const std::size_t start = place_;
    int depth = 0;
    while (place_ < text_.size()) {
      const char c = text_[place_];
      if (depth == 0 && (c == ',' || c == '}')) return Trimmed(text_.substr(start, place_ - start));
      if (c == '\'' || c == '"') {
        if (!Quoted()) return std::nullopt;
        continue;
      }
      depth += c == '(' || c == '[' || c == '{';
      depth -= c == ')' || c == ']' || c == '}';
      ++place_;
    }
    return std::nullopt;
  }

  const std::string& text_;
  std::size_t place_ = 0;
};

const Line& ChosenRun(const MatrixFile& file, const std::vector<Line>& lines) {
  const auto runs = static_cast<int>(lines.size());
  if (file.run == 0 && runs == 1) return lines.front();
  if (file.run < 1 || file.run > runs) {
    throw InputError(fmt::format("{} holds {} runs, one a line. Choose one: --run 1 to {}.",
                                 file.name, runs, runs));
  }
  return lines[static_cast<std::size_t>(file.run - 1)];
}

AccuracyMatrix ReadMammoth(const MatrixFile& file) {
  static const std::regex accuracy_key("accuracy_([0-9]{1,5})_task([0-9]{1,5})");
  const std::vector<Line> lines = LinesOf(file.text);
  if (lines.empty()) throw InputError(file.name + " is empty. Nothing was imported.");
  const Line& line = ChosenRun(file, lines);
  const auto values = PythonDict(line.text).Read();
  if (!values) Refuse(file, line.number, "no Python dict, as mammoth's logs.pyd has them.");
  Told told(file);
  std::map<std::size_t, std::size_t> asked;  // by row: how many
  for (const auto& [key, value] : *values) {
    std::smatch match;
    if (!std::regex_match(key, match, accuracy_key)) continue;
    const auto on = Parsed<std::size_t>(match[1]), after = Parsed<std::size_t>(match[2]);
    if (*on == 0 || *on > *after) {
      Refuse(file, line.number,
             fmt::format("'{}': mammoth asks about learned tasks alone. Runs with --joint or "
                         "--eval_epochs have other rows.",
                         key));
    }
    ++asked[*after];
    told.Add(line.number, *after, *on - 1, Accuracy(file, line.number, value, 100));
  }
  for (const auto& [after, count] : asked) {
    if (count == after) continue;
    Refuse(file, line.number,
           fmt::format("{} accuracies after task {}, not {}: with --eval_epochs mammoth writes "
                       "other rows.",
                       count, after, after));
  }
  return told.Matrix(
      "that run has no accuracy_J_taskI: mammoth writes them for class-il and task-il.");
}

// --- FACIL ---------------------------------------------------------------------------------------

AccuracyMatrix ReadFacil(const MatrixFile& file) {
  const std::map<std::string, std::string> names = {{"task-incremental", "acc_taw"},
                                                    {"class-incremental", "acc_tag"}};
  const auto wanted = names.find(file.setting);
  if (wanted == names.end()) {
    throw InputError(fmt::format(
        "FACIL measures task-incremental (acc_taw) and class-incremental (acc_tag), not {}.",
        file.setting));
  }
  Told told(file);
  for (const Line& line : LinesOf(file.text)) {
    const json entry = ParseJson(line.text, fmt::format("{}, line {}", file.name, line.number));
    if (!entry.is_object() || !entry.contains("name") || !entry.contains("group"))
      Refuse(file, line.number, "no entry as FACIL's raw_log has them, a JSON object a line.");
    if (entry["group"] != "test" || entry["name"] != wanted->second) continue;
    const json task = entry.value("task", json()), on = entry.value("iter", json());
    const auto place = [&](const json& value) {
      if (!value.is_number_unsigned() || value > kMostExperiences)
        Refuse(file, line.number, "'task' and 'iter' are not the numbers of tasks.");
      return value.get<std::size_t>();
    };
    told.Add(line.number, place(task) + 1, place(on),
             Accuracy(file, line.number, entry.value("value", json()).dump(), 100));
  }
  return told.Matrix(fmt::format("it has no {} of the group test.", wanted->second));
}

}  // namespace

const std::vector<MatrixFormat>& MatrixFormats() {
  static const std::vector<MatrixFormat> formats = {
      {.name = "csv", .what = "T or T + 1 rows of T accuracies", .read = &ReadCsv},
      {.name = "avalanche", .what = "CSVLogger's eval_results.csv", .read = &ReadAvalanche},
      {.name = "mammoth", .what = "logs.pyd", .several = true, .read = &ReadMammoth},
      {.name = "facil", .what = "raw_log-*.txt", .read = &ReadFacil}};
  return formats;
}

const MatrixFormat& FindMatrixFormat(const std::string& name) {
  std::vector<std::string> names;
  for (const MatrixFormat& format : MatrixFormats()) {
    if (format.name == name) return format;
    names.push_back(format.name);
  }
  throw InputError("no format named '" + name + "'." + NearestHint(name, names) + " There are " +
                   Join(names, ", ") + ".");
}

}  // namespace plasticity
