#include "reports/compare.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <set>

#include "reports/corrections.h"
#include "reports/format.h"
#include "reports/nights.h"
#include "reports/result_set.h"
#include "reports/statistics/distributions.h"
#include "reports/statistics/family.h"
#include "reports/statistics/paired.h"
#include "reports/statistics/prediction_band.h"
#include "reports/statistics/summary.h"
#include "reports/suspicions.h"
#include "reports/text_table.h"
#include "reports/words.h"
#include "suite/base/error.h"
#include "suite/base/json_text.h"
#include "suite/base/text.h"

namespace plasticity {
namespace {

using nlohmann::json;

constexpr std::size_t kNightsForBand = 3;
constexpr std::size_t kSeedsForTest = 3;
constexpr double kObvious = 10;  // times the effect: told without a test

using Cells = NightCells;

std::string CommitOf(const std::vector<Result>& results) {
  std::string latest, commit;
  for (const Result& result : results) {
    if (result.date < latest) continue;
    latest = result.date;
    commit = TextAt(result.suite, {"git", "commit"}).substr(0, 7);
  }
  return commit;
}

// One quantity of each cell, by seed; cells without are left out.
using Values = std::map<std::int64_t, double>;

std::optional<double> SpeedOf(const Result& cell) {
  const std::optional<double>& speed = cell.cost.images_per_s;
  return speed && std::isfinite(*speed) && *speed > 0 ? speed : std::nullopt;
}

// The mean logarithm of the reference rule's speed in a night, by task.
std::map<std::string, double> ReferenceSpeedsIn(const Night& night, const std::string& reference) {
  std::map<std::string, std::vector<double>> logarithms;
  for (const auto& [key, cells] : night) {
    const json& request = cells.begin()->second->request;
    if (PartName(request, "rule") != reference) continue;
    for (const auto& [seed, cell] : cells) {
      if (const auto speed = SpeedOf(*cell))
        logarithms[PartName(request, "task")].push_back(std::log(*speed));
    }
  }
  std::map<std::string, double> means;
  for (const auto& [task, values] : logarithms) means[task] = Mean(values);
  return means;
}

// Each cell's speed as the logarithm of its ratio to the reference's in the same night.
Values SpeedsIn(const Cells& cells, const std::map<std::string, double>& references) {
  Values values;
  const auto mean = references.find(PartName(cells.begin()->second->request, "task"));
  if (mean == references.end()) return values;
  for (const auto& [seed, cell] : cells) {
    if (const auto speed = SpeedOf(*cell)) values[seed] = std::log(*speed) - mean->second;
  }
  return values;
}

std::vector<double> At(const Values& values, const std::vector<std::int64_t>& seeds) {
  std::vector<double> chosen;
  chosen.reserve(seeds.size());
  for (const std::int64_t seed : seeds) chosen.push_back(values.at(seed));
  return chosen;
}

// What one quantity was in each night, and is now; larger is better.
struct Series {
  std::vector<Values> nights;  // oldest first
  Values now;
  double effect = 0;
};

// Fills in what the series says; p is not adjusted yet.
void Judge(const Series& series, Change& change, double level) {
  std::vector<std::int64_t> seeds;
  for (const auto& [seed, value] : series.now) {
    if (!series.nights.empty() && series.nights.back().contains(seed)) seeds.push_back(seed);
  }
  if (seeds.empty()) {
    change.verdict = Verdict::kNew;
    return;
  }
  std::vector<double> means;
  for (const Values& night : series.nights) {
    const bool all = std::all_of(seeds.begin(), seeds.end(),
                                 [&](std::int64_t seed) { return night.contains(seed); });
    if (all) means.push_back(Mean(At(night, seeds)));
  }
  const double now = Mean(At(series.now, seeds));
  change.seeds = static_cast<int>(seeds.size());
  change.nights = static_cast<int>(means.size());
  change.before = Mean(means);
  change.now = now;
  const double worse_by = *change.before - now;
  if (means.size() >= kNightsForBand) {
    const PredictionBand band = BandOf(means, 1 - level);
    change.band = band.mean - band.low;
    change.p = band.sd > 0 ? band.PBelow(now) : now < band.mean ? 0 : 1;
  } else if (seeds.size() >= kSeedsForTest) {
    const PairedT test =
        PairedTTest(Differences(At(series.now, seeds), At(series.nights.back(), seeds)));
    change.p = test.t < 0 ? test.p / 2 : 1 - test.p / 2;
  }
  const bool told = change.p.has_value() || std::abs(worse_by) >= kObvious * series.effect;
  if (told && worse_by >= series.effect) change.verdict = Verdict::kWorse;
  if (told && -worse_by >= series.effect) change.verdict = Verdict::kBetter;
}

// What a cell of the row lost, or "".
std::string LossIn(const Cells& now, const Cells& before) {
  for (const auto& [seed, cell] : now) {
    const auto found = before.find(seed);
    if (found == before.end() || found->second->state != "ok" || cell->state == "ok") continue;
    return fmt::format("seed {} {}: {}", seed, cell->state, cell->reason);
  }
  return "";
}

Change Named(const Cells& cells, const std::string& label) {
  const Result& sample = *cells.begin()->second;
  Change change;
  change.row = label;
  change.board = TaskAndData(sample.request);
  return change;
}

// What was withdrawn, each sentence once.
std::vector<std::string> WithdrawnIn(const std::vector<Night>& nights,
                                     const std::map<std::string, std::string>& labels) {
  std::set<std::string> sentences;
  for (const Night& night : nights) {
    for (const auto& [key, by_seed] : night) {
      std::vector<const Result*> cells;
      cells.reserve(by_seed.size());
      for (const auto& [seed, cell] : by_seed) cells.push_back(cell);
      for (const std::string& sentence : WithdrawalsOf(labels.at(key), cells))
        sentences.insert(sentence);
    }
  }
  return {sentences.begin(), sentences.end()};
}

// Adjusts all p together, and takes back what is not significant.
void Adjust(std::vector<Change>& changes, double level) {
  std::vector<double> worse, better;
  for (const Change& change : changes) {
    if (!change.p) continue;
    worse.push_back(*change.p);
    better.push_back(1 - *change.p);
  }
  const std::vector<double> holm_worse = Adjusted(worse), holm_better = Adjusted(better);
  std::size_t next = 0;
  for (Change& change : changes) {
    if (!change.p) continue;
    const bool claimed =
        change.verdict == Verdict::kBetter ? holm_better[next] < level : holm_worse[next] < level;
    if (change.verdict == Verdict::kWorse || change.verdict == Verdict::kBetter) {
      if (!claimed) change.verdict = Verdict::kSame;
    }
    change.p = holm_worse[next++];
  }
}

std::string VerdictText(const Change& change) {
  switch (change.verdict) {
    case Verdict::kSame:
      return "same";
    case Verdict::kBetter:
      return "better";
    case Verdict::kWorse:
      return "WORSE";
    case Verdict::kLost:
      return "LOST: " + Printable(change.reason);
    case Verdict::kNew:
      return "new";
    case Verdict::kMissing:
      return change.reason.empty() ? "not run" : change.reason;
  }
  return "";
}

bool Fails(const Change& change) {
  return change.verdict == Verdict::kWorse || change.verdict == Verdict::kLost;
}

std::string XmlEscaped(const std::string& text) {
  std::string escaped;
  for (const char c : Printable(text)) {
    escaped += c == '&'   ? "&amp;"
               : c == '<' ? "&lt;"
               : c == '>' ? "&gt;"
               : c == '"' ? "&quot;"
                          : std::string(1, c);
  }
  return escaped;
}

std::string InWords(const Change& change) {
  std::string text = VerdictText(change);
  if (!change.before || !change.now) return text;
  text += fmt::format(": {} -> {} ({}, {}", ValueText(*change.before, change.unit),
                      ValueText(*change.now, change.unit),
                      Plural(static_cast<std::size_t>(change.seeds), "seed"),
                      Plural(static_cast<std::size_t>(change.nights), "night"));
  if (change.p) text += fmt::format(", p = {:.2g}", *change.p);
  return text + ")";
}

}  // namespace

Gate ReadGate(const std::filesystem::path& file) {
  const json read = ReadJson(file);
  const std::vector<std::string> known = {"level", "effect", "effects", "speed_reference",
                                          "speed_effect"};
  if (!read.is_object()) {
    throw InputError(file.string() + " is no gate: a JSON object with " + Join(known, ", ") + ".");
  }
  for (const auto& [key, value] : read.items()) {
    if (std::find(known.begin(), known.end(), key) != known.end()) continue;
    throw InputError(fmt::format("{} has an unknown entry '{}'.{} A gate has: {}.", file.string(),
                                 key, NearestHint(key, known), Join(known, ", ")));
  }
  const auto refuse = [&](const std::string& entry, const json& value, const char* wanted) {
    throw InputError(
        fmt::format("{}: {} = {} is not allowed: {}.", file.string(), entry, value.dump(), wanted));
  };
  const auto share = [&](const char* entry, double absent) {
    const json value = read.value(entry, json(absent));
    if (!value.is_number() || value <= 0 || value >= 1) refuse(entry, value, "between 0 and 1");
    return value.get<double>();
  };
  const auto effect = [&](const std::string& entry, const json& value) {
    if (!value.is_number() || value < 0) refuse(entry, value, "a number, 0 or more");
    return value.get<double>();
  };
  Gate gate;
  gate.level = share("level", gate.level);
  gate.effect = effect("effect", read.value("effect", json(gate.effect)));
  const json effects = read.value("effects", json(gate.effects));
  if (!effects.is_object()) refuse("effects", effects, "an object with one number a metric");
  for (const auto& [metric, value] : effects.items())
    gate.effects[metric] = effect("effects." + metric, value);
  const json reference = read.value("speed_reference", json(gate.speed_reference));
  if (!reference.is_string()) refuse("speed_reference", reference, "a rule's name");
  gate.speed_reference = reference.get<std::string>();
  gate.speed_effect = share("speed_effect", gate.speed_effect);
  return gate;
}

bool Comparison::passed() const { return std::none_of(changes.begin(), changes.end(), Fails); }

Comparison Compare(const std::vector<std::vector<Result>>& nights, const ResultSet& last_night,
                   const Gate& gate) {
  if (nights.empty()) throw InputError("a comparison needs an earlier night.");
  const std::vector<Result>& now = last_night.all();
  std::vector<Night> before;
  std::vector<std::map<std::string, double>> references;  // of their speeds
  for (const auto& results : nights) {
    before.push_back(NightOf(results));
    references.push_back(ReferenceSpeedsIn(before.back(), gate.speed_reference));
  }
  const Night fresh = NightOf(now);
  const auto fresh_references = ReferenceSpeedsIn(fresh, gate.speed_reference);
  std::vector<Night> withdrawn;
  withdrawn.reserve(nights.size() + 1);
  for (const auto& results : nights) withdrawn.push_back(NightOf(results, true));
  withdrawn.push_back(NightOf(now, true));
  std::vector<Night> all = before;
  all.push_back(fresh);
  all.insert(all.end(), withdrawn.begin(), withdrawn.end());
  const std::map<std::string, std::string> labels = LabelsIn(all);
  Comparison comparison;
  comparison.withdrawn = WithdrawnIn(withdrawn, labels);
  for (const Board& board : last_night.boards()) {
    for (std::string& note : SuspicionNotes(board))
      comparison.suspicions.push_back(std::move(note));
  }
  comparison.commit_before = CommitOf(nights.back());
  comparison.commit_now = CommitOf(now);
  bool any = false;
  for (const auto& [key, cells] : fresh) {
    const Result& sample = *cells.begin()->second;
    const auto metric = sample.metrics.find(sample.headline);
    const bool higher = metric == sample.metrics.end() || metric->second.higher_is_better;
    const double sign = higher ? 1 : -1;
    Series accuracy{.effect = gate.effect}, speed{.effect = -std::log(1 - gate.speed_effect)};
    if (const auto own = gate.effects.find(sample.headline); own != gate.effects.end()) {
      accuracy.effect = own->second;
    }
    const auto turned = [&](Values values) {
      for (auto& [seed, value] : values) value *= sign;
      return values;
    };
    for (std::size_t i = 0; i < before.size(); ++i) {
      const auto found = before[i].find(key);
      if (found == before[i].end()) continue;
      accuracy.nights.push_back(turned(HeadlinesIn(found->second)));
      speed.nights.push_back(SpeedsIn(found->second, references[i]));
    }
    accuracy.now = turned(HeadlinesIn(cells));
    speed.now = SpeedsIn(cells, fresh_references);
    Change change = Named(cells, labels.at(key));
    change.quantity = sample.headline;
    change.unit = metric == sample.metrics.end() ? "" : metric->second.unit;
    change.higher_is_better = higher;
    Judge(accuracy, change, gate.level);
    if (change.before) change.before = sign * *change.before;
    if (change.now) change.now = sign * *change.now;
    const auto last = before.back().find(key);
    if (last != before.back().end()) {
      change.reason = LossIn(cells, last->second);
      const bool had_none = HeadlinesIn(last->second).empty();
      if (!change.reason.empty()) {
        change.verdict = Verdict::kLost;
      } else if (accuracy.now.empty() && had_none) {
        change.verdict = Verdict::kSame;  // skipped then and now
      }
    }
    any = any || change.verdict != Verdict::kNew;
    comparison.changes.push_back(change);
    if (gate.speed_reference.empty() || PartName(sample.request, "rule") == gate.speed_reference) {
      continue;
    }
    Change pace = Named(cells, labels.at(key));
    pace.quantity = "speed";
    pace.unit = "x " + gate.speed_reference;
    Judge(speed, pace, gate.level);
    if (pace.verdict == Verdict::kNew) continue;
    pace.before = std::exp(*pace.before);
    pace.now = std::exp(*pace.now);
    comparison.changes.push_back(pace);
  }
  for (const auto& [key, cells] : before.back()) {
    if (fresh.contains(key)) continue;
    comparison.changes.push_back(Named(cells, labels.at(key)));
    comparison.changes.back().quantity = cells.begin()->second->headline;
    comparison.changes.back().verdict = Verdict::kMissing;
    if (withdrawn.back().contains(key)) comparison.changes.back().reason = "withdrawn";
  }
  if (!any) throw InputError("the nights have no cell in common: nothing can be compared.");
  Adjust(comparison.changes, gate.level);
  std::stable_sort(comparison.changes.begin(), comparison.changes.end(),
                   [](const Change& a, const Change& b) { return Fails(a) && !Fails(b); });
  return comparison;
}

Table ComparisonTable(const Comparison& comparison, const Gate& gate, bool all) {
  Table table;
  table.layout = "comparison";
  table.title = std::string("gate: ") + (comparison.passed() ? "passed" : "FAILED");
  table.facts = {
      {"regression",
       fmt::format("worse by {:g} or more in the metric's unit (speed: by {:g} %), and less likely "
                   "than {:g} % by chance over all comparisons together (Holm)",
                   gate.effect, 100 * gate.speed_effect, 100 * gate.level)},
      {"commits", comparison.commit_before + " before, " + comparison.commit_now + " now"}};
  table.columns = {{.key = "row", .heading = "rule"},
                   {.key = "board", .heading = "board", .expendable = 1},
                   {.key = "quantity", .heading = "quantity"},
                   {.key = "before", .heading = "before"},
                   {.key = "now", .heading = "now"},
                   {.key = "p", .heading = "p", .expendable = 2},
                   {.key = "band", .heading = "expected within", .expendable = 3},
                   {.key = "seeds", .heading = "seeds", .unit = "count", .expendable = 4},
                   {.key = "nights", .heading = "nights", .unit = "count", .expendable = 5},
                   {.key = "verdict", .heading = ""}};
  for (const Change& change : comparison.changes) {
    if (!all && change.verdict == Verdict::kSame) continue;
    const auto text = [&](const std::optional<double>& value) {
      return value ? TableCell(ValueText(*value, change.unit)) : TableCell();
    };
    TableRow row;
    row.cells = {
        change.row,
        change.board,
        change.quantity,
        text(change.before),
        text(change.now),
        change.p ? TableCell(fmt::format("{:.2g}", *change.p)) : TableCell(),
        change.band ? TableCell("± " + SpreadText(*change.band, change.unit)) : TableCell(),
        Number{static_cast<double>(change.seeds)},
        Number{static_cast<double>(change.nights)},
        VerdictText(change)};
    if (Fails(change)) row.emphasis = Emphasis::kLost;
    if (change.verdict == Verdict::kBetter) row.emphasis = Emphasis::kFirst;
    table.rows.push_back(std::move(row));
  }
  const auto same = std::count_if(comparison.changes.begin(), comparison.changes.end(),
                                  [](const Change& c) { return c.verdict == Verdict::kSame; });
  if (!all) table.notes.push_back(fmt::format("{} alike.", same));
  for (const std::string& sentence : comparison.withdrawn)
    table.notes.push_back("Left out: " + sentence);
  for (const std::string& note : comparison.suspicions) table.notes.push_back(note);
  return table;
}

std::string JUnitXml(const Comparison& comparison) {
  const auto failures = std::count_if(comparison.changes.begin(), comparison.changes.end(), Fails);
  std::string text = fmt::format(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuite name=\"plasticity\" tests=\"{}\" "
      "failures=\"{}\">\n",
      comparison.changes.size(), failures);
  for (const Change& change : comparison.changes) {
    text += fmt::format("  <testcase classname=\"{}\" name=\"{}\"", XmlEscaped(change.board),
                        XmlEscaped(change.row + " " + change.quantity));
    if (Fails(change)) {
      text += fmt::format(">\n    <failure message=\"{}\"/>\n  </testcase>\n",
                          XmlEscaped(InWords(change)));
    } else if (change.verdict == Verdict::kMissing) {
      text += ">\n    <skipped/>\n  </testcase>\n";
    } else {
      text += "/>\n";
    }
  }
  return text + "</testsuite>\n";
}

std::string BenchmarkJson(const Comparison& comparison) {
  json entries = json::array();
  for (const Change& change : comparison.changes) {
    if (!change.now) continue;
    const double sign = change.higher_is_better ? 1 : -1;
    entries.push_back({{"name", change.board + " / " + change.row + " / " + change.quantity},
                       {"unit", change.unit},
                       {"value", sign * *change.now},
                       {"extra", InWords(change)}});
  }
  return entries.dump(2, ' ', false, json::error_handler_t::replace) + "\n";
}

}  // namespace plasticity
