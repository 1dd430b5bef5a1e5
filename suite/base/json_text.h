#pragma once

#include <filesystem>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "suite/base/nested_numbers.h"

namespace plasticity {

/// Whether // and /* */ may stand in a JSON text: in what people write, not in what programs do.
enum class JsonComments { kRefused, kAllowed };

/// Numbers that are laid aside while a text is read, since as JSON they would take most of the
/// time.
struct NumbersAside {
  std::vector<std::string> path;  ///< to them, from the outermost object's keys on; "*": any key
  std::map<std::string, NestedNumbers> found;  ///< by the key that "*" stood for
};

/// The value of a JSON text from outside, read more strictly than the library does: no key stands
/// twice in an object, nothing follows the value, and lists and objects are nested at most 100
/// deep, so that what walks them may call itself. Lists of numbers that `aside` asks for may go
/// there, and null stands in their place. Throws InputError, which starts with `where`.
nlohmann::json ParseJson(std::string_view text, const std::string& where,
                         JsonComments comments = JsonComments::kRefused,
                         NumbersAside* aside = nullptr);

/// ParseJson of a file that people write, comments allowed. Throws InputError when it cannot be
/// read, too.
nlohmann::json ReadJson(const std::filesystem::path& file);

}  // namespace plasticity
