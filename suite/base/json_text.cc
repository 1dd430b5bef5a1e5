#include "suite/base/json_text.h"

#include <simdjson.h>

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>
#include <vector>

#include "suite/base/error.h"
#include "suite/base/files.h"

namespace plasticity {
namespace {

using nlohmann::json;

constexpr std::size_t kMostLevels = 100;

// Builds the value of a text from what a reader tells, in the SAX form of nlohmann's; throws
// InputError at what readers would let pass.
class StrictReader {
 public:
  explicit StrictReader(const std::string& where) : where_(where) {}

  json Value() { return std::move(value_); }

  bool null() { return Put(nullptr); }
  bool boolean(bool value) { return Put(value); }
  bool number_integer(json::number_integer_t value) { return Put(value); }
  bool number_unsigned(json::number_unsigned_t value) { return Put(value); }
  bool number_float(json::number_float_t value, const std::string& /*text*/) { return Put(value); }
  bool string(std::string& value) { return Put(std::move(value)); }
  bool binary(json::binary_t& /*value*/) { return false; }  // no JSON text has one

  bool start_object(std::size_t /*size*/) { return Open(json::object()); }
  bool start_array(std::size_t size) {
    Open(json::array());
    if (size != kUnknown) open_.back()->get_ref<json::array_t&>().reserve(size);
    return true;
  }
  bool end_object() { return Close(); }
  bool end_array() { return Close(); }

  bool key(std::string& name) {
    auto& members = open_.back()->get_ref<json::object_t&>();
    const std::size_t before = members.size();
    const auto member = members.try_emplace(members.end(), std::move(name));  // most are sorted
    if (members.size() == before) {
      throw InputError(where_ + ": '" + member->first +
                       "' stands twice in one object. Leave out one of them.");
    }
    member_ = &member->second;
    return true;
  }

  bool parse_error(std::size_t byte, const std::string& /*token*/, const json::exception& error) {
    if (dynamic_cast<const json::out_of_range*>(&error) != nullptr) {
      throw InputError(where_ + ": not valid JSON: a number in it is too large.");
    }
    bad_byte_ = byte;
    return false;
  }

  std::size_t bad_byte() const { return bad_byte_; }

 private:
  // The value's place: the key's, behind a list's last, or the whole.
  json& Place(json&& value) {
    if (open_.empty()) return value_ = std::move(value);
    if (open_.back()->is_object()) return *member_ = std::move(value);
    auto& items = open_.back()->get_ref<json::array_t&>();
    return items.emplace_back(std::move(value));
  }

  template <typename Value>
  bool Put(Value&& value) {
    Place(json(std::forward<Value>(value)));
    return true;
  }

  static constexpr auto kUnknown = static_cast<std::size_t>(-1);  // how nlohmann's reader says it

  bool Open(json&& empty) {
    if (open_.size() >= kMostLevels) {
      throw InputError(where_ + ": lists and objects are nested more than " +
                       std::to_string(kMostLevels) + " deep.");
    }
    open_.push_back(&Place(std::move(empty)));
    return true;
  }

  bool Close() {
    open_.pop_back();
    return true;
  }

  const std::string& where_;
  json value_;
  std::vector<json*> open_;  // the lists and objects around what comes next, outermost first
  json* member_ = nullptr;   // the place of the last key
  std::size_t bad_byte_ = 0;
};

bool TellNumbers(const simdjson::dom::element& value, NestedNumbersBuilder& builder) {
  using Type = simdjson::dom::element_type;
  switch (value.type()) {
    case Type::ARRAY:
      builder.Open();
      for (const simdjson::dom::element item : simdjson::dom::array(value)) {
        if (!TellNumbers(item, builder)) return false;
      }
      builder.Close();
      break;
    case Type::INT64:
      builder.Put(static_cast<double>(std::int64_t(value)), true);
      break;
    case Type::UINT64:
      builder.Put(static_cast<double>(std::uint64_t(value)), true);
      break;
    case Type::DOUBLE:
      builder.Put(double(value), false);
      break;
    case Type::NULL_VALUE:
      builder.Put(std::numeric_limits<double>::quiet_NaN(), true);
      break;
    default:
      return false;
  }
  return builder.fine();
}

// What of a text is laid aside, below some object of it.
struct Below {
  NumbersAside* aside = nullptr;  // null: nothing
  std::size_t level = 0;          // of the object's keys in the path
  std::string key;                // that "*" stood for

