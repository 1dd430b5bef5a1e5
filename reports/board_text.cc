// What boards say about themselves, in words.
#include "reports/board_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include "reports/corrections.h"
#include "reports/format.h"
#include "reports/statistics/family.h"
#include "reports/statistics/paired.h"
#include "reports/statistics/summary.h"
#include "reports/suspicions.h"
#include "reports/text_table.h"
#include "reports/words.h"
#include "suite/base/parallel.h"
#include "suite/base/text.h"

namespace plasticity {
namespace {

using nlohmann::json;
using Rows = std::vector<MeasuredRow>;

std::string SplitOf(const std::string& metric) {
  constexpr std::string_view kAccuracy = "accuracy.";
  return metric.rfind(kAccuracy, 0) == 0 ? metric.substr(kAccuracy.size()) : "";
}

// The cells of two rows with the same seed.
std::vector<std::pair<const Result*, const Result*>> CommonCells(const Row& a, const Row& b) {
  std::vector<std::pair<const Result*, const Result*>> common;
  for (const Result* one : a.cells) {
    for (const Result* other : b.cells) {
      if (one->request.at("seed") == other->request.at("seed")) common.emplace_back(one, other);
    }
  }
  return common;
}

std::string IntervalInWords(const Rows& rows, double level) {
  std::set<std::size_t> counts;
  for (const MeasuredRow& row : rows) {
    if (!row.value.withdrawn()) counts.insert(row.value.runs.size());
  }
  if (counts.empty()) return "all of it withdrawn";
  if (*counts.rbegin() == 1) return "one seed, so no interval";
  const std::string over = counts.size() == 1 ? "over " + std::to_string(*counts.begin()) + " seeds"
                                              : "over the seeds of each row";
  return fmt::format("mean ± half-width of the {:g} % confidence interval (Student's t) {}",
                     100 * level, over);
}

std::string LearningFact(const Board& board) {
  std::int64_t least = 0;
  std::int64_t most = 0;
  for (const Row& row : board.rows) {
    const std::int64_t seen = CostOf(row).samples_seen;
    if (seen == 0) continue;
    least = least == 0 ? seen : std::min(least, seen);
    most = std::max(most, seen);
  }
  const bool told = std::any_of(board.rows.begin(), board.rows.end(),
                                [](const Row& row) { return !row.imported(); });
  if (most == 0 && !told) return "not told";
  if (most == 0) return "no images: no rule on this board has learned";
  const std::string counted = std::string("repeats and controls' counted") +
                              (board.of_strategies() ? ", replayed ones not" : "");
  if (least == most) return Grouped(most) + " images seen in every cell that learns, " + counted;
  return "from " + Grouped(least) + " to " + Grouped(most) + " images seen, " + counted;
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
  const std::string origin = TextAt(dataset, {"origin"});
  if (!origin.empty()) parts.push_back(OriginInWords(origin));
  const json data = sample.request.value("data", json::object());
  const std::string fingerprint = TextAt(data, {"fingerprint"});
  if (!fingerprint.empty()) {
    parts.push_back("fingerprint " + ShortDigest(fingerprint));
  }
  return NameAndRest(data, {"name", "fingerprint"}) + (parts.empty() ? "" : ": ") +
         Join(parts, ", ");
}

// The strategies under which rules stand, with their settings: "er (memory 500, ...); ewc (...)".
std::string StrategiesFact(const Board& board) {
  std::set<std::string> strategies;
  for (const Row& row : board.rows) {
    if (row.parts.contains("strategy")) strategies.insert(NameAndRest(row.parts["strategy"]));
  }
  return Join({strategies.begin(), strategies.end()}, "; ");
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

std::string SeedNote(const Rows& rows) {
  std::size_t least = SIZE_MAX;
  std::size_t most = 0;
  std::vector<std::string> few;
  for (const MeasuredRow& row : rows) {
    if (!row.value.mean) continue;
    const std::size_t n = row.value.runs.size();
    least = std::min(least, n);
    most = std::max(most, n);
    if (n < kSeedsForClaim) few.push_back(row.row->label + " (" + std::to_string(n) + ")");
  }
  if (most == 0 || few.empty()) return "";
  const std::string use = fmt::format("; {} could, of one pair.", static_cast<int>(kSeedsForClaim));
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

// The reason with "the rule" for its name, as in "ewc cannot stand around fa: ...", and without a
// full stop.
std::string WithoutName(std::string reason, const std::string& rule) {
  const std::string named = " " + rule + ":";
  if (const std::size_t at = reason.find(named); at != std::string::npos) {
    reason.replace(at, named.size(), " the rule:");
  }
  if (reason.ends_with('.')) reason.pop_back();
  return reason;
}

// What was lost of a row, in words that fit other rows, too: the rule's own name is left out where
// a reason has it.
std::string LostInWords(const MetricInfo& metric, const MeasuredRow& measured) {
  const Measured& value = measured.value;
  std::vector<std::string> counts;
  const auto count = [&](int number, const std::string& what) {
    if (number > 0) counts.push_back(std::to_string(number) + " " + what);
  };
  count(value.diverged, "diverged");
  count(value.failed, "failed");
  count(value.skipped, "skipped");
  count(value.without_value, "without a value");
  std::map<std::string, std::vector<std::int64_t>> seeds_by_reason;
  std::vector<double> values;
  for (const Run& run : value.runs) {
    if (run.value) {
      values.push_back(*run.value);
    } else {
      seeds_by_reason[WithoutName(run.reason, measured.row->rule())].push_back(run.seed);
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
  std::string note = Join(counts, ", ") + " of " + Plural(value.runs.size(), "seed") + " (" +
                     Join(reasons, "; ") + ").";
  if (values.empty()) return note;
  const auto [low, high] = std::minmax_element(values.begin(), values.end());
  const std::string range = ValueText(*low, metric.unit) +
                            (values.size() == 1 ? "" : " to " + ValueText(*high, metric.unit));
  return note + " The " + (values.size() == 1 ? "other gave " : "others gave ") + range +
         ", not averaged: leaving lost seeds out would flatter the rule.";
}

// A note for all rows of which the same was lost.
std::vector<std::string> LostNotes(const MetricInfo& metric, const Rows& rows) {
  std::vector<std::pair<std::string, std::vector<std::string>>> labels;  // by what was lost
  for (const MeasuredRow& row : rows) {
    if (row.value.lost() == 0) continue;
    const std::string lost = LostInWords(metric, row);
    const auto known = std::find_if(labels.begin(), labels.end(),
                                    [&](const auto& one) { return one.first == lost; });
    (known == labels.end() ? labels.emplace_back(lost, std::vector<std::string>()) : *known)
        .second.push_back(row.row->label);
  }
  std::vector<std::string> notes;
  for (const auto& [lost, rows_of_it] : labels) {
    notes.push_back(Join(rows_of_it, ", ") + ": " + lost);
  }
  return notes;
}

std::string ChanceNote(const MetricInfo& metric, const Rows& rows) {
  if (!metric.chance) return "";
  const double sign = metric.higher_is_better ? 1 : -1;
  std::vector<std::string> labels;
  for (const MeasuredRow& row : rows) {
    const Measured& value = row.value;
    if (value.mean && sign * (*value.mean - *metric.chance) <= value.halfwidth.value_or(0)) {
      labels.push_back(row.row->label);
    }
  }
  if (labels.empty()) return "";
  return "Not told apart from chance (" + ValueText(*metric.chance, metric.unit) +
         (metric.unit == "fraction" ? " %): " : "): ") + Join(labels, ", ") + ".";
}

std::string ImportedNote(const Board& board) {
  const auto rows = std::count_if(board.rows.begin(), board.rows.end(),
                                  [](const Row& row) { return row.imported(); });
  if (rows == 0) return "";
  return Plural(static_cast<std::size_t>(rows), "row") +
         " imported from other tools: not measured here, and not ranked.";
}

// Names the rules of each tuning budget, where there are several: the floor has nothing to tune.
std::string TuningNote(const Rows& rows) {
  std::map<std::string, std::vector<std::string>> labels;
  for (const MeasuredRow& row : rows) {
    if (row.value.mean && row.row->role != "floor")
      labels[row.row->tuning].push_back(row.row->label);
  }
  if (labels.size() < 2) return "";
  std::vector<std::string> groups;
  for (const auto& [tuning, names] : labels)
    groups.push_back(Join(names, ", ") + " (" + (tuning.empty() ? "untuned" : tuning) + ")");
  return "Rows of different tuning budgets are ranked apart: " + Join(groups, "; ") + ".";
}

std::string MeasuredInWords(const Board& board, const MetricInfo& metric, const Rows& rows,
                            double level) {
  const std::string split = SplitOf(metric.name);
  std::string what;
  if (metric.definition.empty() && !split.empty() && metric.unit == "fraction") {
    std::string count;
    const json sizes = board.sample().dataset.value("split_sizes", json::object());
    if (sizes.is_object() && sizes.contains(split) && sizes[split].is_number_integer()) {
      count = Grouped(sizes[split].get<std::int64_t>()) + " ";
    }
    what = "percent of the " + count + split + " images that are classified correctly";
  } else {
    what = metric.definition.empty() ? metric.name : metric.definition;
    if (what.back() == '.') what.pop_back();
    if (!metric.definition.empty() && !metric.unit.empty()) what += ",";
    if (metric.unit == "fraction") {
      what += " in percent";
    } else if (!metric.unit.empty()) {
      what += " in " + metric.unit;
    }
    what += metric.higher_is_better ? ", higher is better" : ", lower is better";
  }
  if (metric.chance) {
    const bool percent = metric.unit == "fraction";
    what += "; chance " + ValueText(*metric.chance, metric.unit) + (percent ? " %" : "");
  }
  return what + "; " + IntervalInWords(rows, level);
}

std::vector<std::pair<std::string, std::string>> BoardFacts(const Board& board,
                                                            const std::string& measured) {
  std::vector<std::pair<std::string, std::string>> facts;
  const auto part = [&](const char* key) { return board.conditions.value(key, json::object()); };
  const auto add = [&](const char* heading, const std::string& text) {
    if (!text.empty()) facts.emplace_back(heading, Printable(text));
  };
  add("only here", board.only_here);
  add("measured", measured);
  add("network", NameAndRest(part("network")));
  add("learning", LearningFact(board));
  add("readout", NameAndRest(part("readout")));
  add("strategies", StrategiesFact(board));
  add("data", DataFact(board.sample()));
  add("task", TaskFact(board.conditions));
  return facts;
}

std::vector<std::string> BoardNotes(const ResultSet& results, const Board& board,
                                    const MetricInfo& metric, const Rows& rows) {
  std::vector<std::string> notes;
  const auto add = [&](const std::string& note) {
    if (!note.empty()) notes.push_back(note);
  };
  add(SeedNote(rows));
  for (std::string& note : LostNotes(metric, rows)) add(std::move(note));
  std::set<std::vector<std::int64_t>> seeds;
  for (const MeasuredRow& row : rows) {
    if (!row.value.withdrawn()) seeds.insert(row.row->seeds());
  }
  if (seeds.size() > 1) add("The rows rest on different seeds.");
  for (const MeasuredRow& row : rows) {
    for (const std::string& note : NotesOn(row.row->label, row.row->all())) add(note);
  }
  for (const std::string& note : SuspicionNotes(board)) add(note);
  add(TuningNote(rows));
  add(ImportedNote(board));
  add(ChanceNote(metric, rows));
  if (const int disputed = results.Disputed(board); disputed > 0) {
    add(Plural(static_cast<std::size_t>(disputed), "cell") +
        " had another outcome in another folder: the latest counts.");
  }
  if (const auto machines = MachinesOf(board); machines.size() > 1) {
    add("The results come from " + std::to_string(machines.size()) +
        " kinds of machine: compare accuracies, not speeds or memory.");
  }
  if (const auto suites = SuitesOf(board); suites.size() > 1) {
    add("The results come from " + std::to_string(suites.size()) +
        " versions of the suite: " + Join(suites, "; ") + ".");
  }
  return notes;
}

json AboutBoard(const Board& board) {
  return {
      {"task", board.task},         {"data", board.data},         {"conditions", board.conditions},
      {"results", board.results()}, {"seeds", board.seeds()},     {"machines", MachinesOf(board)},
      {"suites", SuitesOf(board)},  {"plugins", PluginsOf(board)}};
}

Emphasis EmphasisOf(const Measured& value) {
  if (value.all_skipped()) return Emphasis::kBaseline;
  return value.lost() > 0 ? Emphasis::kLost : Emphasis::kNone;
}

// Marks the best of those that are ranked together, and says what the marks mean.
std::string MarkBestOf(std::vector<Measured*>& ranked, bool higher_is_better) {
  const double sign = higher_is_better ? 1 : -1;
  std::stable_sort(ranked.begin(), ranked.end(), [&](const Measured* a, const Measured* b) {
    return sign * *a->mean > sign * *b->mean;
  });
  if (ranked.size() < 2) return "";  // the only one is no best one
  std::vector<double> p(ranked.size() - 1, 1);
  std::vector<std::size_t> common(ranked.size() - 1);
  ForEachIndex(p.size(), 2, [&](std::size_t i) {
    const auto [best, other] = Paired(*ranked.front(), *ranked[i + 1]);
    common[i] = best.size();
    if (!best.empty()) p[i] = SignFlipTest(Differences(best, other)).two_sided;
  });
  const std::size_t fewest = *std::min_element(common.begin(), common.end());
  const int needed = PairsForClaim(static_cast<int>(p.size()));
  const bool enough = fewest >= static_cast<std::size_t>(needed);
  const std::vector<double> holm = Adjusted(p);
  bool second = false;
  for (std::size_t i = 0; i < ranked.size(); ++i) {
    Measured& value = *ranked[i];
    value.best = *value.mean == *ranked.front()->mean || (enough && i > 0 && holm[i - 1] >= 0.05);
    value.second = !value.best && !second;
    second = second || value.second;
  }
  return enough ? "Bold: the best, baselines aside, and what is not significantly worse "
                  "(sign-flip test over common seeds, Holm, 5 %); underlined: the second."
                : fmt::format(
                      "Bold: the best by mean, baselines aside, which {} cannot tell from "
                      "the others ({} would); underlined: the second.",
                      Plural(fewest, "common seed"), needed);
}

}  // namespace

std::string MetricInWords(const std::string& metric) {
  const std::string split = SplitOf(metric);
  return split.empty() ? metric : split + " accuracy";
}

Rows MeasureRows(const Board& board, const std::string& metric, double level) {
  Rows rows;
  for (const Row& row : board.rows) rows.push_back({&row, Measure(row, metric, level)});
  return rows;
}

std::string ProvenanceOf(const Board& board) {
  const int results = board.results();
  const std::vector<std::int64_t> seeds = board.seeds();
  std::vector<std::string> parts = {Grouped(results) + (results == 1 ? " result" : " results")};
  if (!seeds.empty()) parts.push_back((seeds.size() == 1 ? "seed " : "seeds ") + SeedsText(seeds));
  const auto add = [&](const std::string& heading, const std::vector<std::string>& texts) {
    if (!texts.empty()) parts.push_back(heading + Join(texts, " | "));
  };
  add("", MachinesOf(board));
  add("", SuitesOf(board));
  add("plugins: ", PluginsOf(board));
  return Join(parts, "; ") + ".";
}

std::map<std::int64_t, double> ValuesBySeed(const Measured& measured) {
  std::map<std::int64_t, double> values;
  for (const Run& run : measured.runs) {
    if (run.value) values.emplace(run.seed, *run.value);
  }
  return values;
}

std::pair<std::vector<double>, std::vector<double>> Paired(const Measured& a, const Measured& b) {
  const std::map<std::int64_t, double> of_b = ValuesBySeed(b);
  std::pair<std::vector<double>, std::vector<double>> pairs;
  for (const auto& [seed, value] : ValuesBySeed(a)) {
    const auto found = of_b.find(seed);
    if (found == of_b.end()) continue;
    pairs.first.push_back(value);
    pairs.second.push_back(found->second);
  }
  return pairs;
}

std::optional<double> ImagesP(const Row& row, const Row& reference, const std::string& metric) {
  const std::string split = SplitOf(metric);
  std::optional<double> largest;
  for (const auto& [one, other] : CommonCells(row, reference)) {
    const auto a = one->predictions.find(split), b = other->predictions.find(split);
    if (a == one->predictions.end() || b == other->predictions.end()) return std::nullopt;
    if (a->second.size() != b->second.size()) return std::nullopt;
    const double p = McNemarTest(a->second.Right(), b->second.Right()).p_exact;
    largest = std::max(largest.value_or(0), p);
  }
  return largest;
}

void MarkBest(Table& table, Rows& rows, bool higher_is_better) {
  std::map<std::string, std::vector<Measured*>> by_tuning;
  for (MeasuredRow& row : rows) {
    if (!row.row->baseline && row.value.mean) by_tuning[row.row->tuning].push_back(&row.value);
  }
  for (auto& [tuning, ranked] : by_tuning) {
    const std::string marks = MarkBestOf(ranked, higher_is_better);
    if (table.marks.empty()) table.marks = marks;
  }
}

void SortRows(Rows& rows, bool higher_is_better) {
  const double sign = higher_is_better ? -1 : 1;
  const auto order = [&](const MeasuredRow& row) {
    const std::optional<double>& mean = row.value.mean;
    return std::tuple<bool, double, const std::string&>(!mean, mean ? sign * *mean : 0,
                                                        row.row->label);
  };
  std::sort(rows.begin(), rows.end(),
            [&](const MeasuredRow& a, const MeasuredRow& b) { return order(a) < order(b); });
}

std::string SeedsOf(const Row& row) {
  const std::string seeds = SeedsText(row.seeds());
  if (row.withdrawn.empty()) return seeds;
  return (seeds.empty() ? "" : seeds + " ") + "(" + SeedsText(row.withdrawn_seeds()) +
         " withdrawn)";
}

TableRow HeadOf(const Row& row) {
  TableRow head;
  if (row.baseline) head.emphasis = Emphasis::kBaseline;
  head.citations = row.citations();
  head.about = {{"label", row.label},
                {"facts", row.facts},
                {"device_type", row.device_type},
                {"role", row.role},
                {"baseline", row.baseline}};
  head.about.update(row.parts);  // "rule", "strategy"
  for (const Result* cell : row.withdrawn) {
    const Note& note = *Withdrawal(*cell);
    head.about["withdrawn"].push_back(
        {{"run_id", cell->run_id}, {"date", note.date}, {"why", note.text}});
  }
  return head;
}

Table BoardTable(const ResultSet& results, const Board& board, const MetricInfo& metric,
                 const Rows& rows, double level) {
  Table table;
  table.title = TaskAndData(board.conditions) + ", " + Printable(MetricInWords(metric.name));
  table.facts = BoardFacts(board, MeasuredInWords(board, metric, rows, level));
  table.notes = BoardNotes(results, board, metric, rows);
  table.provenance = ProvenanceOf(board);
  table.about = AboutBoard(board);
  table.about.update({{"metric", metric.name},
                      {"unit", metric.unit},
                      {"higher_is_better", metric.higher_is_better},
                      {"definition", metric.definition},
                      {"chance", metric.chance ? json(*metric.chance) : json(nullptr)}});
  for (const MeasuredRow& row : rows) {
    table.rows.push_back(HeadOf(*row.row));
    if (!row.row->baseline) table.rows.back().emphasis = EmphasisOf(row.value);
  }
  return table;
}

std::string FullTitle(const Table& table) {
  const std::string on =
      ConditionsInShort(table.about.value("conditions", nlohmann::json::object()));
  return table.title + (on.empty() ? "" : " (" + on + ")");
}

void AddLabels(Table& table, const Rows& rows) {
  AddColumn(table, rows, {.key = "row", .heading = "rule"},
            [](const MeasuredRow& row) { return TableCell(row.row->label); });
}

}  // namespace plasticity
