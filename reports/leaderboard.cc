// From results to boards: grouping, sums over seeds, ranks and notes. How boards look is in
// leaderboard_render.cc.
#include "reports/leaderboard.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <tuple>

#include "reports/leaderboard_format.h"
#include "reports/statistics.h"
#include "reports/text_table.h"
#include "suite/base/digest.h"
#include "suite/base/error.h"
#include "suite/base/kinds.h"
#include "suite/base/text.h"

namespace plasticity {
namespace {

using internal::FormatValue;
using internal::SeedsText;
using nlohmann::json;

// The text at a path of keys, or "" where there is none.
std::string TextAt(const json& object, std::initializer_list<const char*> keys) {
  const json* place = &object;
  for (const char* key : keys) {
    if (!place->is_object() || !place->contains(key)) return "";
    place = &(*place)[key];
  }
  return place->is_string() ? place->get<std::string>() : "";
}

std::string Plural(std::size_t count, const std::string& thing) {
  return std::to_string(count) + " " + thing + (count == 1 ? "" : "s");
}

std::string TaskOf(const Result& result) { return PartName(result.request, "task"); }
std::string DataOf(const Result& result) { return TextAt(result.request, {"data", "name"}); }
std::string RuleOf(const Result& result) { return PartName(result.request, "rule"); }
std::string RoleOf(const Result& result) { return TextAt(result.rule, {"role"}); }

std::int64_t SeedOf(const Result& result) {
  const auto found = result.request.find("seed");
  return found != result.request.end() && found->is_number_integer() ? found->get<std::int64_t>()
                                                                     : 0;
}

// What must be equal for two cells to be compared.
json ConditionsOf(const Result& result) {
  json conditions = result.request;
  for (const Kind& kind : kKinds) {
    if (kind.tells_rows_apart) conditions.erase(std::string(kind.name));
  }
  conditions.erase("seed");
  conditions.erase("device_type");
  return conditions;
}

// The parts that tell rows apart, by kind; one that is what absence means goes without saying.
json RowParts(const json& request) {
  json parts = json::object();
  for (const Kind& kind : kKinds) {
    if (!kind.tells_rows_apart || PartName(request, kind.name) == kind.absent) continue;
    parts[std::string(kind.name)] = request.at(std::string(kind.name));
  }
  return parts;
}

// "softhebb", "softhebb + er".
std::string NamesOf(const json& parts) {
  std::vector<std::string> names;
  for (const Kind& kind : kKinds) {
    if (parts.contains(kind.name)) names.push_back(TextAt(parts, {kind.name.data(), "name"}));
  }
  return Join(names, " + ");
}

void Flatten(const json& value, const std::string& path, std::map<std::string, json>& leaves) {
  if (!value.is_object()) {
    leaves[path] = value;
    return;
  }
  for (const auto& item : value.items()) {
    Flatten(item.value(), path.empty() ? item.key() : path + "." + item.key(), leaves);
  }
}

// The leaves of nested objects by dotted path; lists are leaves. What is under "params" goes
// without that prefix, unless it would then be mistaken for a field beside it.
std::map<std::string, json> Leaves(const json& object) {
  std::map<std::string, json> leaves;
  std::map<std::string, json> params;
  for (const auto& item : object.items()) {
    const bool own = item.key() == "params" && item.value().is_object();
    Flatten(item.value(), own ? "" : item.key(), own ? params : leaves);
  }
  for (const auto& [path, leaf] : params) {
    leaves[leaves.count(path) > 0 ? "params." + path : path] = leaf;
  }
  return leaves;
}

// A leaf as a reader wants it: digests shortened, long lists as a digest.
std::string LeafText(const json& leaf) {
  if (leaf.is_string()) return internal::ShortDigest(leaf.get<std::string>());
  if (leaf.is_number_float()) return fmt::format("{}", leaf.get<double>());
  const std::string text = leaf.dump();
  constexpr std::size_t kLongest = 60;
  return text.size() <= kLongest ? text : "digest " + internal::ShortDigest(Sha256(text));
}

// The paths at which not all of `objects` agree.
std::set<std::string> DifferingPaths(const std::vector<std::map<std::string, json>>& objects) {
  std::set<std::string> paths;
  for (const auto& object : objects) {
    for (const auto& [path, leaf] : object) {
      const bool everywhere = std::all_of(objects.begin(), objects.end(), [&](const auto& other) {
        const auto found = other.find(path);
        return found != other.end() && found->second == leaf;
      });
      if (!everywhere) paths.insert(path);
    }
  }
  return paths;
}

std::string PathsText(const std::map<std::string, json>& leaves,
                      const std::set<std::string>& paths) {
  std::vector<std::string> parts;
  for (const auto& [path, leaf] : leaves) {
    if (paths.count(path) > 0) parts.push_back(path + "=" + LeafText(leaf));
  }
  return Join(parts, " ");
}

// "3 blocks, width 0.25": an object's leaves in words, without those in `skipped` and without lists
// of objects, of which only a network's blocks are counted.
std::string LeavesInWords(const json& object, const std::set<std::string>& skipped) {
  std::vector<std::string> parts;
  for (const auto& [path, leaf] : Leaves(object)) {
    if (skipped.count(path) > 0 || leaf.is_null()) continue;
    const bool nested = leaf.is_array() && !leaf.empty() && leaf.front().is_structured();
    if (nested) {
      if (path == "blocks") parts.push_back(Plural(leaf.size(), "block"));
    } else if (leaf.is_boolean()) {
      parts.push_back((leaf.get<bool>() ? "" : "no ") + path);
    } else {
      parts.push_back(path + " " + LeafText(leaf));
    }
  }
  return Join(parts, ", ");
}

std::string NameAndRest(const json& object, const std::set<std::string>& skipped = {"name"}) {
  const std::string name = TextAt(object, {"name"});
  const std::string rest = LeavesInWords(object, skipped);
  if (name.empty()) return rest.empty() ? "not named" : rest;
  return rest.empty() ? name : name + " (" + rest + ")";
}

// --- filters ---------------------------------------------------------------------------------

void RequireKnown(const std::string& what, const std::string& name,
                  const std::set<std::string>& known) {
  if (name.empty() || known.count(name) > 0) return;
  const std::vector<std::string> names(known.begin(), known.end());
  throw InputError("no result of the " + what + " '" + name + "'." + NearestHint(name, names) +
                   " There are results of " + Join(names, ", ") + ".");
}

std::vector<const Result*> Selected(const std::vector<Result>& results,
                                    const LeaderboardOptions& options) {
  if (results.empty()) throw InputError("a leaderboard needs at least one result.");
  std::set<std::string> tasks, data, rules, ids;
  for (const Result& result : results) {
    tasks.insert(TaskOf(result));
    data.insert(DataOf(result));
    rules.insert(RuleOf(result));
    if (!ids.insert(result.run_id).second) {
      throw InputError("the cell " + result.run_id + " is given twice.");
    }
  }
  RequireKnown("task", options.task, tasks);
  RequireKnown("data set", options.data, data);
  for (const std::string& rule : options.rules) RequireKnown("rule", rule, rules);
  std::vector<const Result*> selected;
  for (const Result& result : results) {
    if (!options.task.empty() && TaskOf(result) != options.task) continue;
    if (!options.data.empty() && DataOf(result) != options.data) continue;
    selected.push_back(&result);
  }
  if (selected.empty()) {
    throw InputError("no result of the task '" + options.task + "' on '" + options.data +
                     "', though there are some of each.");
  }
  return selected;
}

using Cells = std::vector<const Result*>;

bool IsListed(const Result& result, const std::vector<std::string>& rules) {
  return rules.empty() || std::find(rules.begin(), rules.end(), RuleOf(result)) != rules.end();
}

// Drops the rules that were not asked for, but for ceiling and floor; all, if none asked for is
// left.
Cells WithRules(const Cells& cells, const std::vector<std::string>& rules) {
  Cells kept;
  bool any = false;
  for (const Result* cell : cells) {
    const bool listed = IsListed(*cell, rules);
    any = any || listed;
    if (listed || !RoleOf(*cell).empty()) kept.push_back(cell);
  }
  return any ? kept : Cells();
}

// --- rows ------------------------------------------------------------------------------------

LeaderboardRun MakeRun(const Result& cell, const std::string& metric) {
  LeaderboardRun run;
  run.run_id = cell.run_id;
  run.seed = SeedOf(cell);
  run.state = cell.state;
  run.reason = Printable(cell.reason);
  if (cell.state != "ok") return run;
  const auto found = cell.metrics.find(metric);
  if (found == cell.metrics.end()) {
    run.reason = "the result has no " + metric;
  } else if (!found->second.value || !std::isfinite(*found->second.value)) {
    run.reason = found->second.reason.empty() ? "the value is not a finite number"
                                              : Printable(found->second.reason);
  } else {
    run.value = found->second.value;
  }
  return run;
}

std::optional<double> MeanOrNone(const std::vector<double>& values) {
  return values.empty() ? std::nullopt : std::optional<double>(Mean(values));
}

void AddCosts(const Cells& cells, LeaderboardRow& row) {
  std::vector<double> speeds;
  std::vector<double> walls;
  for (const Result* cell : cells) {
    if (cell->state != "ok") continue;
    const Cost& cost = cell->cost;
    row.samples_seen = std::max(row.samples_seen, cost.samples_seen);
    if (cost.peak_host_bytes) {
      row.peak_host_bytes = std::max(row.peak_host_bytes.value_or(0), *cost.peak_host_bytes);
    }
    if (cost.peak_device_bytes) {
      row.peak_device_bytes = std::max(row.peak_device_bytes.value_or(0), *cost.peak_device_bytes);
    }
    if (cost.images_per_s && std::isfinite(*cost.images_per_s)) {
      speeds.push_back(*cost.images_per_s);
    }
    const auto total = cost.wall_s.find("total");
    if (total != cost.wall_s.end() && std::isfinite(total->second)) walls.push_back(total->second);
  }
  row.images_per_s = MeanOrNone(speeds);
  row.wall_total_s = MeanOrNone(walls);
}

LeaderboardRow MakeRow(Cells cells, const std::string& metric, double level) {
  std::sort(cells.begin(), cells.end(),
            [](const Result* a, const Result* b) { return SeedOf(*a) < SeedOf(*b); });
  const Result& first = *cells.front();
  LeaderboardRow row;
  row.parts = RowParts(first.request);
  row.facts = first.rule;
  row.device_type = TextAt(first.request, {"device_type"});
  row.role = RoleOf(first);
  const auto baseline = first.rule.find("baseline");
  row.baseline = !row.role.empty() || (baseline != first.rule.end() && *baseline == true);
  std::vector<double> values;
  for (const Result* cell : cells) {
    LeaderboardRun run = MakeRun(*cell, metric);
    row.diverged += run.state == "diverged";
    row.failed += run.state == "failed";
    row.skipped += run.state == "skipped";
    row.without_value += run.state == "ok" && !run.value;
    if (run.value) values.push_back(*run.value);
    row.runs.push_back(std::move(run));
  }
  AddCosts(cells, row);
  if (row.lost() > 0) return row;  // a mean over the survivors would flatter the rule
  row.mean = Mean(values);
  if (values.size() >= 2) {
    const StudentInterval interval = ConfidenceInterval(values, level);
    row.sd = interval.sd;
    row.halfwidth = interval.halfwidth;
    row.t = interval.t;
  }
  return row;
}

// What may differ between rows of one name: the parts' parameters, the rule's by their own names,
// and the builds of plugins by the digests' first digits.
std::map<std::string, json> LabelLeaves(const json& parts) {
  json rest = json::object();
  for (const auto& item : parts.items()) {
    json part = item.value();
    part.erase("name");
    if (part.contains("plugin")) part["plugin"] = part["plugin"].get<std::string>().substr(0, 8);
    if (item.key() == "rule") {
      rest.update(part);
    } else {
      rest[item.key()] = Leaves(part);
    }
  }
  return Leaves(rest);
}

bool HasPlugin(const json& parts) {
  return std::any_of(parts.begin(), parts.end(),
                     [](const json& part) { return part.contains("plugin"); });
}

// Names the rows: by parts, by the parameters in which rows of one name differ, by device; and says
// which come from a plugin.
void LabelRows(std::vector<LeaderboardRow>& rows) {
  std::map<std::string, std::vector<std::map<std::string, json>>> by_name;
  std::set<std::string> devices;
  for (const LeaderboardRow& row : rows) {
    by_name[NamesOf(row.parts)].push_back(LabelLeaves(row.parts));
    devices.insert(row.device_type);
  }
  for (LeaderboardRow& row : rows) {
    const std::string name = NamesOf(row.parts);
    const std::string rest = PathsText(LabelLeaves(row.parts), DifferingPaths(by_name[name]));
    row.label = Printable(rest.empty() ? name : name + " " + rest);
    const bool said = rest.find("plugin=") != std::string::npos;
    if (HasPlugin(row.parts) && !said) row.label += " (plugin)";
    if (devices.size() > 1) row.label += " (" + Printable(row.device_type) + ")";
  }
}

// Sorts best first and ranks; equal means share a rank.
void RankRows(LeaderboardBoard& board) {
  const double sign = board.higher_is_better ? -1 : 1;
  const auto order = [&](const LeaderboardRow& row) {
    return std::tuple<bool, double, const std::string&>(!row.mean, row.mean ? sign * *row.mean : 0,
                                                        row.label);
  };
  std::sort(board.rows.begin(), board.rows.end(),
            [&](const LeaderboardRow& a, const LeaderboardRow& b) { return order(a) < order(b); });
  int place = 0;
  const LeaderboardRow* last = nullptr;
  const LeaderboardRow* ceiling = nullptr;
  for (LeaderboardRow& row : board.rows) {
    if (!row.mean) continue;
    if (row.role == "ceiling" && ceiling == nullptr) ceiling = &row;
    if (row.baseline) continue;
    ++place;
    row.rank = last != nullptr && *last->mean == *row.mean ? last->rank : place;
    last = &row;
  }
  if (ceiling == nullptr) return;
  board.ceiling = NamesOf(ceiling->parts);
  for (LeaderboardRow& row : board.rows) {
    if (row.mean && &row != ceiling) row.vs_ceiling = *row.mean - *ceiling->mean;
  }
}

// --- what the board says about itself ----------------------------------------------------------

std::string SplitOf(const std::string& metric) {
  constexpr std::string_view kAccuracy = "accuracy.";
  return metric.rfind(kAccuracy, 0) == 0 ? metric.substr(kAccuracy.size()) : "";
}

std::string MetricInWords(const std::string& metric) {
  const std::string split = SplitOf(metric);
  return split.empty() ? metric : split + " accuracy";
}

std::string IntervalInWords(const LeaderboardBoard& board) {
  std::set<std::size_t> counts;
  for (const LeaderboardRow& row : board.rows) counts.insert(row.runs.size());
  if (*counts.rbegin() == 1) return "one seed, so no interval";
  const std::string over = counts.size() == 1 ? "over " + std::to_string(*counts.begin()) + " seeds"
                                              : "over the seeds of each row";
  return fmt::format("mean ± half-width of the {:g} % confidence interval (Student's t) {}",
                     100 * board.level, over);
}

std::string MeasuredFact(const LeaderboardBoard& board, const Result& sample) {
  const std::string split = SplitOf(board.metric);
  std::string what;
  if (board.definition.empty() && !split.empty() && board.unit == "fraction") {
    std::string count;
    const json sizes = sample.dataset.value("split_sizes", json::object());
    if (sizes.is_object() && sizes.contains(split) && sizes[split].is_number_integer()) {
      count = Grouped(sizes[split].get<std::int64_t>()) + " ";
    }
    what = "percent of the " + count + split + " images that are classified correctly";
  } else {
    what = board.definition.empty() ? board.metric : board.definition;
    if (what.back() == '.') what.pop_back();
    if (!board.definition.empty() && !board.unit.empty()) what += ",";
    if (board.unit == "fraction") {
      what += " in percent";
    } else if (!board.unit.empty()) {
      what += " in " + board.unit;
    }
    what += board.higher_is_better ? ", higher is better" : ", lower is better";
  }
  return what + "; " + IntervalInWords(board);
}

std::string LearningFact(const LeaderboardBoard& board) {
  std::int64_t least = 0;
  std::int64_t most = 0;
  for (const LeaderboardRow& row : board.rows) {
    if (row.samples_seen == 0) continue;
    least = least == 0 ? row.samples_seen : std::min(least, row.samples_seen);
    most = std::max(most, row.samples_seen);
  }
  if (most == 0) return "no images: no rule on this board has learned";
  if (least == most)
    return Grouped(most) + " images seen by every rule that learns, repeats counted";
  return "from " + Grouped(least) + " to " + Grouped(most) +
         " images seen, repeats counted: see the column";
}

std::string OriginInWords(const std::string& origin) {
  const bool again = origin.rfind("re-encoded", 0) == 0;
  return again ? origin + ": not the official pixels" : origin;
}

std::string DataFact(const Result& sample) {
  std::vector<std::string> parts;
  const json& dataset = sample.dataset;
  if (const auto classes = dataset.find("classes");
      classes != dataset.end() && classes->is_number_integer()) {
    parts.push_back(classes->dump() + " classes");
  }
  if (const auto chance = dataset.find("chance"); chance != dataset.end() && chance->is_number()) {
    parts.push_back(fmt::format("chance {:.1f} %", 100 * chance->get<double>()));
  }
  const std::string origin = TextAt(dataset, {"origin"});
  if (!origin.empty()) parts.push_back(OriginInWords(origin));
  const json data = sample.request.value("data", json::object());
  const std::string fingerprint = TextAt(data, {"fingerprint"});
  if (!fingerprint.empty()) {
    parts.push_back("fingerprint " + internal::ShortDigest(fingerprint));
  }
  return NameAndRest(data, {"name", "fingerprint"}) + (parts.empty() ? "" : ": ") +
         Join(parts, ", ");
}

std::string TaskFact(const json& conditions) {
  std::string text = NameAndRest(conditions.value("task", json::object()));
  if (conditions.contains("protocol_version")) {
    text += ", protocol version " + conditions["protocol_version"].dump();
  }
  const std::string precision = TextAt(conditions, {"precision"});
  if (!precision.empty()) text += ", " + precision;
  // Whatever else was asked for is a condition too.
  json others = conditions;
  for (const char* key : {"task", "network", "readout", "data", "protocol_version", "precision"}) {
    others.erase(key);
  }
  const std::string rest = LeavesInWords(others, {});
  return rest.empty() ? text : text + ", " + rest;
}

void AddFacts(LeaderboardBoard& board, const Result& sample) {
  const auto part = [&](const char* key) { return board.conditions.value(key, json::object()); };
  board.title = Printable(board.task + " on " + board.data + ", " + MetricInWords(board.metric));
  const auto add = [&](const char* heading, const std::string& text) {
    board.facts.emplace_back(heading, Printable(text));
  };
  add("measured", MeasuredFact(board, sample));
  add("network", NameAndRest(part("network")));
  add("learning", LearningFact(board));
  add("readout", NameAndRest(part("readout")));
  add("data", DataFact(sample));
  add("task", TaskFact(board.conditions));
}

// --- notes -------------------------------------------------------------------------------------

std::string SeedNote(const LeaderboardBoard& board) {
  std::size_t least = SIZE_MAX;
  std::size_t most = 0;
  std::vector<std::string> few;
  for (const LeaderboardRow& row : board.rows) {
    if (!row.mean) continue;
    const std::size_t n = row.runs.size();
    least = std::min(least, n);
    most = std::max(most, n);
    if (n < kSeedsForClaim) few.push_back(row.label + " (" + std::to_string(n) + ")");
  }
  if (most == 0 || few.empty()) return "";
  const std::string use =
      fmt::format("; the nightly plan uses {}.", static_cast<int>(kSeedsForClaim));
  const auto smallest = [](std::size_t n) {
    return fmt::format("smallest possible p is {:g}", SmallestSignFlipP(static_cast<int>(n)));
  };
  if (most == 1) {
    return "1 seed gives no interval and cannot support a claim of difference (" + smallest(1) +
           ")" + use;
  }
  if (most < kSeedsForClaim) {
    const std::string count = least == most ? Plural(most, "seed")
                                            : std::to_string(least) + " to " + Plural(most, "seed");
    return count + " cannot support a claim of difference (" + smallest(most) + ")" + use;
  }
  return fmt::format("Rows of fewer than {} seeds cannot support a claim of difference: {}.",
                     static_cast<int>(kSeedsForClaim), Join(few, ", "));
}

std::string LostNote(const LeaderboardBoard& board, const LeaderboardRow& row) {
  std::vector<std::string> counts;
  const auto count = [&](int number, const std::string& what) {
    if (number > 0) counts.push_back(std::to_string(number) + " " + what);
  };
  count(row.diverged, "diverged");
  count(row.failed, "failed");
  count(row.skipped, "skipped");
  count(row.without_value, "without a value");
  std::map<std::string, std::vector<std::int64_t>> seeds_by_reason;
  std::vector<double> values;
  for (const LeaderboardRun& run : row.runs) {
    if (run.value) {
      values.push_back(*run.value);
    } else {
      seeds_by_reason[run.reason].push_back(run.seed);
    }
  }
  constexpr std::size_t kMostReasons = 3;
  constexpr int kReasonWidth = 120;
  std::vector<std::string> reasons;
  for (const auto& [reason, seeds] : seeds_by_reason) {
    if (reasons.size() == kMostReasons) {
      reasons.push_back("and " + Plural(seeds_by_reason.size() - kMostReasons, "other reason"));
      break;
    }
    reasons.push_back((seeds.size() == 1 ? "seed " : "seeds ") + SeedsText(seeds) + ": " +
                      Shortened(reason, kReasonWidth));
  }
  std::string note = row.label + ": " + Join(counts, ", ") + " of " +
                     Plural(row.runs.size(), "seed") + " (" + Join(reasons, "; ") + ").";
  if (values.empty()) return note;
  const auto [low, high] = std::minmax_element(values.begin(), values.end());
  const std::string range =
      FormatValue(board, *low) + (values.size() == 1 ? "" : " to " + FormatValue(board, *high));
  return note + " The " + (values.size() == 1 ? "other gave " : "others gave ") + range +
         ", not averaged: leaving lost seeds out would flatter the rule.";
}

std::string ChanceNote(const LeaderboardBoard& board) {
  if (!board.chance) return "";
  const double sign = board.higher_is_better ? 1 : -1;
  std::vector<std::string> labels;
  for (const LeaderboardRow& row : board.rows) {
    if (row.mean && sign * (*row.mean - *board.chance) <= row.halfwidth.value_or(0)) {
      labels.push_back(row.label);
    }
  }
  if (labels.empty()) return "";
  return "Not told apart from chance (" + FormatValue(board, *board.chance) +
         (board.unit == "fraction" ? " %): " : "): ") + Join(labels, ", ") + ".";
}

std::vector<std::int64_t> SeedsOf(const LeaderboardRow& row) {
  std::vector<std::int64_t> seeds;
  for (const LeaderboardRun& run : row.runs) seeds.push_back(run.seed);
  return seeds;
}

std::string DisputedNote(const LeaderboardBoard& board, const std::set<std::string>& disputed) {
  std::size_t cells = 0;
  for (const LeaderboardRow& row : board.rows) {
    cells += static_cast<std::size_t>(
        std::count_if(row.runs.begin(), row.runs.end(),
                      [&](const LeaderboardRun& run) { return disputed.count(run.run_id) > 0; }));
  }
  if (cells == 0) return "";
  return Plural(cells, "cell") + " had another outcome in another folder: the latest counts.";
}

void AddNotes(LeaderboardBoard& board, const std::set<std::string>& disputed) {
  const auto add = [&](const std::string& note) {
    if (!note.empty()) board.notes.push_back(note);
  };
  add(SeedNote(board));
  for (const LeaderboardRow& row : board.rows) {
    if (row.lost() > 0) add(LostNote(board, row));
  }
  const bool mixed = std::any_of(board.rows.begin(), board.rows.end(), [&](const auto& row) {
    return SeedsOf(row) != SeedsOf(board.rows.front());
  });
  if (mixed) add("The rows rest on different seeds: see the column.");
  add(ChanceNote(board));
  if (board.ceiling.empty()) {
    add("No complete result of the ceiling (backprop) under these conditions: no distance to it.");
  }
  add(DisputedNote(board, disputed));
  if (board.machines.size() > 1) {
    add("The results come from " + std::to_string(board.machines.size()) +
        " kinds of machine: compare accuracies, not speeds or memory.");
  }
  if (board.suites.size() > 1) {
    add("The results come from " + std::to_string(board.suites.size()) +
        " versions of the suite: " + Join(board.suites, "; ") + ".");
  }
}

// --- where the numbers come from ---------------------------------------------------------------

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
std::vector<std::string> PluginsOf(const Result& result) {
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

template <typename Value>
std::vector<Value> Sorted(std::set<Value> values) {
  values.erase(Value());
  return {values.begin(), values.end()};
}

void AddProvenance(LeaderboardBoard& board, const Cells& cells) {
  std::set<std::int64_t> seeds;
  std::set<std::string> machines, suites, plugins;
  for (const Result* cell : cells) {
    for (const std::string& plugin : PluginsOf(*cell)) plugins.insert(plugin);
    seeds.insert(SeedOf(*cell));
    machines.insert(MachineOf(*cell));
    suites.insert(SuiteOf(*cell));
  }
  board.results = static_cast<int>(cells.size());
  board.seeds.assign(seeds.begin(), seeds.end());
  board.machines = Sorted(std::move(machines));
  board.suites = Sorted(std::move(suites));
  board.plugins = Sorted(std::move(plugins));
}

// --- boards --------------------------------------------------------------------------------------

// The cell that speaks for the board: one that is ok, if there is any.
const Result& SampleOf(const Cells& cells) {
  for (const Result* cell : cells) {
    if (cell->state == "ok") return *cell;
  }
  return *cells.front();
}

LeaderboardBoard MakeBoard(const Cells& cells, const LeaderboardOptions& options) {
  const Result& sample = SampleOf(cells);
  LeaderboardBoard board;
  board.task = TaskOf(sample);
  board.data = DataOf(sample);
  board.metric = options.metric.empty() ? sample.headline : options.metric;
  board.unit = "fraction";
  board.level = options.level;
  board.conditions = ConditionsOf(sample);
  for (const Result* cell : cells) {
    const auto found = cell->metrics.find(board.metric);
    if (found == cell->metrics.end()) continue;
    board.unit = found->second.unit;
    board.higher_is_better = found->second.higher_is_better;
    board.definition = Printable(found->second.definition);
    board.chance = found->second.chance;
    break;
  }
  const auto chance = sample.dataset.find("chance");
  if (!board.chance && !SplitOf(board.metric).empty() && chance != sample.dataset.end() &&
      chance->is_number()) {
    board.chance = chance->get<double>();  // version 1 kept no chance beside the metric
  }
  std::map<std::string, Cells> by_row;
  for (const Result* cell : cells) {
    const json key = {RowParts(cell->request), TextAt(cell->request, {"device_type"})};
    by_row[key.dump()].push_back(cell);
  }
  for (const auto& [key, row_cells] : by_row) {
    board.rows.push_back(MakeRow(row_cells, board.metric, options.level));
  }
  LabelRows(board.rows);
  RankRows(board);
  AddProvenance(board, cells);
  AddFacts(board, sample);
  AddNotes(board, options.disputed);
  return board;
}

// Tells boards of one title apart by the conditions in which they differ.
void TellApart(std::vector<LeaderboardBoard>& boards) {
  std::map<std::string, std::vector<LeaderboardBoard*>> by_title;
  for (LeaderboardBoard& board : boards) by_title[board.title].push_back(&board);
  for (const auto& [title, group] : by_title) {
    if (group.size() < 2) continue;
    std::vector<std::map<std::string, json>> leaves;
    for (const LeaderboardBoard* board : group) leaves.push_back(Leaves(board->conditions));
    const std::set<std::string> paths = DifferingPaths(leaves);
    for (std::size_t i = 0; i < group.size(); ++i) {
      group[i]->facts.insert(group[i]->facts.begin(),
                             {"only here", Printable(PathsText(leaves[i], paths))});
    }
  }
}

bool HasMetric(const Cells& cells, const std::string& metric) {
  bool any_ok = false;
  for (const Result* cell : cells) {
    if (cell->metrics.count(metric) > 0) return true;
    any_ok = any_ok || cell->state == "ok";
  }
  return !any_ok;
}

}  // namespace

Leaderboard BuildLeaderboard(const std::vector<Result>& results,
                             const LeaderboardOptions& options) {
  const std::vector<const Result*> selected = Selected(results, options);
  std::map<std::tuple<std::string, std::string, std::string>, Cells> groups;
  std::set<std::string> metrics;
  for (const Result* result : selected) {
    groups[{TaskOf(*result), DataOf(*result), ConditionsOf(*result).dump()}].push_back(result);
    for (const auto& [name, metric] : result->metrics) metrics.insert(name);
  }
  RequireKnown("metric", options.metric, metrics);
  Leaderboard leaderboard;
  for (const auto& [key, all_cells] : groups) {
    const Cells cells = WithRules(all_cells, options.rules);
    if (cells.empty()) continue;
    if (!options.metric.empty() && !HasMetric(cells, options.metric)) continue;
    leaderboard.boards.push_back(MakeBoard(cells, options));
  }
  if (leaderboard.boards.empty()) {
    throw InputError("no result passes all of the filters (task, data, rules, metric) together.");
  }
  TellApart(leaderboard.boards);
  return leaderboard;
}

}  // namespace plasticity
