#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace plasticity {

/// One JSON object of a Result that is being read: whoever asks for a field gets it checked, or an
/// InputError that names the file and the field. Keys outlive it, as do the object and the file's
/// name.
class Fields {
 public:
  /// Throws InputError where `object` is none; `where` is the file.
  Fields(const nlohmann::json& object, const std::string& where);

  /// Whether there is such a field.
  bool Has(std::string_view key) const { return object_.contains(key); }
  /// Whatever it is.
  const nlohmann::json& At(std::string_view key);
  /// An object's fields.
  Fields Child(std::string_view key);
  /// An object.
  const nlohmann::json& Object(std::string_view key) { return Child(key).object_; }
  /// A text.
  std::string Text(std::string_view key);
  /// A text that is not empty.
  std::string Name(std::string_view key);
  /// One of the texts that are accepted.
  std::string OneOf(std::string_view key, const std::vector<std::string>& accepted);
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
  /// A finite number from 0 on.
  double Amount(std::string_view key);
  /// Likewise, or null.
  std::optional<double> AmountOrNull(std::string_view key);
  /// A list of numbers and nulls, or of such lists: `depth` deep.
  const nlohmann::json& Numbers(std::string_view key, std::size_t depth);

  /// Throws InputError: the field's place and the message.
  [[noreturn]] void Fail(std::string_view key, const std::string& message) const;
  /// Refuses fields that nobody asked for.
  void NothingElse() const;
  /// All of it.
  const nlohmann::json& object() const { return object_; }

 private:
  Fields(const nlohmann::json& object, const Fields& around, std::string_view key)
      : object_(object), where_(around.where_), around_(&around), key_(key) {}

  void CheckNumbers(std::string_view key, const nlohmann::json& value, std::size_t depth) const;
  // Of a field in the file.
  std::string Path(std::string_view key) const;
  std::string Place(const std::string& path) const { return where_ + ": field '" + path + "'"; }
  [[noreturn]] void Refuse(std::string_view key, const std::string& wanted,
                           const nlohmann::json& value) const;

  const nlohmann::json& object_;
  const std::string& where_;
  const Fields* around_ = nullptr;  // of the object that has this one as its field `key_`
  std::string_view key_;
  std::vector<std::string_view> known_;  // asked for
};

}  // namespace plasticity
