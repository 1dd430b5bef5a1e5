#include "suite/base/json_text.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>
#include <vector>

#include "suite/base/error.h"
#include "suite/base/files.h"

namespace plasticity {
namespace {

using nlohmann::json;

constexpr int kMostLevels = 100;

// What the parser tells as it goes; throws InputError at what it would let pass.
class Strictness {
 public:
  explicit Strictness(const std::string& where) : where_(where) {}

  bool operator()(int depth, json::parse_event_t event, json& parsed) {
    using Event = json::parse_event_t;
    if (depth >= kMostLevels && (event == Event::object_start || event == Event::array_start)) {
      throw InputError(where_ + ": lists and objects are nested more than " +
                       std::to_string(kMostLevels) + " deep.");
    }
    if (event == Event::object_start) {
      keys_.emplace_back();
    } else if (event == Event::object_end) {
      keys_.pop_back();
    } else if (event == Event::key && !keys_.back().insert(parsed.get<std::string>()).second) {
      throw InputError(where_ + ": '" + parsed.get<std::string>() +
                       "' stands twice in one object. Leave out one of them.");
    }
    return true;
  }

 private:
  const std::string& where_;
  std::vector<std::set<std::string>> keys_;  // of the objects that are open
};

InputError NotJson(std::string_view text, const std::string& where, std::size_t byte) {
  const std::string_view before = text.substr(0, byte == 0 ? 0 : byte - 1);
  const std::size_t line = before.rfind('\n');
  const auto lines = std::count(before.begin(), before.end(), '\n');
  return InputError(where + ": not valid JSON (line " + std::to_string(lines + 1) + ", column " +
                    std::to_string(before.size() - (line == before.npos ? 0 : line + 1) + 1) +
                    ").");
}

}  // namespace

json ParseJson(std::string_view text, const std::string& where, JsonComments comments) {
  // To the library, a zero ends the text.
  if (const std::size_t zero = text.find('\0'); zero != text.npos)
    throw NotJson(text, where, zero + 1);
  try {
    return json::parse(text, Strictness(where), true, comments == JsonComments::kAllowed);
  } catch (const json::parse_error& error) {
    throw NotJson(text, where, error.byte);
  } catch (const json::out_of_range&) {
    throw InputError(where + ": not valid JSON: a number in it is too large.");
  }
}

json ReadJson(const std::filesystem::path& file) {
  return ParseJson(ReadFile(file, kMostJsonBytes), file.string(), JsonComments::kAllowed);
}

}  // namespace plasticity
