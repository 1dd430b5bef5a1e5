#include "reports/result_set.h"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

#include "reports/text_table.h"
#include "reports/words.h"
#include "suite/base/error.h"
#include "suite/base/kinds.h"
#include "suite/base/parallel.h"
#include "suite/base/store.h"
#include "suite/base/text.h"

namespace plasticity {
namespace {

using nlohmann::json;
using Cells = std::vector<const Result*>;

constexpr std::size_t kWorthAThread = 100;  // Results

std::string TaskOf(const Result& result) { return PartName(result.request, "task"); }
std::string DataOf(const Result& result) { return TextAt(result.request, {"data", "name"}); }
std::string RuleOf(const Result& result) { return PartName(result.request, "rule"); }
std::string StrategyOf(const Result& result) { return PartName(result.request, "strategy"); }
std::string RoleOf(const Result& result) { return TextAt(result.rule, {"role"}); }

std::int64_t SeedOf(const Result& result) {
  const auto found = result.request.find("seed");
  return found != result.request.end() && found->is_number_integer() ? found->get<std::int64_t>()
                                                                     : 0;
}

// Whether the request's member must be equal for two cells to be compared.
bool IsCondition(std::string_view key) {
  for (const Kind& kind : kKinds) {
    if (kind.name == key) return !kind.tells_rows_apart;
  }
  return key != "seed" && key != "device_type";
}

// Whether the request's member tells rows apart; a part that is what absence means goes without
// saying.
bool IsRowPart(const json& request, std::string_view key) {
  for (const Kind& kind : kKinds) {
    if (kind.name == key) return kind.tells_rows_apart && PartName(request, key) != kind.absent;
  }
  return false;
}

// Of an object, the members whose key is wanted.
template <typename IsWanted>
json Members(const json& object, IsWanted is_wanted) {
  json members = json::object();
  for (const auto& item : object.items()) {
    if (is_wanted(item.key())) members[item.key()] = item.value();
  }
  return members;
}

// Members as text, which tells them from others and copies nothing.
template <typename IsWanted>
std::string MembersText(const json& object, IsWanted is_wanted) {
  std::string text;
  for (const auto& item : object.items()) {
    if (is_wanted(item.key())) text += item.key() + "=" + item.value().dump() + "\n";
  }
  return text;
}

json ConditionsOf(const Result& result) { return Members(result.request, IsCondition); }

json RowParts(const json& request) {
  return Members(request, [&](std::string_view key) { return IsRowPart(request, key); });
}

std::string RowText(const json& request) {
  return MembersText(request, [&](std::string_view key) { return IsRowPart(request, key); }) +
         TextAt(request, {"device_type"});
}

bool IsListed(const std::string& name, const std::vector<std::string>& listed) {
  return std::find(listed.begin(), listed.end(), name) != listed.end();
}

// Throws InputError for what is asked for and no Result has.
void RequireEach(const std::string& what, const std::vector<std::string>& asked,
                 const std::vector<Result>& results, std::string (*of)(const Result&)) {
  if (asked.empty()) return;
  std::set<std::string> known;
  for (const Result& result : results) known.insert(of(result));
  for (const std::string& name : asked) RequireKnown(what, name, known);
}

Cells Selected(const std::vector<Result>& results, const Selection& selection) {
  if (results.empty()) throw InputError("a table needs at least one result.");
  std::set<std::string_view> ids;
  for (const Result& result : results) {
    if (!ids.insert(result.run_id).second)
      throw InputError("the cell " + result.run_id + " is given twice.");
  }
  const auto given = [](const std::string& name) {
    return name.empty() ? std::vector<std::string>() : std::vector{name};
  };
  RequireEach("task", given(selection.task), results, TaskOf);
  RequireEach("data set", given(selection.data), results, DataOf);
  RequireEach("rule", selection.rules, results, RuleOf);
  RequireEach("strategy", selection.strategies, results, StrategyOf);
  Cells selected;
  for (const Result& result : results) {
    if (!selection.task.empty() && TaskOf(result) != selection.task) continue;
    if (!selection.data.empty() && DataOf(result) != selection.data) continue;
    if (!selection.strategies.empty() && !IsListed(StrategyOf(result), selection.strategies))
      continue;
    selected.push_back(&result);
  }
  return selected;
}

// Drops the rules that were not asked for, but for ceiling and floor; all, if none asked for is
// left.
Cells WithRules(const Cells& cells, const std::vector<std::string>& rules) {
  if (rules.empty()) return cells;
  Cells kept;
  bool any = false;
  for (const Result* cell : cells) {
    const bool listed = IsListed(RuleOf(*cell), rules);
    any = any || listed;
    if (listed || !RoleOf(*cell).empty()) kept.push_back(cell);
  }
  return any ? kept : Cells();
}

// What may differ between rows of one name: the parts' parameters, the rule's by their own names,
// and the builds of plugins and the tunings, which stand for what they chose, by the digests' first
// digits.
LeafMap LabelLeaves(const json& parts) {
  json rest = json::object();
  for (const auto& item : parts.items()) {
    json part = item.value();
    part.erase("name");
    part.erase("imported");  // a row's name has it
    if (part.contains("tuned")) {
      json tuned = {{"tuned", TextAt(part, {"tuned", "digest"}).substr(0, 8)}};
      if (part.contains("plugin")) tuned["plugin"] = part["plugin"];
      part = std::move(tuned);
    }
    if (part.contains("plugin")) part["plugin"] = part["plugin"].get<std::string>().substr(0, 8);
    if (item.key() == "rule") {
      rest.update(part);
    } else {
      rest[item.key()] = Leaves(part);
    }
  }
  return Leaves(rest);
}

// "backprop + er", "backprop + er (tuned)", "backprop + er (imported from avalanche)".
std::string RowName(const json& parts) {
  const std::string tool = TextAt(parts, {"rule", "imported"});
  return NamesOf(parts) + (TextAt(parts, {"rule", "tuned", "digest"}).empty() ? "" : " (tuned)") +
         (tool.empty() ? "" : " (imported from " + tool + ")");
}

bool HasPlugin(const json& parts) {
  return std::any_of(parts.begin(), parts.end(),
                     [](const json& part) { return part.contains("plugin"); });
}

// What the rule's tuning was given, in words.
std::string TuningOf(const json& parts) {
  const json tuned = parts.at("rule").value("tuned", json::object());
  if (tuned.empty()) return "";
  return Plural(tuned.at("trials").get<std::size_t>(), "trial") + ", " +
         Grouped(tuned.at("images").get<std::int64_t>()) + " images";
}

void SortBySeed(Cells& cells) {
  std::vector<std::pair<std::int64_t, const Result*>> by_seed;
  for (const Result* cell : cells) by_seed.emplace_back(SeedOf(*cell), cell);
  std::sort(by_seed.begin(), by_seed.end(),
            [](const auto& a, const auto& b) { return a.first < b.first; });
  for (std::size_t i = 0; i < cells.size(); ++i) cells[i] = by_seed[i].second;
}

std::vector<std::int64_t> SeedsIn(const Cells& cells) {
  std::vector<std::int64_t> seeds;
  for (const Result* cell : cells) seeds.push_back(SeedOf(*cell));
  return seeds;
}

Row MakeRow(Cells cells) {
  SortBySeed(cells);
  const Result& first = *cells.front();
  Row row;
  row.parts = RowParts(first.request);
  row.tuning = TuningOf(row.parts);
  row.facts = first.rule;
  row.strategy_facts = first.strategy;
  row.device_type = TextAt(first.request, {"device_type"});
  row.role = RoleOf(first);
  const auto baseline = first.rule.find("baseline");
  row.baseline = !row.role.empty() || (baseline != first.rule.end() && *baseline == true);
  for (const Result* cell : cells) {
    (Withdrawal(*cell) == nullptr ? row.cells : row.withdrawn).push_back(cell);
  }
  return row;
}

// Where strategies are compared, and one of them has all data at once or nothing but baselines
// learns, the ceiling is who has all data, with whatever rule, and the floor is who does nothing
// against forgetting: random features or, where there are none, whoever else is a baseline. Any
// other pair of a rule that learns and a strategy is ranked, a baseline's too.
void JudgeStrategies(std::vector<Row>& rows) {
  const auto has_all_data = [](const Row& row) {
    return TextAt(row.strategy_facts, {"role"}) == "ceiling";
  };
  const auto is_plain = [](const Row& row) { return !row.parts.contains("strategy"); };
  const auto is_floor = [&](const Row& row) { return is_plain(row) && row.role == "floor"; };
  std::set<json> strategies;
  for (const Row& row : rows) strategies.insert(row.parts.value("strategy", json()));
  const bool of_strategies =
      std::any_of(rows.begin(), rows.end(), has_all_data) ||
      std::all_of(rows.begin(), rows.end(), [](const Row& row) { return row.baseline; });
  if (strategies.size() < 2 || !of_strategies) return;
  const bool has_floor = std::any_of(rows.begin(), rows.end(), is_floor);
  for (Row& row : rows) {
    if (row.imported()) continue;
    const bool floor = has_floor ? is_floor(row) : is_plain(row) && row.baseline;
    const bool learns = row.role != "floor";
    row.role = has_all_data(row) ? "ceiling" : floor ? "floor" : "";
    row.baseline = !row.role.empty() || !learns;
  }
}

// Names the rows by their parts, and by device where there are several.
void LabelRows(std::vector<Row>& rows) {
  std::vector<json> parts;
  std::set<std::string> devices;
  for (const Row& row : rows) {
    parts.push_back(row.parts);
    devices.insert(row.device_type);
  }
  const std::vector<std::string> labels = LabelsOf(parts);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    rows[i].label = labels[i];
    if (devices.size() > 1) rows[i].label += " (" + Printable(rows[i].device_type) + ")";
  }
}

Board MakeBoard(const Cells& cells) {
  Board board;
  board.task = TaskOf(*cells.front());
  board.data = DataOf(*cells.front());
  board.conditions = ConditionsOf(*cells.front());
  std::map<std::string, Cells> by_row;
  for (const Result* cell : cells) by_row[RowText(cell->request)].push_back(cell);
  for (auto& [key, row_cells] : by_row) board.rows.push_back(MakeRow(std::move(row_cells)));
  JudgeStrategies(board.rows);
  LabelRows(board.rows);
  return board;
}

// Says of boards of one task and data in which conditions they differ.
void TellApart(std::vector<Board>& boards) {
  std::map<std::pair<std::string, std::string>, std::vector<Board*>> alike;
  for (Board& board : boards) alike[{board.task, board.data}].push_back(&board);
  for (const auto& [key, group] : alike) {
    if (group.size() < 2) continue;
    std::vector<LeafMap> leaves;
    for (const Board* board : group) leaves.push_back(Leaves(board->conditions));
    const std::set<std::string> paths = DifferingPaths(leaves);
    for (std::size_t i = 0; i < group.size(); ++i) {
      group[i]->only_here = Printable(PathsText(leaves[i], paths));
    }
  }
}

std::string MachineOf(const Result& result) {
  std::vector<std::string> parts;
  const std::string cpu = TextAt(result.env, {"cpu_model"});
  if (!cpu.empty()) parts.push_back(cpu);
  if (const auto threads = result.env.find("threads");
      threads != result.env.end() && threads->is_number_integer()) {
    parts.push_back(Plural(threads->get<std::size_t>(), "thread"));
  }
  const std::string device = TextAt(result.env, {"device"});
  if (!device.empty() && device.rfind("cpu", 0) != 0) {
    const std::string name = TextAt(result.env, {"device_name"});
    parts.push_back(name.empty() ? device : name);
  }
  return Printable(Join(parts, ", "));
}

std::string SuiteOf(const Result& result) {
  const std::string version = TextAt(result.suite, {"version"});
  std::string text = version.empty() ? "" : "plasticity " + version;
  const std::string commit = TextAt(result.suite, {"git", "commit"});
  if (!commit.empty()) text += ", commit " + commit.substr(0, 7);
  const json git = result.suite.value("git", json::object());
  if (git.is_object() && git.value("dirty", json()) == true) text += " with uncommitted changes";
  const std::string build = TextAt(result.suite, {"build_type"});
  if (!build.empty() && build != "Release") text += ", " + build + " build";
  return Printable(text);
}

// The plugins of a cell: "my_rule from libmy_rule.so (SHA-256 1f2e3d4c)". A Result has the file's
// name of its rule's.
std::vector<std::string> PluginsOfCell(const Result& result) {
  std::vector<std::string> plugins;
  for (const Kind& kind : kKinds) {
    const std::string digest = TextAt(result.request, {kind.name.data(), "plugin"});
    if (digest.empty()) continue;
    const std::string file =
        kind.name == "rule" ? TextAt(result.rule, {"plugin", "file"}) : std::string();
    plugins.push_back(
        Printable(fmt::format("{} from {} (SHA-256 {})", PartName(result.request, kind.name),
                              file.empty() ? "a plugin" : file, digest.substr(0, 8))));
  }
  return plugins;
}

// What `texts` says of each cell, each once, sorted.
template <typename Texts>
std::vector<std::string> EachOnce(const Board& board, Texts texts) {
  Cells cells;
  for (const Row& row : board.rows) cells.insert(cells.end(), row.cells.begin(), row.cells.end());
  std::vector<std::vector<std::string>> said(cells.size());
  ForEachIndex(cells.size(), kWorthAThread, [&](std::size_t i) { said[i] = texts(*cells[i]); });
  std::set<std::string> found;
  for (std::vector<std::string>& of_cell : said) found.insert(of_cell.begin(), of_cell.end());
  found.erase("");
  return {found.begin(), found.end()};
}

}  // namespace