  // The same below the object's member.
  Below At(std::string_view name) const {
    if (aside == nullptr || level >= aside->path.size()) return {};
    const std::string& wanted = aside->path[level];
    if (wanted != "*" && wanted != name) return {};
    return {aside, level + 1, wanted == "*" ? std::string(name) : key};
  }

  bool Take(const simdjson::dom::element& value) const {
    if (aside == nullptr || level < aside->path.size() || !value.is_array()) return false;
    // Of its slots on the tape a number takes two, and so does a list.
    NestedNumbersBuilder builder(simdjson::dom::array(value).number_of_slots() / 2);
    if (!TellNumbers(value, builder)) return false;  // whoever reads on says what is wrong
    aside->found[key] = std::move(builder).Made();
    return true;
  }
};

// Tells `reader` what simdjson read.
void Tell(const simdjson::dom::element& value, StrictReader& reader, const Below& below) {
  using Type = simdjson::dom::element_type;
  std::string text;
  if (below.Take(value)) {
    reader.null();
    return;
  }
  switch (value.type()) {
    case Type::ARRAY:
      reader.start_array(simdjson::dom::array(value).size());
      for (const simdjson::dom::element item : simdjson::dom::array(value)) Tell(item, reader, {});
      reader.end_array();
      return;
    case Type::OBJECT:
      reader.start_object(0);
      for (const auto& [key, member] : simdjson::dom::object(value)) {
        reader.key(text = key);
        Tell(member, reader, below.At(key));
      }
      reader.end_object();
      return;
    case Type::INT64:
      if (const std::int64_t number = value; number < 0) {
        reader.number_integer(number);
      } else {
        reader.number_unsigned(static_cast<std::uint64_t>(number));
      }
      return;
    case Type::UINT64:
      reader.number_unsigned(std::uint64_t(value));
      return;
    case Type::DOUBLE:
      reader.number_float(double(value), text);
      return;
    case Type::STRING:
      reader.string(text = std::string_view(value));
      return;
    case Type::BOOL:
      reader.boolean(bool(value));
      return;
    case Type::NULL_VALUE:
      reader.null();
      return;
  }
}

// The value of a text that simdjson takes, in a fifth of the time that nlohmann's reader needs;
// nothing where that is to read it: simdjson names no place of an error, and lets half a surrogate
// pass.
std::optional<json> ReadFast(std::string_view text, const std::string& where, NumbersAside* aside) {
  if (text.find("\\u") != text.npos) return std::nullopt;
  thread_local simdjson::dom::parser parser;  // its room, ten times the text, is kept for the next
  simdjson::dom::element value;
  const bool has_room = parser.max_depth() == kMostLevels + 1 && parser.capacity() >= text.size();
  if ((!has_room && parser.allocate(text.size(), kMostLevels + 1) != simdjson::SUCCESS) ||
      parser.parse(text.data(), text.size()).get(value) != simdjson::SUCCESS) {
    return std::nullopt;
  }
  StrictReader reader(where);
  Tell(value, reader, {.aside = aside, .level = 0, .key = ""});
  return reader.Value();
}

InputError NotJson(std::string_view text, const std::string& where, std::size_t byte) {
  const std::string_view before = text.substr(0, byte == 0 ? 0 : byte - 1);
  const std::size_t line = before.rfind('\n');
  const auto lines = std::count(before.begin(), before.end(), '\n');
  return InputError(where + ": not valid JSON (line " + std::to_string(lines + 1) + ", column " +
                    std::to_string(before.size() - (line == before.npos ? 0 : line + 1) + 1) +
                    ").");
}

}  // namespace

json ParseJson(std::string_view text, const std::string& where, JsonComments comments,
               NumbersAside* aside) {
  // To the library, a zero ends the text.
  if (const std::size_t zero = text.find('\0'); zero != text.npos)
    throw NotJson(text, where, zero + 1);
  if (std::optional<json> value = ReadFast(text, where, aside)) return *std::move(value);
  StrictReader reader(where);
  const bool ignore_comments = comments == JsonComments::kAllowed;
  const bool parsed =
      json::sax_parse(text, &reader, json::input_format_t::json, /*strict=*/true, ignore_comments);
  if (!parsed) throw NotJson(text, where, reader.bad_byte());
  return reader.Value();
}

json ReadJson(const std::filesystem::path& file) {
  return ParseJson(ReadFile(file, kMostJsonBytes), file.string(), JsonComments::kAllowed);
}

}  // namespace plasticity
