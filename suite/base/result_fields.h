#pragma once

#include <simdjson.h>

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "suite/base/json_text.h"

namespace plasticity {

/// One JSON object of a Result that is being read: whoever asks for a field gets it checked, or an
/// InputError that names the file and the field. Keys outlive it, as does the text that it is in.
class Fields {
 public:
  /// Throws InputError where the text is no object, or has a key twice.
  explicit Fields(const JsonText& text);

  /// Whether there is such a field.
  bool Has(std::string_view key) const { return Find(key).has_value(); }
  /// Whether it is null.
  bool IsNull(std::string_view key) { return At(key).is_null(); }
  /// An object's fields.
  Fields Child(std::string_view key);
  /// Calls `read` with the name and the fields of each object in this one, which holds only such.
  template <typename Read>
  void EachChild(Read read) {
    for (const auto& [key, value] : object_) read(key, ChildOf(key, value));
  }
  /// The names of the fields that there are.
  std::vector<std::string_view> Keys() const;
  /// An object, whatever is in it.
  nlohmann::json Object(std::string_view key);
  /// A text.
  std::string_view Text(std::string_view key);
  /// A text that is not empty.
  std::string_view Name(std::string_view key);
  /// One of the texts that are accepted.
  std::string_view OneOf(std::string_view key, const std::vector<std::string>& accepted);
  /// A list of one or more names.
  std::vector<std::string> Names(std::string_view key);
  /// True or false.
  bool Flag(std::string_view key);
  /// A whole number.
  std::int64_t Integer(std::string_view key);
  /// A whole number from 0 on.
  std::int64_t Count(std::string_view key);
  /// Likewise, or null.
  std::optional<std::int64_t> CountOrNull(std::string_view key);
  /// A finite number.
  double Number(std::string_view key);
  /// Likewise, or null.
  std::optional<double> NumberOrNull(std::string_view key);
  /// A finite number from 0 on.
  double Amount(std::string_view key);
  /// Likewise, or null.
  std::optional<double> AmountOrNull(std::string_view key);
  /// A list of numbers and nulls, or of such lists: `depth` deep.
  NestedNumbers Numbers(std::string_view key, std::size_t depth);

  /// Throws InputError: the field's place and the message.
  [[noreturn]] void Fail(std::string_view key, const std::string& message) const;
  /// Refuses fields that nobody asked for.
  void NothingElse() const;

 private:
  using Value = simdjson::dom::element;

  Fields(const simdjson::dom::object& object, const Fields& around, std::string_view key);

  std::optional<Value> Find(std::string_view key) const;
  // Whatever it is.
  Value At(std::string_view key);
  Fields ChildOf(std::string_view key, const Value& value) const;
  void RefuseTwins() const;
  void CheckNumbers(std::string_view key, const Value& value, std::size_t depth) const;
  // Of a field in the file.
  std::string Path(std::string_view key) const;
  std::string Place(const std::string& path) const { return where_ + ": field '" + path + "'"; }
  [[noreturn]] void Refuse(std::string_view key, const std::string& wanted,
                           const Value& value) const;

  simdjson::dom::object object_;
  const std::string& where_;
  const Fields* around_ = nullptr;  // of the object that has this one as its field `key_`
  std::string_view key_;
  std::vector<std::string_view> known_;  // asked for
};

}  // namespace plasticity
