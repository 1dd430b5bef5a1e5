#include "suite/base/result_fields.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "suite/base/error.h"
#include "suite/base/text.h"

namespace plasticity {
namespace {

using nlohmann::json;
using Value = simdjson::dom::element;

std::string KindOf(const Value& value) {
  using Type = simdjson::dom::element_type;
  switch (value.type()) {
    case Type::DOUBLE:
      return "a number with a fraction";
    case Type::INT64:
    case Type::UINT64:
      return "an integer";
    case Type::STRING:
      return "a text";
    case Type::BOOL:
      return "true or false";
    case Type::ARRAY:
      return "a list";
    case Type::OBJECT:
      return "an object";
    case Type::NULL_VALUE:
      break;
  }
  return "null";
}

bool IsName(const Value& value) { return value.is_string() && !std::string_view(value).empty(); }

simdjson::dom::object Root(const JsonText& text) {
  if (!text.root().is_object()) {
    throw InputError(text.where() + ": a result is an object, not " + KindOf(text.root()) + ".");
  }
  return text.root();
}

}  // namespace

Fields::Fields(const JsonText& text) : object_(Root(text)), where_(text.where()) { RefuseTwins(); }

Fields::Fields(const simdjson::dom::object& object, const Fields& around, std::string_view key)
    : object_(object), where_(around.where_), around_(&around), key_(key) {
  RefuseTwins();
}

std::optional<Value> Fields::Find(std::string_view key) const {
  for (const auto& [name, value] : object_) {
    if (name == key) return value;
  }
  return std::nullopt;
}

Value Fields::At(std::string_view key) {
  known_.push_back(key);
  const std::optional<Value> found = Find(key);
  if (!found) throw InputError(Place(Path(key)) + " is missing.");
  return *found;
}

Fields Fields::ChildOf(std::string_view key, const Value& value) const {
  if (!value.is_object()) Refuse(key, "an object", value);
  return Fields(value, *this, key);
}

Fields Fields::Child(std::string_view key) { return ChildOf(key, At(key)); }

std::vector<std::string_view> Fields::Keys() const {
  std::vector<std::string_view> keys;
  for (const auto& [key, value] : object_) keys.push_back(key);
  return keys;
}

json Fields::Object(std::string_view key) {
  const Value value = At(key);
  if (!value.is_object()) Refuse(key, "an object", value);
  return TreeOf(value, where_);
}

std::string_view Fields::Text(std::string_view key) {
  const Value value = At(key);
  if (!value.is_string()) Refuse(key, "a text", value);
  return value;
}

std::string_view Fields::Name(std::string_view key) {
  const std::string_view value = Text(key);
  if (value.empty()) throw InputError(Place(Path(key)) + " must not be empty.");
  return value;
}

std::string_view Fields::OneOf(std::string_view key, const std::vector<std::string>& accepted) {
  const std::string_view value = Text(key);
  if (std::find(accepted.begin(), accepted.end(), value) == accepted.end()) {
    throw InputError(Place(Path(key)) + " is '" + std::string(value) + "'; accepted are '" +
                     Join(accepted, "', '") + "'.");
  }
  return value;
}

std::vector<std::string> Fields::Names(std::string_view key) {
  const Value value = At(key);
  std::vector<std::string> names;
  bool fine = value.is_array();
  if (fine) {
    for (const Value item : simdjson::dom::array(value)) {
      fine = fine && IsName(item);
      if (fine) names.emplace_back(std::string_view(item));
    }
  }
  if (!fine || names.empty()) Fail(key, "must be a list of one or more names.");
  return names;
}

bool Fields::Flag(std::string_view key) {
  const Value value = At(key);
  if (!value.is_bool()) Refuse(key, "true or false", value);
  return value;
}

std::int64_t Fields::Integer(std::string_view key) {
  const Value value = At(key);
  if (value.type() == simdjson::dom::element_type::UINT64) {
    throw InputError(Place(Path(key)) + " is " + std::to_string(std::uint64_t(value)) +
                     ", which needs over 63 bits.");
  }
  if (!value.is_int64()) Refuse(key, "an integer", value);
  return value;
}

std::int64_t Fields::Count(std::string_view key) {
  const std::int64_t value = Integer(key);
  if (value < 0) throw InputError(Place(Path(key)) + " must not be negative.");
  return value;
}

double Fields::Number(std::string_view key) {
  const Value value = At(key);
  if (!value.is_number()) Refuse(key, "a number", value);
  const double number = value;
  if (!std::isfinite(number)) throw InputError(Place(Path(key)) + " is not a finite number.");
  return number;
}

double Fields::Amount(std::string_view key) {
  const double value = Number(key);
  if (value < 0) throw InputError(Place(Path(key)) + " must not be negative.");
  return value;
}

std::optional<double> Fields::NumberOrNull(std::string_view key) {
  return IsNull(key) ? std::nullopt : std::optional<double>(Number(key));
}

std::optional<double> Fields::AmountOrNull(std::string_view key) {
  return IsNull(key) ? std::nullopt : std::optional<double>(Amount(key));
}

std::optional<std::int64_t> Fields::CountOrNull(std::string_view key) {
  return IsNull(key) ? std::nullopt : std::optional<std::int64_t>(Count(key));
}

NestedNumbers Fields::Numbers(std::string_view key, std::size_t depth) {
  const Value value = At(key);
  std::optional<NestedNumbers> numbers = NumbersIn(value);
  const bool as_deep =
      numbers && (numbers->depth() == depth || (numbers->empty() && numbers->depth() < depth));
  if (!as_deep) {
    CheckNumbers(key, value, depth);  // says what is wrong where
    Fail(key, "must be lists as deep as there are axes.");
  }
  return *std::move(numbers);
}

void Fields::Fail(std::string_view key, const std::string& message) const {
  throw InputError(Place(Path(key)) + " " + message);
}

void Fields::NothingElse() const {
  for (const auto& [key, value] : object_) {
    if (std::find(known_.begin(), known_.end(), key) != known_.end()) continue;
    throw InputError(Place(Path(key)) + " is unknown." +
                     NearestHint(std::string(key), {known_.begin(), known_.end()}));
  }
}

void Fields::RefuseTwins() const {
  std::vector<std::string_view> keys = Keys();
  if (!std::is_sorted(keys.begin(), keys.end())) std::sort(keys.begin(), keys.end());
  const auto twin = std::adjacent_find(keys.begin(), keys.end());
  if (twin == keys.end()) return;
  throw InputError(where_ + ": '" + std::string(*twin) +
                   "' stands twice in one object. Leave out one of them.");
}

void Fields::CheckNumbers(std::string_view key, const Value& value, std::size_t depth) const {
  if (depth == 0) {
    if (!value.is_number() && !value.is_null())
      Refuse(key, "a number or null where it ends", value);
    return;
  }
  if (!value.is_array()) Refuse(key, "lists as deep as there are axes", value);
  for (const Value item : simdjson::dom::array(value)) CheckNumbers(key, item, depth - 1);
}

std::string Fields::Path(std::string_view key) const {
  const std::string here = around_ == nullptr ? "" : around_->Path(key_);
  if (key.find('.') != key.npos) return here + "[\"" + std::string(key) + "\"]";
  return (here.empty() ? "" : here + ".") + std::string(key);
}

void Fields::Refuse(std::string_view key, const std::string& wanted, const Value& value) const {
  throw InputError(Place(Path(key)) + " must be " + wanted + ", not " + KindOf(value) + ".");
}

}  // namespace plasticity
