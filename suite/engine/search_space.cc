#include "suite/engine/search_space.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <sstream>

#include "suite/base/error.h"
#include "suite/base/text.h"
#include "suite/rule.h"
#include "suite/strategy.h"

namespace plasticity {
namespace {

constexpr double kFactor = 30;  // in both directions

// A declared parameter with the value in force.
struct Known {
  std::string key;
  ParamInfo info;
  nlohmann::json value;

  bool number() const { return info.numeric() && value.is_number(); }
  bool whole() const { return info.range.whole; }
};

double Rounded(double value) { return std::stod(fmt::format("{:.3g}", value)); }

template <typename Interface>
void AddKnown(const nlohmann::json& request, std::vector<Known>& known) {
  if (!request.contains(Interface::kKind)) return;
  const nlohmann::json& part = request.at(Interface::kKind);
  Params params(part.at("name"), part.at("params"));
  Registry<Interface>::Get().Make(params);
  for (const ParamInfo& info : params.declared()) {
    known.push_back({.key = fmt::format("{}.{}", Interface::kKind, info.name),
                     .info = info,
                     .value = part.at("params").value(info.name, info.default_value)});
  }
}

// What may be searched: what else a request holds is everybody's.
std::vector<Known> AllKnown(const nlohmann::json& request) {
  std::vector<Known> known;
  AddKnown<Rule>(request, known);
  AddKnown<Strategy>(request, known);
  return known;
}

const Known& Find(const std::vector<Known>& known, const std::string& key) {
  std::vector<std::string> keys;
  for (const Known& one : known) {
    if (one.key == key) return one;
    keys.push_back(one.key);
  }
  throw InputError(fmt::format(
      "the space names '{}', which is no parameter of the rule or its strategy.{} `plasticity "
      "describe NAME` shows all; what else a cell has is the same for everybody.",
      key, NearestHint(key, keys)));
}

// The bounds, brought into the parameter's range.
Searched Between(const Known& known, double low, double high) {
  const Range& range = known.info.range;
  if (low <= range.min)
    low = range.open_min ? std::nextafter(range.min, std::numeric_limits<double>::infinity())
                         : range.min;
  return {.key = known.key,
          .options = {},
          .low = low,
          .high = std::min(high, range.max),
          .whole = known.whole(),
          .times = {}};
}

// One factor for all layers' values, such that each stays in its range.
Searched AllLayers(const Known& known) {
  const auto values = known.value.get<std::vector<double>>();
  const auto [least, most] = std::minmax_element(values.begin(), values.end());
  const Range& range = known.info.range;
  return {.key = known.key,
          .options = {},
          .low = std::max(1 / kFactor, range.min / *least),
          .high = std::min(kFactor, range.max / *most),
          .whole = known.whole(),
          .times = known.value};
}

bool AllPositive(const nlohmann::json& value) {
  const auto positive = [](const nlohmann::json& one) { return one.is_number() && one > 0; };
  return value.is_array() ? std::all_of(value.begin(), value.end(), positive) : positive(value);
}

// How a parameter is searched of which only the name is known. Throws InputError where that says
// too little.
Searched OwnWay(const Known& known) {
  const ParamInfo& info = known.info;
  Searched searched{.key = known.key, .options = {}, .times = {}};
  if (info.kind == ParamKind::kFlag) {
    searched.options = {false, true};
  } else if (info.kind == ParamKind::kChoice) {
    searched.options.assign(info.options.begin(), info.options.end());
  } else if (!info.numeric() || !AllPositive(known.value)) {
    throw InputError(fmt::format(
        "the space names {0}, whose value {1} has no scale to search around: say where, "
        "as in --space {0}=1e-3..1.",
        known.key, known.value.dump()));
  } else if (known.value.is_array()) {
    return AllLayers(known);
  } else {
    const auto value = known.value.get<double>();
    searched = Between(known, Rounded(value / kFactor), Rounded(value * kFactor));
    if (searched.whole) searched.low = std::max(1.0, std::ceil(searched.low));
  }
  return searched;
}

[[noreturn]] void Refuse(const Known& known, const std::string& given) {
  throw InputError(
      fmt::format("the space's {} = {} is not allowed: a range such as 1e-4..1e-1, or "
                  "several values, of {} ({}).",
                  known.key, given, known.info.Allowed(), known.info.doc));
}

// "1e-4" as a number, where it is one that the parameter takes.
double Bound(const Known& known, const std::string& text, const std::string& given) {
  const nlohmann::json value = ParseValue(text);
  const bool fits =
      known.info.numeric() && value.is_number() && known.info.range.Contains(value.get<double>());
  if (!fits) Refuse(known, given);
  return value.get<double>();
}

bool Takes(const Known& known, const nlohmann::json& option) {
  const ParamInfo& info = known.info;
  if (info.kind == ParamKind::kFlag) return option.is_boolean();
  if (info.kind == ParamKind::kChoice)
    return option.is_string() && std::find(info.options.begin(), info.options.end(),
                                           option.get<std::string>()) != info.options.end();
  return info.numeric() && option.is_number() && info.range.Contains(option.get<double>()) &&
         (!known.whole() || option.is_number_integer());
}

Searched Among(const Known& known, const std::vector<nlohmann::json>& options,
               const std::string& given) {
  for (const nlohmann::json& option : options) {
    if (!Takes(known, option) || std::count(options.begin(), options.end(), option) > 1)
      Refuse(known, given);
  }
  if (options.size() < 2) {
    throw InputError(fmt::format(
        "the space has one value for {0}, {1}: there is nothing to search. --set {0}={1} fixes it.",
        known.key, options.empty() ? "none" : options.front().dump()));
  }
  return {.key = known.key, .options = options, .times = {}};
}

Searched FromEntry(const Known& known, const nlohmann::json& entry) {
  if (entry.is_null()) return OwnWay(known);
  const std::string given = entry.is_string() ? entry.get<std::string>() : entry.dump();
  if (entry.is_array()) return Among(known, {entry.begin(), entry.end()}, given);
  if (!entry.is_string()) Refuse(known, given);
  if (const std::size_t dots = given.find(".."); dots != std::string::npos) {
    const double low = Bound(known, given.substr(0, dots), given);
    const double high = Bound(known, given.substr(dots + 2), given);
    if (low >= high)
      throw InputError(
          fmt::format("the space's {} = {} is empty: the range goes upwards.", known.key, given));
    return Between(known, low, high);
  }
  std::vector<nlohmann::json> options;
  std::istringstream texts(given);
  for (std::string text; std::getline(texts, text, ',');) options.push_back(ParseValue(text));
  return Among(known, options, given);
}

bool SearchedByDefault(const Known& known) {
  const ParamKind kind = known.info.kind;
  const bool number =
      kind == ParamKind::kReal || kind == ParamKind::kPerLayer || kind == ParamKind::kList;
  const bool of_rule = known.key.rfind(std::string(Rule::kKind) + ".", 0) == 0;
  return of_rule && number && !known.info.untuned && AllPositive(known.value);
}

}  // namespace

std::string ShortKey(const std::string& key) {
  const std::string prefix = std::string(Rule::kKind) + ".";
  return key.rfind(prefix, 0) == 0 ? key.substr(prefix.size()) : key;
}

nlohmann::json Searched::Draw(Stream stream) const {
  if (!options.empty()) return options[stream.Below(options.size())];
  const double share = stream.Uniform();
  double value = low > 0 ? low * std::pow(high / low, share) : low + (high - low) * share;
  if (times.is_null() && whole) return std::llround(value);
  value = std::clamp(Rounded(value), low, high);
  if (times.is_null()) return value;
  nlohmann::json values = times;
  for (nlohmann::json& one : values) {
    const double product = one.get<double>() * value;
    one = whole ? std::round(product) : Rounded(product);
  }
  return values;
}

std::string Searched::Text() const {
  const std::string name = ShortKey(key);
  if (!options.empty()) {
    std::vector<std::string> texts;
    for (const nlohmann::json& option : options)
      texts.push_back(option.is_string() ? option.get<std::string>() : option.dump());
    return name + " " + Join(texts, "|");
  }
  return fmt::format("{} {}{:g} to {:g}", name, times.is_null() ? "" : times.dump() + " times ",
                     Rounded(low), Rounded(high));
}

nlohmann::json Searched::ToJson() const {
  if (!options.empty()) return {{"options", options}};
  nlohmann::json json = {
      {"low", low}, {"high", high}, {"scale", low > 0 ? "logarithmic" : "linear"}};
  if (!times.is_null()) json["times"] = times;
  return json;
}

SearchSpace MakeSpace(const nlohmann::json& request, const nlohmann::json& set,
                      const SpaceEntries& entries) {
  const std::vector<Known> known = AllKnown(request);
  std::map<std::string, Searched> space;
  for (const Known& one : known) {
    if (!set.contains(one.key) && SearchedByDefault(one)) space[one.key] = OwnWay(one);
  }
  for (const auto& [key, entry] : entries) {
    const Searched named = FromEntry(Find(known, key), entry);
    if (set.contains(key))
      throw InputError(fmt::format("{} is set to {} and in the space, too: leave out one of them.",
                                   key, set.at(key).dump()));
    space[key] = named;
  }
  SearchSpace all;
  for (const auto& [key, searched] : space) all.push_back(searched);
  return all;
}

nlohmann::json DrawTrial(const SearchSpace& space, const Streams& streams, std::size_t trial) {
  nlohmann::json set = nlohmann::json::object();
  if (trial == 0) return set;
  for (const Searched& searched : space)
    set[searched.key] = searched.Draw(streams.For("tuning." + searched.key, trial));
  return set;
}

}  // namespace plasticity
