#include "reports/nights.h"

#include <algorithm>
#include <tuple>

#include "reports/result_set.h"
#include "reports/statistics/summary.h"
#include "reports/text_table.h"
#include "reports/words.h"
#include "suite/base/parallel.h"

namespace plasticity {
namespace {

using nlohmann::json;
using Headlines = std::vector<std::map<std::int64_t, double>>;

// The seeds that every night with any of them has.
std::vector<std::int64_t> SharedSeeds(const Headlines& nights) {
  std::map<std::int64_t, std::size_t> counts;
  std::size_t with_any = 0;
  for (const auto& night : nights) {
    with_any += !night.empty();
    for (const auto& [seed, value] : night) ++counts[seed];
  }
  std::vector<std::int64_t> shared;
  for (const auto& [seed, count] : counts) {
    if (count == with_any) shared.push_back(seed);
  }
  return shared;
}

std::string LatestDate(const NightCells& cells) {
  std::string latest;
  for (const auto& [seed, cell] : cells) latest = std::max(latest, cell->date);
  return latest;
}

}  // namespace

Night NightOf(const std::vector<Result>& results, bool withdrawn) {
  constexpr std::size_t kWorthAThread = 100;
  std::vector<const Result*> cells;
  for (const Result& result : results) {
    if ((Withdrawal(result) != nullptr) == withdrawn) cells.push_back(&result);
  }
  // By what was asked for, and by the builds of plugins that did it.
  std::vector<std::pair<std::string, std::string>> keys(cells.size());
  ForEachIndex(cells.size(), kWorthAThread, [&](std::size_t i) {
    json request = cells[i]->request;
    request.erase("seed");
    const std::string built = request.dump();
    // AskedFor leaves all else as it is, and copies it.
    const bool by_plugins = built.find("\"plugin\"") != built.npos;
    keys[i] = {by_plugins ? AskedFor(request).dump() : built, built};
  });
  std::map<std::string, std::map<std::string, NightCells>> builds;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    builds[std::move(keys[i].first)][std::move(keys[i].second)]
          [cells[i]->request.value("seed", std::int64_t{0})] = cells[i];
  }
  Night night;
  for (auto& [asked, by_build] : builds) {
    const auto newest = std::max_element(
        by_build.begin(), by_build.end(),
        [](const auto& a, const auto& b) { return LatestDate(a.second) < LatestDate(b.second); });
    night[asked] = std::move(newest->second);
  }
  return night;
}

std::map<std::string, std::string> LabelsIn(const std::vector<Night>& nights) {
  std::map<std::string, json> parts;
  for (const Night& night : nights) {
    for (const auto& [key, cells] : night) {
      const json& request = cells.begin()->second->request;
      json own = {{"rule", request.at("rule")}};
      if (request.contains("strategy")) own["strategy"] = request["strategy"];
      parts.emplace(key, own);
    }
  }
  std::vector<json> all;
  all.reserve(parts.size());
  for (const auto& [key, own] : parts) all.push_back(own);
  const std::vector<std::string> texts = LabelsOf(all);
  std::map<std::string, std::string> labels;
  std::size_t next = 0;
  for (const auto& [key, own] : parts) labels[key] = texts[next++];
  return labels;
}

std::map<std::int64_t, double> HeadlinesIn(const NightCells& cells) {
  std::map<std::int64_t, double> values;
  for (const auto& [seed, cell] : cells) {
    const auto found = cell->metrics.find(cell->headline);
    const bool has = cell->state == "ok" && found != cell->metrics.end() && found->second.value;
    if (has) values[seed] = *found->second.value;
  }
  return values;
}

std::vector<RowHistory> HistoryOf(const std::vector<std::vector<Result>>& nights) {
  std::vector<Night> all;
  all.reserve(nights.size());
  for (const std::vector<Result>& results : nights) all.push_back(NightOf(results));
  std::vector<RowHistory> rows;
  for (const auto& [key, label] : LabelsIn(all)) {
    Headlines headlines;
    const Result* sample = nullptr;
    for (const Night& night : all) {
      const auto found = night.find(key);
      headlines.push_back(found == night.end() ? Headlines::value_type()
                                               : HeadlinesIn(found->second));
      if (!headlines.back().empty()) sample = found->second.at(headlines.back().begin()->first);
    }
    const std::vector<std::int64_t> seeds = SharedSeeds(headlines);
    if (sample == nullptr || seeds.empty()) continue;
    RowHistory row{.row = label,
                   .board = TaskAndData(sample->request),
                   .metric = sample->headline,
                   .unit = sample->metrics.at(sample->headline).unit,
                   .seeds = seeds,
                   .means = {}};
    for (const auto& night : headlines) {
      std::vector<double> values;
      for (const std::int64_t seed : seeds) {
        if (night.contains(seed)) values.push_back(night.at(seed));
      }
      row.means.push_back(values.empty() ? std::nullopt : std::optional(Mean(values)));
    }
    rows.push_back(std::move(row));
  }
  std::sort(rows.begin(), rows.end(), [](const RowHistory& a, const RowHistory& b) {
    return std::tie(a.board, a.row) < std::tie(b.board, b.row);
  });
  return rows;
}

std::vector<std::string> NightNames(const std::vector<std::vector<Result>>& nights) {
  constexpr std::size_t kDay = 10, kMinute = 16;  // characters of "2026-11-28T02:15:00Z"
  std::vector<std::string> latest;
  std::map<std::string, int> days;
  for (const std::vector<Result>& night : nights) {
    std::string date;
    for (const Result& result : night) date = std::max(date, result.date);
    ++days[date.substr(0, kDay)];
    latest.push_back(std::move(date));
  }
  for (std::string& date : latest) {
    const std::string day = date.substr(0, kDay);
    const bool alone = days[day] == 1 || date.size() < kMinute;
    date = alone ? day : day + " " + date.substr(kDay + 1, kMinute - kDay - 1);
  }
  return latest;
}

}  // namespace plasticity