std::vector<std::int64_t> Row::seeds() const { return SeedsIn(cells); }

std::vector<std::int64_t> Row::withdrawn_seeds() const { return SeedsIn(withdrawn); }

std::vector<const Result*> Row::all() const {
  Cells all = cells;
  all.insert(all.end(), withdrawn.begin(), withdrawn.end());
  SortBySeed(all);
  return all;
}

bool Row::imported() const { return TextAt(facts, {"origin"}) == "imported"; }

std::vector<std::string> Row::citations() const {
  std::vector<std::string> keys;
  for (const json* of : {&facts, &strategy_facts}) {
    const std::string key = TextAt(*of, {"citation"});
    if (!key.empty() && std::find(keys.begin(), keys.end(), key) == keys.end()) keys.push_back(key);
  }
  return keys;
}

std::string Row::rule() const { return TextAt(parts, {"rule", "name"}); }

std::string Row::key() const { return json({parts, device_type}).dump(); }

bool Board::of_strategies() const {
  return std::any_of(rows.begin(), rows.end(),
                     [](const Row& row) { return row.parts.contains("strategy"); });
}

int Board::results() const {
  std::size_t count = 0;
  for (const Row& row : rows) count += row.cells.size();
  return static_cast<int>(count);
}

std::vector<std::int64_t> Board::seeds() const {
  std::set<std::int64_t> seeds;
  for (const Row& row : rows) {
    for (const std::int64_t seed : row.seeds()) seeds.insert(seed);
  }
  return {seeds.begin(), seeds.end()};
}

