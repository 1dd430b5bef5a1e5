#include "suite/base/output_folder.h"

#include <catch2/catch.hpp>
#include <fstream>

#include "suite/base/error.h"
#include "suite/base/files.h"
#include "tests/reports/seen.h"

namespace plasticity {
namespace {

namespace fs = std::filesystem;
using Catch::Matchers::Contains;

std::size_t FilesIn(const fs::path& folder) {
  return static_cast<std::size_t>(
      std::distance(fs::directory_iterator(folder), fs::directory_iterator()));
}

TEST_CASE("an output folder replaces what it wrote, and keeps what others have there") {
  const ScratchFolder scratch;
  const fs::path folder = scratch.path() / "site";
  WriteOutputFolder({{"index.html", "one"}, {"rules/oja.html", "oja"}}, folder, "page");
  CHECK(ReadFile(folder / "rules/oja.html") == "oja");
  fs::create_directory(folder / "drafts");
  std::ofstream(folder / "CNAME") << "mine";
  std::ofstream(folder / "drafts/main.aux") << "mine, too";
  WriteOutputFolder({{"index.html", "two"}}, folder / "", "page");
  CHECK(ReadFile(folder / "index.html") == "two");
  CHECK_FALSE(fs::exists(folder / "rules"));
  CHECK(ReadFile(folder / "CNAME") == "mine");
  CHECK(ReadFile(folder / "drafts/main.aux") == "mine, too");
  CHECK(FilesIn(scratch.path()) == 1);
}

TEST_CASE("an output folder overwrites nothing that it did not write") {
  const ScratchFolder scratch;
  const fs::path folder = scratch.path() / "site";
  WriteOutputFolder({{"main.tex", "one"}, {"b.tex", "b"}}, folder, "page");
  std::ofstream(folder / "CNAME") << "mine";
  CHECK_THROWS_WITH(WriteOutputFolder({{"CNAME", "two"}}, folder, "page"),
                    Contains("CNAME is in the way"));
  std::ofstream(folder / "main.tex") << "my words";
  CHECK_THROWS_WITH(WriteOutputFolder({{"main.tex", "two"}}, folder, "page"),
                    Contains("main.tex was changed since it was written"));
  CHECK(ReadFile(folder / "main.tex") == "my words");
  CHECK(ReadFile(folder / "b.tex") == "b");
  CHECK_THROWS_WITH(WriteOutputFolder({{"main.tex", "two"}}, scratch.path(), "page"),
                    Contains("holds other files already"));
  CHECK_THROWS_AS(WriteOutputFolder({{"a", "three"}}, folder / "main.tex", "page"), InputError);
  CHECK_THROWS_AS(WriteOutputFolder({{"a", "three"}}, folder / "main.tex" / "below", "page"),
                  InputError);
  CHECK(FilesIn(scratch.path()) == 1);
}

TEST_CASE("one verb's output folder is not another's") {
  const ScratchFolder scratch;
  const fs::path folder = scratch.path() / "out";
  CheckOutputFolder(folder, "paper");
  WriteOutputFolder({{"main.tex", "one"}}, folder, "paper");
  CheckOutputFolder(folder, "paper");
  CHECK_THROWS_WITH(CheckOutputFolder(folder, "page"), Contains("holds other files already"));
  CHECK_THROWS_AS(WriteOutputFolder({{"index.html", "two"}}, folder, "page"), InputError);
  CHECK(ReadFile(folder / "main.tex") == "one");
}

}  // namespace
}  // namespace plasticity
