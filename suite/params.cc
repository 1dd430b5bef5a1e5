#include "suite/params.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "suite/base/error.h"
#include "suite/base/json_text.h"
#include "suite/base/text.h"

namespace plasticity {
namespace {

// Moves {"part.key": value} from `all` to {"key": value} of `into`.
void TakeDotted(nlohmann::json& all, const std::string& part, nlohmann::json& into) {
  const std::string prefix = part + ".";
  for (auto item = all.begin(); item != all.end();) {
    if (item.key().rfind(prefix, 0) != 0) {
      ++item;
      continue;
    }
    into[item.key().substr(prefix.size())] = item.value();
    item = all.erase(item);
  }
}

}  // namespace

std::string Range::Text() const {
  const std::string kind = whole ? "whole number, " : "";
  const bool has_min = std::isfinite(min);
  const bool has_max = std::isfinite(max);
  if (has_min && has_max)
    return fmt::format("{}{}{:g} to {:g}", kind, open_min ? "above " : "", min, max);
  if (has_min) return fmt::format("{}{} {:g}", kind, open_min ? ">" : ">=", min);
  if (has_max) return fmt::format("{}<= {:g}", kind, max);
  return kind + "any";
}

bool Range::Contains(double value) const {
  return std::isfinite(value) && (open_min ? value > min : value >= min) && value <= max &&
         (!whole || value == std::floor(value));
}

bool ParamInfo::numeric() const {
  return kind == ParamKind::kReal || kind == ParamKind::kInteger || kind == ParamKind::kPerLayer ||
         kind == ParamKind::kList;
}

std::string ParamInfo::Allowed() const {
  switch (kind) {
    case ParamKind::kReal:
    case ParamKind::kInteger:
      return range.Text();
    case ParamKind::kFlag:
      return "true or false";
    case ParamKind::kChoice:
      return Join(options, ", ");
    case ParamKind::kPerLayer:
      return range.Text() + ", one a layer or one for all";
    case ParamKind::kList:
      return range.Text() + ", one or several";
    case ParamKind::kData:
      return "a data set";
    case ParamKind::kPart:
      return "a " + part_kind;
  }
  return "";  // unreachable: the switch has every kind
}

Params::Params(std::string owner, nlohmann::json given)
    : owner_(std::move(owner)), given_(std::move(given)) {
  if (given_.is_null()) given_ = nlohmann::json::object();
  if (!given_.is_object())
    throw InputError(owner_ + ": parameters are a JSON object, not " + given_.dump() + ".");
}

Params& Params::Later() {
  later_ = true;
  return *this;
}

Params& Params::Untuned(bool unread) {
  untuned_ = unread;
  return *this;
}

void Params::Defaults(const nlohmann::json& values) {
  for (const auto& [name, value] : values.items()) {
    if (!defaults_.contains(name)) defaults_[name] = value;
  }
}

// Lists the parameter, and gives its value: the given one, or else its default.
nlohmann::json Params::Declare(ParamInfo info) {
  info.later = std::exchange(later_, false);
  info.untuned = std::exchange(untuned_, false);
  if (defaults_.contains(info.name)) info.default_value = defaults_.at(info.name);
  declared_.push_back(info);
  return given_.value(info.name, info.default_value);
}

void Params::Keep(const ParamInfo& info, const nlohmann::json& value, bool is_default) {
  all_default_ = all_default_ && is_default;
  // A replaced default is not what the owner did before the parameter came.
  const bool as_before = info.later && is_default && !defaults_.contains(info.name);
  if (!as_before) resolved_[info.name] = value;
}

void Params::Resolve(const nlohmann::json& value) {
  const ParamInfo& info = declared_.back();
  Keep(info, value, value == info.default_value);
}

void Params::Reject(const nlohmann::json& value) const {
  const ParamInfo& info = declared_.back();
  throw InputError(fmt::format("{}: {} = {} is not allowed. {} ({}, default {}).", owner_,
                               info.name, value.dump(), info.doc, info.Allowed(),
                               info.default_value.dump()));
}

double Params::Number(const nlohmann::json& value) const {
  if (!value.is_number() || !declared_.back().range.Contains(value.get<double>())) Reject(value);
  return value.get<double>();
}

double Params::Real(const std::string& name, double default_value, Range range,
                    const std::string& doc, const std::string& unit) {
  const double value = Number(Declare({.name = name,
                                       .kind = ParamKind::kReal,
                                       .default_value = default_value,
                                       .range = range,
                                       .unit = unit,
                                       .doc = doc}));
  Resolve(value);
  return value;
}

std::int64_t Params::Integer(const std::string& name, std::int64_t default_value, Range range,
                             const std::string& doc, const std::string& unit) {
  range.whole = true;
  const nlohmann::json value = Declare({.name = name,
                                        .kind = ParamKind::kInteger,
                                        .default_value = default_value,
                                        .range = range,
                                        .unit = unit,
                                        .doc = doc});
  const double number = Number(value);
  if (std::abs(number) > 9e15) Reject(value);
  const auto integer = static_cast<std::int64_t>(number);
  Resolve(integer);
  return integer;
}

bool Params::Flag(const std::string& name, bool default_value, const std::string& doc) {
  const nlohmann::json value =
      Declare({.name = name, .kind = ParamKind::kFlag, .default_value = default_value, .doc = doc});
  if (!value.is_boolean()) Reject(value);
  Resolve(value);
  return value.get<bool>();
}

std::string Params::Choice(const std::string& name, const std::string& default_value,
                           const std::vector<std::string>& options, const std::string& doc) {
  const nlohmann::json value = Declare({.name = name,
                                        .kind = ParamKind::kChoice,
                                        .default_value = default_value,
                                        .options = options,
                                        .doc = doc});
  if (!value.is_string() ||
      std::find(options.begin(), options.end(), value.get<std::string>()) == options.end()) {
    Reject(value);
  }
  Resolve(value);
  return value.get<std::string>();
}

// A number, or several: as they are given, or else the default.
std::vector<double> Params::Numbers(ParamInfo info, const std::vector<double>& default_value) {
  const auto as_json = [](const std::vector<double>& values) {
    return values.size() == 1 ? nlohmann::json(values[0]) : nlohmann::json(values);
  };
  info.default_value = as_json(default_value);
  const Range range = info.range;
  const nlohmann::json value = Declare(std::move(info));
  std::vector<double> values;
  if (value.is_array() && !value.empty()) {
    for (const nlohmann::json& item : value) {
      if (!item.is_number() || !range.Contains(item.get<double>())) Reject(value);
      values.push_back(item.get<double>());
    }
  } else {
    values.push_back(Number(value));
  }
  Resolve(as_json(values));
  return values;
}

std::vector<double> Params::PerLayer(const std::string& name,
                                     const std::vector<double>& default_value, Range range,
                                     const std::string& doc, const std::string& unit) {
  return Numbers(
      {.name = name, .kind = ParamKind::kPerLayer, .range = range, .unit = unit, .doc = doc},
      default_value);
}

std::vector<double> Params::List(const std::string& name, const std::vector<double>& default_value,
                                 Range range, const std::string& doc, const std::string& unit) {
  return Numbers({.name = name, .kind = ParamKind::kList, .range = range, .unit = unit, .doc = doc},
                 default_value);
}

std::string Params::Data(const std::string& name, const std::string& default_value,
                         const std::string& doc) {
  const nlohmann::json value =
      Declare({.name = name, .kind = ParamKind::kData, .default_value = default_value, .doc = doc});
  if (!value.is_string() || (value == "" && default_value != "")) Reject(value);
  Resolve(value);
  return value.get<std::string>();
}

// The part's parameters, of which nothing is declared yet.
Params Params::DeclarePart(const std::string& name, const std::string& part_kind,
                           const std::string& default_part, const std::string& doc,
                           const nlohmann::json& default_params) {
  nlohmann::json value = Declare({.name = name,
                                  .kind = ParamKind::kPart,
                                  .default_value = default_part,
                                  .part_kind = part_kind,
                                  .doc = doc});
  if (value.is_string()) value = {{"name", value}};
  const bool named = value.is_object() && value.contains("name") && value.at("name").is_string();
  const std::size_t known = 1 + value.contains("params") + value.contains("version");
  if (!named || value.size() > known) Reject(value);
  Params inner(value.at("name"), value.value("params", nlohmann::json::object()));
  TakeDotted(given_, name, inner.given_);
  TakeDotted(defaults_, name, inner.defaults_);
  if (inner.owner_ == default_part) inner.Defaults(default_params);
  return inner;
}

void Params::ResolvePart(const Params& inner, int version) {
  const ParamInfo info = declared_.back();
  nlohmann::json resolved = {{"name", inner.owner_}, {"params", inner.resolved_}};
  if (version > 0) resolved["version"] = version;
  Keep(info, resolved, info.default_value == inner.owner_ && inner.all_default_);
  for (ParamInfo of_part : inner.declared_) {
    of_part.name = info.name + "." + of_part.name;
    declared_.push_back(of_part);
  }
}

void Params::Finish() const {
  std::vector<std::string> known;
  for (const ParamInfo& info : declared_) known.push_back(info.name);
  const auto is_known = [&](const std::string& name) {
    return std::find(known.begin(), known.end(), name) != known.end();
  };
  for (const auto& [name, value] : defaults_.items()) {
    if (!is_known(name))
      throw RunError(fmt::format("{}: defaults name {}, which nobody declares.", owner_, name));
  }
  for (const auto& [name, value] : given_.items()) {
    if (is_known(name)) continue;
    std::string hint;
    const std::vector<std::string> near = NearestNames(name, known, 1);
    for (const ParamInfo& info : declared_) {
      if (near.empty() || info.name != near[0]) continue;
      hint = fmt::format("Nearest: {} ({}, {}, default {}).", info.name, info.doc, info.Allowed(),
                         info.default_value.dump());
    }
    if (hint.empty()) hint = known.empty() ? "It has none." : "It has: " + Join(known, ", ") + ".";
    throw InputError(fmt::format("{} has no parameter '{}'. {}", owner_, name, hint));
  }
}

double AtLayer(const std::vector<double>& values, std::size_t layer) {
  return values[std::min(layer, values.size() - 1)];
}

nlohmann::json ParseValue(const std::string& text) {
  for (const std::string& form : {text, "[" + text + "]"}) {
    if (form != text && text.find(',') == std::string::npos) continue;
    if (nlohmann::json::accept(form)) return ParseJson(form, "the value");
  }
  return text;
}

}  // namespace plasticity
