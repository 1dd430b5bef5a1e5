#include "suite/params.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "suite/base/error.h"
#include "suite/base/text.h"

namespace plasticity {

std::string Range::Text() const {
  const bool has_min = std::isfinite(min);
  const bool has_max = std::isfinite(max);
  if (has_min && has_max) return fmt::format("{}{:g} to {:g}", open_min ? "above " : "", min, max);
  if (has_min) return fmt::format("{} {:g}", open_min ? ">" : ">=", min);
  if (has_max) return fmt::format("<= {:g}", max);
  return "any";
}

bool Range::Contains(double value) const {
  return std::isfinite(value) && (open_min ? value > min : value >= min) && value <= max;
}

Params::Params(std::string owner, nlohmann::json given)
    : owner_(std::move(owner)), given_(std::move(given)) {
  if (given_.is_null()) given_ = nlohmann::json::object();
  if (!given_.is_object())
    throw InputError(owner_ + ": parameters are a JSON object, not " + given_.dump() + ".");
}

void Params::Default(const std::string& name, nlohmann::json value) {
  defaults_[name] = std::move(value);
}

const nlohmann::json& Params::Declare(const std::string& name, nlohmann::json default_value,
                                      const std::string& range, const std::string& doc,
                                      const std::string& unit) {
  if (defaults_.contains(name)) default_value = defaults_.at(name);
  declared_.push_back({name, default_value, range, unit, doc});
  return resolved_[name] = given_.contains(name) ? given_.at(name) : default_value;
}

void Params::Reject(const std::string& name, const nlohmann::json& value) const {
  const ParamInfo& info = declared_.back();
  throw InputError(fmt::format("{}: {} = {} is not allowed. {} ({}, default {}).", owner_, name,
                               value.dump(), info.doc, info.range, info.default_value.dump()));
}

double Params::Number(const std::string& name, const nlohmann::json& value, Range range) const {
  if (!value.is_number() || !range.Contains(value.get<double>())) Reject(name, value);
  return value.get<double>();
}

double Params::Real(const std::string& name, double default_value, Range range,
                    const std::string& doc, const std::string& unit) {
  const double value = Number(name, Declare(name, default_value, range.Text(), doc, unit), range);
  resolved_[name] = value;
  return value;
}

std::int64_t Params::Integer(const std::string& name, std::int64_t default_value, Range range,
                             const std::string& doc, const std::string& unit) {
  const nlohmann::json& value =
      Declare(name, default_value, "whole number, " + range.Text(), doc, unit);
  const double number = Number(name, value, range);
  if (number != std::floor(number) || std::abs(number) > 9e15) Reject(name, value);
  const auto integer = static_cast<std::int64_t>(number);
  resolved_[name] = integer;
  return integer;
}

bool Params::Flag(const std::string& name, bool default_value, const std::string& doc) {
  const nlohmann::json& value = Declare(name, default_value, "true or false", doc, "");
  if (!value.is_boolean()) Reject(name, value);
  return value.get<bool>();
}

std::string Params::Choice(const std::string& name, const std::string& default_value,
                           const std::vector<std::string>& options, const std::string& doc) {
  const nlohmann::json& value = Declare(name, default_value, Join(options, ", "), doc, "");
  if (!value.is_string() ||
      std::find(options.begin(), options.end(), value.get<std::string>()) == options.end()) {
    Reject(name, value);
  }
  return value.get<std::string>();
}

std::vector<double> Params::PerLayer(const std::string& name,
                                     const std::vector<double>& default_value, Range range,
                                     const std::string& doc, const std::string& unit) {
  const nlohmann::json json_default =
      default_value.size() == 1 ? nlohmann::json(default_value[0]) : nlohmann::json(default_value);
  const nlohmann::json value =
      Declare(name, json_default, range.Text() + ", one a layer or one for all", doc, unit);
  std::vector<double> values;
  if (value.is_array() && !value.empty()) {
    for (const nlohmann::json& item : value) {
      if (!item.is_number() || !range.Contains(item.get<double>())) Reject(name, value);
      values.push_back(item.get<double>());
    }
  } else {
    values.push_back(Number(name, value, range));
  }
  resolved_[name] = values.size() == 1 ? nlohmann::json(values[0]) : nlohmann::json(values);
  return values;
}

void Params::Finish() const {
  for (const auto& [name, value] : given_.items()) {
    if (resolved_.contains(name)) continue;
    std::vector<std::string> known;
    for (const ParamInfo& info : declared_) known.push_back(info.name);
    std::string hint;
    const std::vector<std::string> near = NearestNames(name, known, 1);
    for (const ParamInfo& info : declared_) {
      if (near.empty() || info.name != near[0]) continue;
      hint = fmt::format("Nearest: {} ({}, {}, default {}).", info.name, info.doc, info.range,
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
  nlohmann::json value = nlohmann::json::parse(text, nullptr, false);
  if (!value.is_discarded()) return value;
  if (text.find(',') != std::string::npos) {
    value = nlohmann::json::parse("[" + text + "]", nullptr, false);
    if (!value.is_discarded()) return value;
  }
  return text;
}

}  // namespace plasticity
