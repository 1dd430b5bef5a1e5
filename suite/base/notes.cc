#include "suite/base/notes.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string_view>
#include <system_error>

#include "suite/base/date.h"
#include "suite/base/error.h"
#include "suite/base/file_lock.h"
#include "suite/base/files.h"

namespace plasticity {
namespace {

using nlohmann::json;
using std::filesystem::path;

constexpr std::string_view kEnding = ".notes.json";

bool IsBlank(const std::string& text) {
  return text.find_first_not_of(" \t\r\n") == std::string::npos;
}

// Why `entry` is no note, or "".
std::string Fault(const json& entry) {
  if (!entry.is_object()) return "is no object";
  for (const char* key : {"date", "kind", "text", "result_date"}) {
    const auto found = entry.find(key);
    if (found == entry.end() || !found->is_string())
      return std::string("has no text '") + key + "'";
  }
  if (entry.size() != 4) return "has more than date, kind, text and result_date";
  const std::string kind = entry["kind"];
  if (kind != "note" && kind != "withdrawn" && kind != "reinstated")
    return "is of the kind '" + kind + "'; there are note, withdrawn and reinstated";
  for (const char* key : {"date", "result_date"}) {
    if (!IsUtc(entry[key])) return std::string("has a '") + key + "' that is no UTC time";
  }
  return IsBlank(entry["text"]) ? "has an empty text" : "";
}

[[noreturn]] void Refuse(const path& file, const std::string& fault) {
  throw InputError(file.string() + ": " + fault +
                   ". Mend the file, a list of {date, kind, text, result_date}, or restore it.");
}

}  // namespace

path NotesPath(const path& file) {
  path notes = file;
  return notes.replace_extension(kEnding);
}

bool IsNotesFile(const path& file) { return file.filename().string().ends_with(kEnding); }

std::vector<Note> ReadNotes(const path& file) {
  const path place = NotesPath(file);
  std::error_code failed;
  if (!std::filesystem::exists(place, failed)) return {};
  const json read = json::parse(ReadFile(place), nullptr, false);
  if (!read.is_array()) Refuse(place, "holds no notes");
  std::vector<Note> notes;
  for (const json& entry : read) {
    const std::string fault = Fault(entry);
    if (!fault.empty()) Refuse(place, "entry " + std::to_string(notes.size() + 1) + " " + fault);
    notes.push_back({entry["date"], entry["kind"], entry["text"], entry["result_date"]});
  }
  return notes;
}

void AppendNote(const path& file, const Note& note) {
  if (IsBlank(note.text)) throw InputError("a note needs a text: say what a reader must know.");
  const path place = NotesPath(file);
  const FileLock lock(place.string() + ".lock", "Name a Result in a folder that can be written.");
  std::vector<Note> notes = ReadNotes(file);
  notes.push_back(note);
  json entries = json::array();
  for (const Note& one : notes) {
    entries.push_back({{"date", one.date},
                       {"kind", one.kind},
                       {"text", one.text},
                       {"result_date", one.result_date}});
  }
  try {
    WriteFileAtomically(place, entries.dump(2) + "\n");
  } catch (const json::type_error&) {
    throw InputError("the note's text is not UTF-8.");
  }
}

const Note* WithdrawalAmong(const std::vector<Note>& notes) {
  const auto last = std::find_if(notes.rbegin(), notes.rend(),
                                 [](const Note& note) { return note.kind != "note"; });
  return last != notes.rend() && last->kind == "withdrawn" ? &*last : nullptr;
}

}  // namespace plasticity