const Result& Board::sample() const {
  const Result* any = nullptr;
  for (const Row& row : rows) {
    for (const Result* cell : row.cells) {
      if (cell->state == "ok") return *cell;
      any = cell;
    }
  }
  return any != nullptr ? *any : *rows.front().withdrawn.front();
}

ResultSet::ResultSet(std::vector<Result> results, const Selection& selection,
                     std::set<std::string> disputed)
    : results_(std::move(results)), disputed_(std::move(disputed)) {
  const Cells selected = Selected(results_, selection);
  using Key = std::tuple<std::string, std::string, std::string>;
  std::vector<Key> keys(selected.size());
  ForEachIndex(selected.size(), kWorthAThread, [&](std::size_t i) {
    const Result& result = *selected[i];
    keys[i] = {TaskOf(result), DataOf(result), MembersText(result.request, IsCondition)};
  });
  std::map<Key, Cells> groups;
  for (std::size_t i = 0; i < selected.size(); ++i) {
    groups[std::move(keys[i])].push_back(selected[i]);
    for (const auto& [name, metric] : selected[i]->metrics) metrics_.insert(name);
  }
  for (const auto& [key, all_cells] : groups) {
    const Cells cells = WithRules(all_cells, selection.rules);
    if (!cells.empty()) boards_.push_back(MakeBoard(cells));
  }
  if (boards_.empty()) {
    throw InputError(
        "no result passes all of the filters (task, data, rules, strategies) together.");
  }
  TellApart(boards_);
}

