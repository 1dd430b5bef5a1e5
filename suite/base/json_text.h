#pragma once

#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

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

}  // namespace plasticity
