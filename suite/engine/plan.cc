#include "suite/engine/plan.h"

#include <fmt/format.h>

#include <algorithm>

#include "suite/base/error.h"
#include "suite/base/files.h"
#include "suite/base/kinds.h"
#include "suite/base/text.h"
#include "suite/rule.h"

namespace plasticity {
namespace {

std::vector<std::string> DataNames(const nlohmann::json& names, const std::filesystem::path& file) {
  std::vector<std::string> known;
  for (const nlohmann::json& name : names.is_array() ? names : nlohmann::json::array({names})) {
    if (!name.is_string() || name.get<std::string>().empty()) {
      throw InputError(
          fmt::format("{}: \"data\" is a list of names, such as [\"cifar10\"], not {}.",
                      file.string(), names.dump()));
    }
    known.push_back(name);
  }
  if (known.empty()) throw InputError(file.string() + ": \"data\" names no data set.");
  return known;
}

// The settings that a plan's list `plural` crosses the rules with, each of which names a `kind`;
// one that says nothing where there is no such list.
std::vector<nlohmann::json> Crossed(const nlohmann::json& plan, const std::string& kind,
                                    const std::string& plural, const std::filesystem::path& file) {
  if (!plan.contains(plural)) return {nlohmann::json::object()};
  const nlohmann::json& list = plan.at(plural);
  std::vector<nlohmann::json> crossed;
  for (const nlohmann::json& entry : list.is_array() ? list : nlohmann::json::array()) {
    crossed.push_back(entry.is_string() ? nlohmann::json{{kind, entry}} : entry);
    if (!crossed.back().is_object() || !crossed.back().contains(kind)) {
      throw InputError(
          fmt::format("{}: \"{}\" has {}, which is neither a name nor settings that name "
                      "a \"{}\".",
                      file.string(), plural, entry.dump(), kind));
    }
  }
  if (crossed.empty())
    throw InputError(fmt::format("{}: \"{}\" is a list of names.", file.string(), plural));
  return crossed;
}

// The settings that an entry of "rules" stands for.
nlohmann::json OfRule(const nlohmann::json& entry, const std::filesystem::path& plan) {
  if (!entry.is_string()) return entry;
  const std::filesystem::path file = entry.get<std::string>();
  if (file.extension() == ".json") return ReadSettings(plan.parent_path() / file);
  return {{"rule", entry}};
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
  nlohmann::json json;
  try {
    json = nlohmann::json::parse(ReadFile(file), nullptr, true, true);
  } catch (const nlohmann::json::exception& wrong) {
    throw InputError(fmt::format("{} is not JSON: {}.", file.string(), wrong.what()));
  }
  static const std::vector<std::string> known = NamesOf(PlanEntries());
  if (!json.is_object())
    throw InputError(file.string() + " is not a plan: a JSON object with " + Join(known, ", ") +
                     ".");
  for (const auto& [key, value] : json.items()) {
    if (std::find(known.begin(), known.end(), key) == known.end()) {
      throw InputError(fmt::format("{} has an unknown entry '{}'.{} A plan has: {}.", file.string(),
                                   key, NearestHint(key, known), Join(known, ", ")));
    }
  }
  nlohmann::json rules = json.value("rules", nlohmann::json());
  if (rules == "all") rules = Registry<Rule>::Get().Names();
  if (!rules.is_array() || rules.empty())
    throw InputError(file.string() + " lists no \"rules\": a list of them, or \"all\".");
  const nlohmann::json defaults =
      MergeSettings(nlohmann::json::object(), json.value("defaults", nlohmann::json::object()));
  std::vector<std::string> sets;
  if (!data.empty()) {
    sets = {data};
  } else if (json.contains("data")) {
    sets = DataNames(json.at("data"), file);
  } else {
    sets = {""};  // each rule's own: its entry's, the defaults', or its track's
  }
  const nlohmann::json seeds = json.value("seeds", nlohmann::json("1"));
  const nlohmann::json name = json.value("name", nlohmann::json(file.stem().string()));
  if (!name.is_string())
    throw InputError(fmt::format("{}: \"name\" is a text, not {}.", file.string(), name.dump()));
  Plan plan{.name = name, .cells = {}};
  const auto add = [&](const nlohmann::json& settings, std::uint64_t seed) {
    Cell cell = MakeCell(settings, seed, device_type, data_memory);
    for (const Cell& other : plan.cells) {
      if (other.run_id == cell.run_id) {
        throw InputError(
            fmt::format("{} asks for {} with seed {} twice.", file.string(), cell.Title(), seed));
      }
    }
    plan.cells.push_back(std::move(cell));
  };
  std::vector<nlohmann::json> kinds = {nlohmann::json::object()};  // settings of every crossing
  for (const char* kind : {"task", "strategy", "readout"}) {
    std::vector<nlohmann::json> crossed;
    const std::string plural(KindNamed(kind).plural);
    for (const nlohmann::json& under : kinds) {
      for (const nlohmann::json& over : Crossed(json, kind, plural, file))
        crossed.push_back(MergeSettings(under, over));
    }
    kinds = std::move(crossed);
  }
  for (const std::uint64_t seed :
       ParseSeeds(seeds.is_string() ? seeds.get<std::string>() : seeds.dump())) {
    for (const std::string& set : sets) {
      for (const nlohmann::json& kind : kinds) {
        for (const nlohmann::json& entry : rules) {
          nlohmann::json settings =
              MergeSettings(MergeSettings(defaults, OfRule(entry, file)), kind);
          if (!set.empty()) settings["data"] = set;
          add(settings, seed);
        }
      }
    }
  }
  return plan;
}

}  // namespace plasticity