int ResultSet::Disputed(const Board& board) const {
  std::int64_t count = 0;
  for (const Row& row : board.rows) {
    count += std::count_if(row.cells.begin(), row.cells.end(),
                           [&](const Result* cell) { return disputed_.count(cell->run_id) > 0; });
  }
  return static_cast<int>(count);
}

ResultSet LoadResultSet(const std::vector<std::filesystem::path>& folders,
                        const Selection& selection) {
  if (folders.empty()) throw InputError("name a folder of Results, such as results/");
  std::set<std::string> disputed;
  std::vector<Result> results = LoadResults(folders, &disputed);
  return ResultSet(std::move(results), selection, std::move(disputed));
}

void RequireKnown(const std::string& what, const std::string& name,
                  const std::set<std::string>& known) {
  if (name.empty() || known.count(name) > 0) return;
  const std::vector<std::string> names(known.begin(), known.end());
  throw InputError("no result of the " + what + " '" + name + "'." + NearestHint(name, names) +
                   " There are results of " + Join(names, ", ") + ".");
}

std::string NamesOf(const json& parts) {
  std::vector<std::string> names;
  for (const Kind& kind : kKinds) {
    if (parts.contains(kind.name)) names.push_back(TextAt(parts, {kind.name.data(), "name"}));
  }
  return Join(names, " + ");
}

