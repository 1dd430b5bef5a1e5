#include "suite/base/notes.h"

#include <catch2/catch.hpp>
#include <filesystem>

#include "suite/base/error.h"
#include "suite/base/files.h"
#include "suite/base/store.h"
#include "tests/reports/sample.h"

namespace plasticity {
namespace {

using Catch::Matchers::Contains;

Note Said(const std::string& kind, const std::string& text, const Result& of) {
  return {"2026-02-01T08:00:00Z", kind, text, of.date};
}

TEST_CASE("notes are kept beside a Result, which is never touched") {
  const ScratchFolder folder;
  const Result result = SampleResult("oja", 1, 0.5);
  SaveResult(result, folder.path());
  const auto file = ResultPath(folder.path(), result.run_id);
  const std::string before = ReadFile(file);
  CHECK(ReadNotes(file).empty());
  AppendNote(file, Said("note", "ran on a busy machine", result));
  AppendNote(file, Said("withdrawn", "a wrong split", result));
  CHECK(ReadFile(file) == before);
  CHECK(NotesPath(file).filename() == result.run_id + ".notes.json");
  const std::vector<Result> found = LoadResults(folder.path());  // notes are no Results
  REQUIRE(found.size() == 1);
  REQUIRE(found[0].notes.size() == 2);
  CHECK(Withdrawal(found[0])->text == "a wrong split");
  CHECK(ToJson(found[0]) == ToJson(result));
  AppendNote(file, Said("reinstated", "the split was right", result));
  const Result again = *FindResult(folder.path(), result.run_id);
  CHECK(Withdrawal(again) == nullptr);
  CHECK(again.notes.size() == 3);  // none is lost
}

TEST_CASE("a cell that is run again is another Result, and its notes are of the first") {
  const ScratchFolder folder;
  Result result = SampleResult("oja", 1, 0.5);
  SaveResult(result, folder.path());
  const auto file = ResultPath(folder.path(), result.run_id);
  AppendNote(file, Said("withdrawn", "a wrong split", result));
  result.date = "2026-03-01T00:00:00Z";
  SaveResult(result, folder.path());
  CHECK(FindResult(folder.path(), result.run_id)->notes.empty());
  CHECK(ReadNotes(file).size() == 1);
}

TEST_CASE("of two copies of one Result the one of which more was said counts") {
  const ScratchFolder folder;
  const Result result = SampleResult("oja", 1, 0.5);
  for (const char* place : {"a", "b", "c"}) SaveResult(result, folder.path() / place);
  AppendNote(ResultPath(folder.path() / "b", result.run_id), Said("withdrawn", "why", result));
  const std::vector<Result> found = LoadResults(folder.path());
  REQUIRE(found.size() == 1);
  CHECK(Withdrawal(found[0]) != nullptr);
}

TEST_CASE("damaged notes are an error that names file and entry") {
  const ScratchFolder folder;
  const Result result = SampleResult("oja", 1, 0.5);
  SaveResult(result, folder.path());
  const auto file = ResultPath(folder.path(), result.run_id);
  const auto refused = [&](const std::string& content, const std::string& what) {
    WriteFileAtomically(NotesPath(file), content);
    CHECK_THROWS_WITH(LoadResults(folder.path()),
                      Contains(result.run_id + ".notes.json") && Contains(what));
    CHECK_THROWS_AS(AppendNote(file, Said("note", "more", result)), InputError);
    CHECK(ReadFile(NotesPath(file)) == content);
  };
  refused("[", "holds no notes");
  refused("{}", "holds no notes");
  refused("[1]", "entry 1 is no object");
  refused(R"([{"date": "2026-02-01T08:00:00Z", "kind": "note", "text": "x"}])",
          "has no text 'result_date'");
  const std::string dates =
      R"("date": "2026-02-01T08:00:00Z", "result_date": ")" + result.date + "\"";
  refused("[{" + dates + R"(, "kind": "gone", "text": "x"}])", "of the kind 'gone'");
  refused("[{" + dates + R"(, "kind": "note", "text": " "}])", "empty text");
  refused("[{" + dates + R"(, "kind": "note", "text": "x", "by": "me"}])", "more than");
  refused(R"([{"date": "monday", "kind": "note", "text": "x", "result_date": ""}])",
          "'date' that is no UTC time");
}

TEST_CASE("a note without a text, or not in UTF-8, is not written") {
  const ScratchFolder folder;
  const Result result = SampleResult("oja", 1, 0.5);
  SaveResult(result, folder.path());
  const auto file = ResultPath(folder.path(), result.run_id);
  CHECK_THROWS_WITH(AppendNote(file, Said("note", " \n", result)), Contains("needs a text"));
  CHECK_THROWS_WITH(AppendNote(file, Said("note", "\xff", result)), Contains("not UTF-8"));
  CHECK(std::distance(std::filesystem::directory_iterator(folder.path()), {}) == 1);
}

}  // namespace
}  // namespace plasticity
