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

bool TellNumbers(const simdjson::dom::array& list, NestedNumbersBuilder& builder) {
  using Type = simdjson::dom::element_type;
  builder.Open();
  for (const simdjson::dom::element item : list) {
    switch (item.type()) {
      case Type::INT64:
        builder.Put(static_cast<double>(std::int64_t(item)), true);
        break;
      case Type::ARRAY:
        if (!TellNumbers(item, builder)) return false;
        break;
      case Type::UINT64:
        builder.Put(static_cast<double>(std::uint64_t(item)), true);
        break;
      case Type::DOUBLE:
        builder.Put(double(item), false);
        break;
      case Type::NULL_VALUE:
        builder.Put(std::numeric_limits<double>::quiet_NaN(), true);
        break;
      default:
        return false;
    }
  }
  builder.Close();
  return builder.fine();
}

// Tells `reader` what simdjson read.
void Tell(const simdjson::dom::element& value, StrictReader& reader) {
  using Type = simdjson::dom::element_type;
  std::string text;
  switch (value.type()) {
    case Type::ARRAY:
      reader.start_array(simdjson::dom::array(value).size());
      for (const simdjson::dom::element item : simdjson::dom::array(value)) Tell(item, reader);
      reader.end_array();
      return;
    case Type::OBJECT:
      reader.start_object(0);
      for (const auto& [key, member] : simdjson::dom::object(value)) {
        reader.key(text = key);
        Tell(member, reader);
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

// A reader of simdjson's that waits for a text: its room, ten times the text's, is kept.
thread_local std::unique_ptr<simdjson::dom::parser> waiting;

std::unique_ptr<simdjson::dom::parser> TakeParser() {
  return waiting ? std::move(waiting) : std::make_unique<simdjson::dom::parser>();
}

// The value of a text that simdjson takes, in a fifth of the time that nlohmann's reader needs.
std::optional<simdjson::dom::element> ReadFast(std::string_view text,
                                               simdjson::dom::parser& parser) {
  simdjson::dom::element value;
  const bool has_room = parser.max_depth() == kMostLevels + 1 && parser.capacity() >= text.size();
  if ((!has_room && parser.allocate(text.size(), kMostLevels + 1) != simdjson::SUCCESS) ||
      parser.parse(text.data(), text.size()).get(value) != simdjson::SUCCESS) {
    return std::nullopt;
  }
  return value;
}

// Whether nlohmann's reader is to judge a text: simdjson lets half a surrogate pass.
bool IsForTheOther(std::string_view text) { return text.find("\\u") != text.npos; }

InputError NotJson(std::string_view text, const std::string& where, std::size_t byte) {
  const std::string_view before = text.substr(0, byte == 0 ? 0 : byte - 1);
  const std::size_t line = before.rfind('\n');
  const auto lines = std::count(before.begin(), before.end(), '\n');
  return InputError(where + ": not valid JSON (line " + std::to_string(lines + 1) + ", column " +
                    std::to_string(before.size() - (line == before.npos ? 0 : line + 1) + 1) +
                    ").");
}

// The value of a text that simdjson is not to judge or does not take: it names no place of an
// error.
json ReadSlowly(std::string_view text, const std::string& where, JsonComments comments) {
  // To the library, a zero ends the text.
  if (const std::size_t zero = text.find('\0'); zero != text.npos)
    throw NotJson(text, where, zero + 1);
  StrictReader reader(where);
  const bool ignore_comments = comments == JsonComments::kAllowed;
  const bool parsed =
      json::sax_parse(text, &reader, json::input_format_t::json, /*strict=*/true, ignore_comments);
  if (!parsed) throw NotJson(text, where, reader.bad_byte());
  return reader.Value();
}

}  // namespace

JsonText::JsonText(std::string_view text, std::string where)
    : where_(std::move(where)), parser_(TakeParser()) {
  std::optional<simdjson::dom::element> root;
  if (!IsForTheOther(text)) root = ReadFast(text, *parser_);
  if (!root) root = ReadFast(ReadSlowly(text, where_, JsonComments::kRefused).dump(), *parser_);
  if (!root) throw InputError(where_ + ": not valid JSON.");
  root_ = std::make_unique<simdjson::dom::element>(*root);
}

JsonText::JsonText(JsonText&& other) noexcept = default;

JsonText::~JsonText() {
  if (parser_) waiting = std::move(parser_);
}

bool JsonText::IsObjectWith(std::string_view key) const {
  return root_->is_object() && root_->at_key(key).error() == simdjson::SUCCESS;
}

json TreeOf(const simdjson::dom::element& value, const std::string& where) {
  StrictReader reader(where);
  Tell(value, reader);
  return reader.Value();
}

std::optional<NestedNumbers> NumbersIn(const simdjson::dom::element& value) {
  if (!value.is_array()) return std::nullopt;
  // Of its slots on the tape a number takes two, and so does a list.
  NestedNumbersBuilder builder(simdjson::dom::array(value).number_of_slots() / 2);
  if (!TellNumbers(value, builder)) return std::nullopt;
  return std::move(builder).Made();
}

json ParseJson(std::string_view text, const std::string& where, JsonComments comments) {
  std::unique_ptr<simdjson::dom::parser> parser = TakeParser();
  std::optional<simdjson::dom::element> value;
  if (!IsForTheOther(text)) value = ReadFast(text, *parser);
  json tree = value ? TreeOf(*value, where) : ReadSlowly(text, where, comments);
  waiting = std::move(parser);
  return tree;
}

json ReadJson(const std::filesystem::path& file) {
  return ParseJson(ReadFile(file, kMostJsonBytes), file.string(), JsonComments::kAllowed);
}

}  // namespace plasticity