std::vector<std::string> LabelsOf(const std::vector<json>& parts) {
  std::map<std::string, std::vector<std::size_t>> by_name;
  for (std::size_t i = 0; i < parts.size(); ++i) by_name[RowName(parts[i])].push_back(i);
  std::vector<std::string> labels(parts.size());
  for (const auto& [name, namesakes] : by_name) {
    std::vector<LeafMap> leaves;
    for (const std::size_t i : namesakes) leaves.push_back(LabelLeaves(parts[i]));
    const std::set<std::string> differing = DifferingPaths(leaves);
    for (std::size_t k = 0; k < namesakes.size(); ++k) {
      const std::string rest = PathsText(leaves[k], differing);
      std::string& label = labels[namesakes[k]];
      label = Printable(rest.empty() ? name : name + " " + rest);
      const bool said = rest.find("plugin=") != std::string::npos;
      if (HasPlugin(parts[namesakes[k]]) && !said) label += " (plugin)";
    }
  }
  return labels;
}

std::vector<std::string> MachinesOf(const Board& board) {
  return EachOnce(board, [](const Result& cell) { return std::vector{MachineOf(cell)}; });
}

std::vector<std::string> SuitesOf(const Board& board) {
  return EachOnce(board, [](const Result& cell) { return std::vector{SuiteOf(cell)}; });
}

std::vector<std::string> PluginsOf(const Board& board) { return EachOnce(board, PluginsOfCell); }

}  // namespace plasticity
