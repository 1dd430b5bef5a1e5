#include "suite/base/store.h"

#include <catch2/catch.hpp>

#include "suite/base/digest.h"
#include "suite/base/error.h"
#include "suite/base/files.h"
#include "tests/reports/sample.h"

namespace plasticity {
namespace {

using Catch::Matchers::Contains;

TEST_CASE("a saved result is found again, under its run_id") {
  const ScratchFolder folder;
  const Result result = SampleResult("oja", 1, 0.5);
  CHECK_FALSE(FindResult(folder.path(), result.run_id));
  SaveResult(result, folder.path() / "deep" / "er");
  const auto file = folder.path() / "deep" / "er" / (result.run_id + ".json");
  CHECK(std::filesystem::exists(file));
  CHECK(ResultPath(folder.path() / "deep" / "er", result.run_id) == file);
  const auto found = FindResult(folder.path() / "deep" / "er", result.run_id);
  REQUIRE(found);
  CHECK(ToJson(*found) == ToJson(result));
  SaveResult(result, folder.path() / "deep" / "er");  // again: replaced, nothing beside it
  CHECK(std::distance(std::filesystem::directory_iterator(file.parent_path()), {}) == 1);
}

TEST_CASE("what no reader would take is not written") {
  const ScratchFolder folder;
  Result result = SampleResult("oja", 1, 0.5);
  result.date = "";
  CHECK_THROWS_WITH(SaveResult(result, folder.path()), Contains("field 'date'"));
  result = SampleResult("oja", 1, 0.5);
  result.request["seed"] = 2;  // and run_id left as it was
  CHECK_THROWS_WITH(SaveResult(result, folder.path()), Contains("field 'run_id'"));
  result = SampleResult("oja", 1, 0.5);
  result.env["os"] = "\xff";
  CHECK_THROWS_WITH(SaveResult(result, folder.path()), Contains("not UTF-8"));
  result.run_id = "../escape";
  CHECK_THROWS_WITH(SaveResult(result, folder.path()), Contains("'../escape' is no run_id"));
  CHECK(std::filesystem::is_empty(folder.path()));
}

TEST_CASE("a file under another cell's name is refused") {
  const ScratchFolder folder;
  const Result result = SampleResult("oja", 1, 0.5);
  SaveResult(result, folder.path());
  const std::string other = "0123456789abcdef";
  std::filesystem::copy(ResultPath(folder.path(), result.run_id), ResultPath(folder.path(), other));
  CHECK_THROWS_WITH(FindResult(folder.path(), other), Contains("holds the cell " + result.run_id));
  CHECK(ToJson(LoadResult(folder.path() / (other + ".json"))) == ToJson(result));
  // What somebody names may be anything: nobody is told to remove it.
  WriteFileAtomically(folder.path() / "words.md", "# words");
  CHECK_THROWS_WITH(LoadResult(folder.path() / "words.md"),
                    Contains("words.md: not valid JSON (line 1, column 1)") && !Contains("Remove"));
}

TEST_CASE("all results are loaded from all subfolders, in one order") {
  const ScratchFolder folder;
  SaveResult(SampleResult("softhebb", 10, 0.5), folder.path() / "b");
  SaveResult(SampleResult("softhebb", 2, 0.5), folder.path() / "c" / "d");
  SaveResult(SampleResult("oja", 3, 0.5), folder.path());
  const auto results = LoadResults(folder.path());
  REQUIRE(results.size() == 3);
  CHECK(results[0].request["rule"]["name"] == "oja");
  CHECK(results[1].request["seed"] == 2);
  CHECK(results[2].request["seed"] == 10);
  CHECK(LoadResults(std::vector{folder.path() / "b", folder.path() / "c"}).size() == 2);
  CHECK(LoadResults(ResultPath(folder.path(), results[0].run_id)).size() == 1);
}

TEST_CASE("JSON files that are no results are passed over") {
  const ScratchFolder folder;
  SaveResult(SampleResult("oja", 1, 0.5), folder.path());
  WriteFileAtomically(folder.path() / "plan.json", R"({"cells": []})");
  WriteFileAtomically(folder.path() / "list.json", "[1, 2]");
  WriteFileAtomically(folder.path() / "leaderboard.md", "# not JSON");
  WriteFileAtomically(folder.path() / "half.json.tmp1", "{");
  CHECK(LoadResults(folder.path()).size() == 1);
}

TEST_CASE("a malformed file is an error that names it") {
  const ScratchFolder folder;
  const Result result = SampleResult("oja", 1, 0.5);
  SaveResult(result, folder.path());
  const auto bad = folder.path() / "sub" / "bad.json";
  SECTION("not JSON") {
    WriteFileAtomically(bad, "{\"schema_version\": 1,");
    CHECK_THROWS_WITH(LoadResults(folder.path()),
                      Contains(bad.string() + ": not valid JSON (line 1, column 22)"));
  }
  SECTION("bare NaN") {
    WriteFileAtomically(bad, "{\"schema_version\": NaN}");
    CHECK_THROWS_WITH(LoadResults(folder.path()), Contains(bad.string() + ": not valid JSON"));
  }
  SECTION("a number beyond a double's range") {
    WriteFileAtomically(bad, "{\"schema_version\": 1e999}");
    CHECK_THROWS_WITH(LoadResults(folder.path()), Contains(bad.string() + ": not valid JSON"));
  }
  SECTION("empty") {
    WriteFileAtomically(bad, "");
    CHECK_THROWS_WITH(LoadResults(folder.path()), Contains(bad.string() + ": not valid JSON"));
  }
  SECTION("a field amiss") {
    WriteFileAtomically(bad, "{\"schema_version\": 1}");
    CHECK_THROWS_WITH(LoadResults(folder.path()), bad.string() + ": field 'run_id' is missing.");
  }
}

TEST_CASE("no folder and no results say what to run") {
  const ScratchFolder folder;
  CHECK_THROWS_WITH(LoadResults(folder.path() / "none"),
                    Contains("no folder") && Contains("none. Run a cell first"));
  CHECK_THROWS_WITH(
      LoadResults(folder.path()),
      Contains("no results in " + folder.path().string()) && Contains("plasticity run --rule"));
}

TEST_CASE("one cell in two folders: the latest is kept, other outcomes are told") {
  const ScratchFolder folder;
  Result result = SampleResult("oja", 1, 0.5);
  SaveResult(result, folder.path() / "a");
  result.date = "2026-02-01T00:00:00Z";
  result.cost.wall_s["total"] = 99;
  SaveResult(result, folder.path() / "b");
  result.date = "2026-01-01T00:00:00Z";
  SaveResult(result, folder.path() / "c");
  std::set<std::string> disputed;
  auto results = LoadResults(folder.path(), &disputed);
  REQUIRE(results.size() == 1);
  CHECK(disputed.empty());
  CHECK(results[0].date == "2026-02-01T00:00:00Z");
  CHECK(LoadResults(std::vector{folder.path() / "a", folder.path() / "a"}).size() == 1);
  result.metrics["accuracy.test"].value = 0.6;
  SaveResult(result, folder.path() / "c");
  results = LoadResults(folder.path(), &disputed);
  REQUIRE(results.size() == 1);
  CHECK(results[0].metrics["accuracy.test"].value == 0.5);  // of b, the latest
  CHECK(disputed == std::set<std::string>{result.run_id});
}

TEST_CASE("an artifact is named by its content") {
  const ScratchFolder folder;
  const Artifact artifact = SaveArtifact(folder.path(), "some bytes", "png", "image/png");
  CHECK(artifact.sha256 == Sha256("some bytes"));
  CHECK(artifact.file == "artifacts/" + artifact.sha256.substr(0, 16) + ".png");
  CHECK(artifact.bytes == 10);
  CHECK(artifact.media_type == "image/png");
  CHECK(ReadFile(folder.path() / artifact.file) == "some bytes");
  CHECK(SaveArtifact(folder.path(), "some bytes", "png", "image/png").file == artifact.file);
  CHECK(SaveArtifact(folder.path(), "other bytes", "png", "image/png").file != artifact.file);
  CHECK(std::distance(std::filesystem::directory_iterator(folder.path() / "artifacts"), {}) == 2);
}

}  // namespace
}  // namespace plasticity
