#include "suite/base/result_fields.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "suite/base/error.h"
#include "suite/base/text.h"

namespace plasticity {
namespace {

using nlohmann::json;

std::string KindOf(const json& value) {
  if (value.is_number_float()) return "a number with a fraction";
  if (value.is_number()) return "an integer";
  if (value.is_string()) return "a text";
  if (value.is_boolean()) return "true or false";
  if (value.is_array()) return "a list";
  return value.is_object() ? "an object" : "null";
}

}  // namespace

Fields::Fields(const json& object, const std::string& where) : object_(object), where_(where) {
  if (!object_.is_object()) {
    throw InputError(where_ + ": a result is an object, not " + KindOf(object_) + ".");
  }
}

const json& Fields::At(std::string_view key) {
  known_.push_back(key);
  const auto found = object_.find(key);
  if (found == object_.end()) throw InputError(Place(Path(key)) + " is missing.");
  return *found;
}

Fields Fields::Child(std::string_view key) {
  const json& child = At(key);
  if (!child.is_object()) Refuse(key, "an object", child);
  return Fields(child, *this, key);
}

std::string Fields::Text(std::string_view key) {
  const json& value = At(key);
  if (!value.is_string()) Refuse(key, "a text", value);
  return value.get<std::string>();
}

std::string Fields::Name(std::string_view key) {
  std::string value = Text(key);
  if (value.empty()) throw InputError(Place(Path(key)) + " must not be empty.");
  return value;
}

std::string Fields::OneOf(std::string_view key, const std::vector<std::string>& accepted) {
  std::string value = Text(key);
  if (std::find(accepted.begin(), accepted.end(), value) == accepted.end()) {
    throw InputError(Place(Path(key)) + " is '" + value + "'; accepted are '" +
                     Join(accepted, "', '") + "'.");
  }
  return value;
}

std::vector<std::string> Fields::Names(std::string_view key) {
  const json& value = At(key);
  const bool fine = value.is_array() && !value.empty() &&
                    std::all_of(value.begin(), value.end(), [](const json& item) {
                      return item.is_string() && !item.get_ref<const std::string&>().empty();
                    });
  if (!fine) Fail(key, "must be a list of one or more names.");
  return value.get<std::vector<std::string>>();
}

bool Fields::Flag(std::string_view key) {
  const json& value = At(key);
  if (!value.is_boolean()) Refuse(key, "true or false", value);
  return value.get<bool>();
}

std::int64_t Fields::Integer(std::string_view key) {
  const json& value = At(key);
  if (!value.is_number_integer()) Refuse(key, "an integer", value);
  if (value.is_number_unsigned() &&
      value.get<std::uint64_t>() >
          static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
    throw InputError(Place(Path(key)) + " is " + value.dump() + ", which needs over 63 bits.");
  }
  return value.get<std::int64_t>();
}

std::int64_t Fields::Count(std::string_view key) {
  const std::int64_t value = Integer(key);
  if (value < 0) throw InputError(Place(Path(key)) + " must not be negative.");
  return value;
}

double Fields::Number(std::string_view key) {
  const json& value = At(key);
  if (!value.is_number()) Refuse(key, "a number", value);
  const double number = value.get<double>();
  if (!std::isfinite(number)) throw InputError(Place(Path(key)) + " is not a finite number.");
  return number;
}

double Fields::Amount(std::string_view key) {
  const double value = Number(key);
  if (value < 0) throw InputError(Place(Path(key)) + " must not be negative.");
  return value;
}

std::optional<double> Fields::AmountOrNull(std::string_view key) {
  return At(key).is_null() ? std::nullopt : std::optional<double>(Amount(key));
}

std::optional<std::int64_t> Fields::CountOrNull(std::string_view key) {
  return At(key).is_null() ? std::nullopt : std::optional<std::int64_t>(Count(key));
}

const json& Fields::Numbers(std::string_view key, std::size_t depth) {
  const json& values = At(key);
  CheckNumbers(key, values, depth);
  return values;
}

void Fields::Fail(std::string_view key, const std::string& message) const {
  throw InputError(Place(Path(key)) + " " + message);
}

void Fields::NothingElse() const {
  for (const auto& item : object_.items()) {
    if (std::find(known_.begin(), known_.end(), item.key()) != known_.end()) continue;
    throw InputError(Place(Path(item.key())) + " is unknown." +
                     NearestHint(item.key(), {known_.begin(), known_.end()}));
  }
}

void Fields::CheckNumbers(std::string_view key, const json& value, std::size_t depth) const {
  if (depth == 0) {
    if (!value.is_number() && !value.is_null())
      Refuse(key, "a number or null where it ends", value);
    return;
  }
  if (!value.is_array()) Refuse(key, "lists as deep as there are axes", value);
  for (const json& item : value) CheckNumbers(key, item, depth - 1);
}

std::string Fields::Path(std::string_view key) const {
  const std::string here = around_ == nullptr ? "" : around_->Path(key_);
  if (key.find('.') != key.npos) return here + "[\"" + std::string(key) + "\"]";
  return (here.empty() ? "" : here + ".") + std::string(key);
}

void Fields::Refuse(std::string_view key, const std::string& wanted, const json& value) const {
  throw InputError(Place(Path(key)) + " must be " + wanted + ", not " + KindOf(value) + ".");
}

}  // namespace plasticity
