// The small JSON files beside Results: notes and gates; and JSON of any kind.
#include "reports/compare.h"
#include "suite/base/json_text.h"
#include "suite/base/notes.h"
#include "tests/fuzz/fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const plasticity::testing::MemoryFolder folder;
  const std::string text = plasticity::testing::Text(data, size);
  const std::filesystem::path file = folder.Write("0123456789abcdef.json", text);
  const std::filesystem::path notes = plasticity::NotesPath(file);
  folder.Write(notes.filename().string(), text);
  plasticity::testing::Try([&] { plasticity::ReadJson(file); });
  plasticity::testing::Try([&] { plasticity::ReadGate(file); });
  plasticity::testing::Try([&] { plasticity::ReadNotes(file); });
  return 0;
}
