#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace plasticity {

/// What was said of a Result after it was written. A Result is never edited: notes lie beside it,
/// and none is ever taken out.
struct Note {
  std::string date;         ///< ISO 8601 UTC
  std::string kind;         ///< "note", "withdrawn" or "reinstated"
  std::string text;         ///< what a reader must know, or why
  std::string result_date;  ///< Result::date of what it is about: run again, it is another Result
};

/// Where the notes on the Result in `file` lie: 0123456789abcdef.notes.json beside it.
std::filesystem::path NotesPath(const std::filesystem::path& file);

/// Whether a file is called as one of notes is.
bool IsNotesFile(const std::filesystem::path& file);

/// All notes on what the Result's file held, oldest first; none where nothing was said. Throws
/// InputError naming the notes' file and the entry for one that is malformed.
std::vector<Note> ReadNotes(const std::filesystem::path& file);

/// Adds a note to those on the Result in `file`, whole or not at all. Throws InputError for a text
/// that is empty or not UTF-8, and as ReadNotes does.
void AppendNote(const std::filesystem::path& file, const Note& note);

/// The note by which a Result is withdrawn, or null where none is or a later one reinstates it.
const Note* WithdrawalAmong(const std::vector<Note>& notes);

}  // namespace plasticity
