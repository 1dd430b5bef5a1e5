#include "suite/engine/plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "suite/base/error.h"
#include "suite/base/json_text.h"
#include "suite/base/kinds.h"
#include "suite/base/placed_error.h"
#include "suite/base/text.h"
#include "suite/rule.h"

namespace plasticity {
namespace {

using nlohmann::json;

// Settings that a plan crosses with others, and what messages call them: ", rules[2]", or
// ", rules[2] over defaults" where either may be to blame.
struct Entry {
  std::string place;
  json settings;
};

std::string PlaceOf(const std::string& list, std::size_t index) {
  return fmt::format(", {}[{}]", list, index);
}

// The plan's data sets; one entry that says nothing where each rule has its own: its entry's, the
// defaults', or its track's.
std::vector<Entry> DataSets(const json& plan) {
  if (!plan.contains("data")) return {{"", json::object()}};
  const json& names = plan.at("data");
  std::vector<Entry> sets;
  for (const json& name : names.is_array() ? names : json::array({names})) {
    if (!name.is_string() || name.get<std::string>().empty()) {
      throw InputError(
          fmt::format("\"data\" is a list of names, such as [\"cifar10\"], not {}.", name.dump()));
    }
    sets.push_back({PlaceOf("data", sets.size()), {{"data", name}}});
  }
  if (sets.empty()) throw InputError("\"data\" names no data set.");
  return sets;
}

// The settings that a plan's list `plural` crosses the rules with, each of which names a `kind`;
// one that says nothing where there is no such list.
std::vector<Entry> Crossed(const json& plan, const std::string& kind, const std::string& plural) {
  if (!plan.contains(plural)) return {{"", json::object()}};
  const json& list = plan.at(plural);
  std::vector<Entry> crossed;
  for (const json& entry : list.is_array() ? list : json::array()) {
    const json settings = entry.is_string() ? json{{kind, entry}} : entry;
    if (!settings.is_object() || !settings.contains(kind)) {
      throw InputError(
          fmt::format("\"{}\" has {}, which is neither a name nor settings that name a \"{}\".",
                      plural, entry.dump(), kind));
    }
    crossed.push_back({PlaceOf(plural, crossed.size()), settings});
  }
  if (crossed.empty()) throw InputError(fmt::format("\"{}\" is a list of names.", plural));
  return crossed;
}

// Every entry of one list under every entry of the other, whose settings win.
std::vector<Entry> Cross(const std::vector<Entry>& under, const std::vector<Entry>& over) {
  std::vector<Entry> all;
  for (const Entry& one : under) {
    for (const Entry& other : over)
      all.push_back({one.place + other.place, MergeSettings(one.settings, other.settings)});
  }
  return all;
}

// The settings that an entry of "rules" stands for.
json OfRule(const json& entry, const std::filesystem::path& plan) {
  if (!entry.is_string()) return entry;
  const std::filesystem::path file = entry.get<std::string>();
  if (file.extension() == ".json") return ReadSettings(plan.parent_path() / file);
  return {{"rule", entry}};
}

// The plan's rules over its defaults.
std::vector<Entry> Rules(const json& plan, const std::filesystem::path& file) {
  json rules = plan.value("rules", json());
  if (rules == "all") rules = Registry<Rule>::Get().Names();
  if (!rules.is_array() || rules.empty())
    throw InputError("it lists no \"rules\": a list of them, or \"all\".");
  const json defaults = WithPlace("defaults", [&] {
    return MergeSettings(json::object(), plan.value("defaults", json::object()));
  });
  std::vector<Entry> entries;
  for (const json& rule : rules) {
    const std::string place = PlaceOf("rules", entries.size());
    const json settings =
        WithPlace(place.substr(2), [&] { return MergeSettings(defaults, OfRule(rule, file)); });
    if (!settings.contains("rule"))
      throw InputError(place.substr(2) + ": the settings name no \"rule\".");
    entries.push_back({place + (defaults.empty() ? "" : " over defaults"), settings});
  }
  return entries;
}

// Throws InputError for what no plan has.
void CheckEntries(const json& plan) {
  static const std::vector<std::string> known = NamesOf(PlanEntries());
  if (!plan.is_object())
    throw InputError("it is not a plan: a JSON object with " + Join(known, ", ") + ".");
  for (const auto& [key, value] : plan.items()) {
    if (std::find(known.begin(), known.end(), key) == known.end()) {
      throw InputError(fmt::format("it has an unknown entry '{}'.{} A plan has: {}.", key,
                                   NearestHint(key, known), Join(known, ", ")));
    }
  }
  for (const char* text : {"name", "summary"}) {
    if (plan.contains(text) && !plan.at(text).is_string())
      throw InputError(fmt::format("\"{}\" is a text, not {}.", text, plan.at(text).dump()));
  }
}

// Notes what tells cells apart that lines of progress would call the same: their stream's setting,
// their readout or network, or else their run id.
void TellApart(std::vector<Cell>& cells) {
  const auto name = [](const Cell& cell, const std::string& kind) {
    if (kind == "setting") {
      return cell.request.value(json::json_pointer("/task/params/scenario/params/setting"),
                                std::string());
    }
    const json& part = cell.request.at(kind);
    const json width = part.value("width", json(1));
    return part.value("name", std::string()) + (width == 1 ? "" : " x " + width.dump());
  };
  std::map<json, std::vector<Cell*>> alike;
  for (Cell& cell : cells)
    alike[json::array({cell.Title(), cell.seed, cell.Name("task"), cell.data->name})].push_back(
        &cell);
  for (const auto& [line, group] : alike) {
    if (group.size() < 2) continue;
    std::set<std::string> notes;
    for (const char* kind : {"setting", "network", "readout"}) {
      std::set<std::string> names;
      for (const Cell* cell : group) names.insert(name(*cell, kind));
      if (names.size() < 2) continue;
      for (Cell* cell : group) cell->note += (cell->note.empty() ? "" : " ") + name(*cell, kind);
    }
    for (const Cell* cell : group) notes.insert(cell->note);
    if (notes.size() == group.size()) continue;
    for (Cell* cell : group) cell->note += (cell->note.empty() ? "" : " ") + cell->run_id;
  }
}

}  // namespace

const std::vector<FileEntry>& PlanEntries() {
  static const std::vector<FileEntry> entries = {
      {"name", "text", "what messages call the plan; the file's name without it"},
      {"summary", "text", "one line on what the plan is for; nobody reads it but you"},
      {"defaults", "settings", "of every cell, where its rule's entry says nothing else"},
      {"rules", "list, or \"all\"",
       "each a name, settings that name a \"rule\", or the path from the plan of a JSON file with "
       "such; one rule may stand there repeatedly, with other settings"},
      {"tasks", "list",
       "tasks to cross the rules with, each a name, or settings that name a \"task\""},
      {"strategies", "list",
       "strategies to cross the rules with, each a name, or settings that name a \"strategy\""},
      {"readouts", "list",
       "readouts to cross the rules with, each a name, or settings that name a \"readout\""},
      {"data", "name or list of names", "data sets to cross the rules with; goes before settings"},
      {"seeds", "\"1\", \"1-3\" or \"1,2,5\"", "every cell once with each; \"1\" without it"}};
  return entries;
}

Plan ReadPlan(const std::filesystem::path& file, const std::string& data,
              const std::string& device_type, std::int64_t data_memory) {
  const json read = ReadJson(file);
  std::vector<std::uint64_t> seeds;
  const std::vector<Entry> entries = WithPlace(file.string(), [&] {
    CheckEntries(read);
    const json asked = read.value("seeds", json("1"));
    seeds = ParseSeeds(asked.is_string() ? asked.get<std::string>() : asked.dump());
    std::vector<Entry> kinds = {{"", json::object()}};
    for (const char* kind : {"task", "strategy", "readout"})
      kinds = Cross(kinds, Crossed(read, kind, std::string(KindNamed(kind).plural)));
    const std::vector<Entry> rules = Rules(read, file);
    std::vector<Entry> all;
    for (const Entry& set :
         data.empty() ? DataSets(read) : std::vector<Entry>{{"", {{"data", data}}}}) {
      for (const Entry& kind : kinds) {
        for (const Entry& crossed : Cross(Cross(rules, {kind}), {set})) all.push_back(crossed);
      }
    }
    return all;
  });
  Plan plan{.name = read.value("name", file.stem().string()), .cells = {}};
  std::set<std::string> known;
  for (const std::uint64_t seed : seeds) {
    for (const Entry& entry : entries) {
      Cell cell = WithPlace(file.string() + entry.place, [&] {
        return MakeCell(entry.settings, seed, device_type, data_memory);
      });
      if (!known.insert(cell.run_id).second) {
        throw InputError(fmt::format("{}{} asks for {} with seed {} twice.", file.string(),
                                     entry.place, cell.Title(), seed));
      }
      plan.cells.push_back(std::move(cell));
    }
  }
  TellApart(plan.cells);
  return plan;
}

}  // namespace plasticity
