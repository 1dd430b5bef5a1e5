#pragma once

#include <filesystem>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "suite/base/nested_numbers.h"

namespace simdjson::dom {
class element;
class parser;
}  // namespace simdjson::dom

namespace plasticity {

/// Whether // and /* */ may stand in a JSON text: in what people write, not in what programs do.
enum class JsonComments { kRefused, kAllowed };

/// The value of a JSON text from outside, read more strictly than the library does: no key stands
/// twice in an object, nothing follows the value, and lists and objects are nested at most 100
/// deep, so that what walks them may call itself. Throws InputError, which starts with `where`.
nlohmann::json ParseJson(std::string_view text, const std::string& where,
                         JsonComments comments = JsonComments::kRefused);

/// ParseJson of a file that people write, comments allowed. Throws InputError when it cannot be
/// read, too.
nlohmann::json ReadJson(const std::filesystem::path& file);

/// A JSON text as strict, whose values are read where they lie: who asks for certain fields builds
/// no tree. That no key stands twice in an object is for its reader to see.
class JsonText {
 public:
  /// Throws InputError, which starts with `where`.
  JsonText(std::string_view text, std::string where);
  JsonText(JsonText&& other) noexcept;
  ~JsonText();

  const simdjson::dom::element& root() const { return *root_; }  ///< lives as long as this
  const std::string& where() const { return where_; }            ///< the text comes from
  bool IsObjectWith(std::string_view key) const;                 ///< whether it is, at its root

 private:
  std::string where_;
  std::unique_ptr<simdjson::dom::parser> parser_;  // which owns the values
  std::unique_ptr<simdjson::dom::element> root_;
};

/// The value as ParseJson has it. Throws InputError where a key stands twice in an object.
nlohmann::json TreeOf(const simdjson::dom::element& value, const std::string& where);

/// A value that is lists of numbers and nulls, all equally deep; nothing where it is none.
std::optional<NestedNumbers> NumbersIn(const simdjson::dom::element& value);

}  // namespace plasticity
