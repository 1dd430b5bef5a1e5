#include "reports/page/site.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <tuple>

#include "reports/board_text.h"
#include "reports/layout.h"
#include "reports/page/nights_page.h"
#include "reports/page/parts.h"
#include "reports/page/result_page.h"
#include "reports/page/rule_page.h"
#include "reports/suspicions.h"
#include "reports/words.h"
#include "suite/base/text.h"

namespace plasticity {
namespace {

using nlohmann::json;

std::string TaskOf(const Table& table) { return TextAt(table.about, {"task"}); }

// What a filter may ask for: every rule, task and trait that there is.
struct Choices {
  std::set<std::string> rules, tasks;
};

std::string Select(const std::string& name, const std::string& label, const std::string& any,
                   const std::vector<std::pair<std::string, std::string>>& options) {
  std::string text = fmt::format(
      "<div><label for=\"filter-{0}\">{1}</label><select id=\"filter-{0}\" name=\"{0}\"><option "
      "value=\"\">{2}</option>",
      name, label, any);
  for (const auto& [value, shown] : options) {
    text += "<option value=\"" + HtmlEscaped(value) + "\">" + HtmlEscaped(shown) + "</option>";
  }
  return text + "</select></div>\n";
}

// A form that the script brings to life; without scripts it stays hidden.
std::string FilterForm(const Choices& choices) {
  const auto same = [](const std::set<std::string>& names) {
    std::vector<std::pair<std::string, std::string>> options;
    for (const std::string& name : names) options.emplace_back(name, name);
    return options;
  };
  return "<form class=\"filter\" role=\"search\" aria-label=\"Boards\" hidden>\n"
         "<div><label for=\"filter-text\">Text</label><input id=\"filter-text\" name=\"text\" "
         "type=\"search\" autocomplete=\"off\"></div>\n" +
         Select("rule", "Rule", "all rules", same(choices.rules)) +
         Select("task", "Task", "all tasks", same(choices.tasks)) +
         Select("trait", "Trait", "all traits",
                {{"no-labels", "needs no labels"},
                 {"labels", "needs labels"},
                 {"local", "local"},
                 {"layer", "layer-local"},
                 {"global", "global"},
                 {"backward", "backward pass"}}) +
         "<button type=\"reset\">Clear</button>\n<p role=\"status\"></p>\n</form>\n";
}

std::string LinkList(const std::set<std::string>& names,
                     std::string (*address)(const std::string&)) {
  std::string text = "<ul class=\"links\">\n";
  for (const std::string& name : names) text += "<li>" + HtmlLink(address(name), name) + "</li>\n";
  return text + "</ul>\n";
}

// How tables of boards link: labels to rules.
HtmlOptions BoardOptions(const Place& place, const Table& table, int level) {
  HtmlOptions options{.level = level, .id = BoardId(table)};
  options.link = [up = place.up](const TableRow& row, const Column& column) {
    const std::string rule = TextAt(row.about, {"rule", "name"});
    return column.key == "row" && !rule.empty() ? up + RuleAddress(rule) : "";
  };
  return options;
}

std::string IndexPage(const Place& place, const ResultSet& results,
                      const std::vector<Table>& boards, std::size_t nights) {
  Choices choices;
  std::size_t cells = 0;
  for (const Board& board : results.boards()) {
    choices.tasks.insert(board.task);
    for (const Row& row : board.rows) choices.rules.insert(row.rule());
    cells += static_cast<std::size_t>(board.results());
  }
  std::string body =
      "<p>" + Plural(cells, "result") + " on " + Plural(boards.size(), "board") +
      (nights > 1 ? ", and " + HtmlLink(kNightsAddress, Plural(nights, "night")) : "") + ".</p>\n" +
      FilterForm(choices);
  body += "<section id=\"boards\">\n<h2>Boards</h2>\n";
  for (const Table& table : boards) {
    HtmlOptions options = BoardOptions(place, table, 3);
    options.title_link = TaskAddress(TaskOf(table)) + "#" + options.id;
    body += "<div class=\"board\" data-task=\"" + HtmlEscaped(TaskOf(table)) + "\">\n" +
            HtmlSection(table, options) + "</div>\n";
  }
  body += "</section>\n<section id=\"tasks\">\n<h2>Tasks</h2>\n" +
          LinkList(choices.tasks, TaskAddress) + "</section>\n";
  body += "<section id=\"rules\">\n<h2>Rules</h2>\n" + LinkList(choices.rules, RuleAddress) +
          "</section>\n";
  return PageOf(place, "Results", body);
}

// The task's boards as leaderboards, then as the task's own layout has them, if it has one.
std::string TaskPage(const Place& place, const std::string& task, const ResultSet& results,
                     const std::vector<Table>& boards) {
  std::string body;
  for (const Table& table : boards) {
    if (TaskOf(table) == task) body += HtmlSection(table, BoardOptions(place, table, 2));
  }
  if (!Layouts().contains(task)) return PageOf(place, task, body);
  for (Table table : TablesIfAny(task, results)) {
    if (TaskOf(table) != task) continue;
    table.title += ", in detail";
    table.title = FullTitle(table);
    HtmlOptions options = BoardOptions(place, table, 2);
    options.id.clear();
    body += HtmlSection(table, options);
  }
  return PageOf(place, task, body);
}

// A leaderboard of each board, in their order.
std::vector<Table> Boards(const ResultSet& results) {
  std::vector<Table> boards = TablesIfAny("leaderboard", results);
  for (Table& board : boards) board.title = FullTitle(board);
  return boards;
}

// Those of most rows first, of each task and data set.
std::vector<Table> LargestFirst(std::vector<Table> boards) {
  const auto key = [](const Table& table) {
    return std::tuple(TaskOf(table), TextAt(table.about, {"data"}),
                      -static_cast<std::int64_t>(table.rows.size()));
  };
  std::stable_sort(boards.begin(), boards.end(),
                   [&](const Table& a, const Table& b) { return key(a) < key(b); });
  return boards;
}

}  // namespace

FolderFiles MakeSite(const ResultSet& results, const std::string& command,
                     std::vector<std::vector<Result>> nights) {
  nights.push_back(results.all());
  const std::vector<Table> boards = Boards(results);
  FolderFiles site(PageFiles().begin(), PageFiles().end());
  site["index.html"] = IndexPage({"", command}, results, LargestFirst(boards), nights.size());
  if (nights.size() > 1) site[kNightsAddress] = NightsPage({"", command}, nights);
  const Place below{"../", command};
  std::set<std::string> tasks;
  std::map<std::string, std::vector<RuleRow>> rules;
  for (std::size_t i = 0; i < boards.size(); ++i) {  // a table a board, in their order
    const Board& board = results.boards()[i];
    const std::string anchor = BoardId(boards[i]);
    tasks.insert(board.task);
    Suspicions suspicions = SuspicionsOn(board);
    for (const Row& row : board.rows) {
      rules[row.rule()].push_back({&board, &row, anchor});
      for (const Result* cell : row.all()) {
        site[ResultAddress(cell->run_id)] =
            ResultPage(below, *cell, anchor, suspicions[cell->run_id]);
      }
    }
  }
  for (const std::string& task : tasks) {
    site[TaskAddress(task)] = TaskPage(below, task, results, boards);
  }
  const std::map<std::string, Evidence> evidence = EvidenceOf(results);
  for (const auto& [rule, rows] : rules) {
    site[RuleAddress(rule)] = RulePage(below, rule, rows, evidence);
  }
  return site;
}

}  // namespace plasticity
