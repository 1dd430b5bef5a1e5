#include "suite/base/json_text.h"

#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "suite/base/error.h"
#include "suite/base/files.h"
#include "tests/reports/sample.h"

namespace plasticity {
namespace {

using Catch::Matchers::Contains;

std::string Nested(int levels) { return std::string(levels, '[') + std::string(levels, ']'); }

TEST_CASE("JSON is read more strictly than the library reads it") {
  CHECK(ParseJson(R"({"a": [1, {"a": 2}], "b": {"a": 3}})", "here").at("b").at("a") == 3);
  CHECK_THROWS_WITH(ParseJson(R"({"a": {"b": 1, "b": 1}})", "here"),
                    Contains("here: 'b' stands twice"));
  CHECK_NOTHROW(ParseJson(Nested(100), "here"));
  CHECK_THROWS_WITH(ParseJson(Nested(101), "here"), Contains("nested more than 100 deep"));
  CHECK_THROWS_WITH(ParseJson(Nested(1'000'000), "here"), Contains("nested more than 100 deep"));
  CHECK_THROWS_WITH(ParseJson("1e999", "here"), Contains("too large"));
}

TEST_CASE("JSON's values are those that nlohmann's reader makes") {
  for (const char* text : {"null",
                           "true",
                           "0",
                           "-0.0",
                           "17",
                           "-17",
                           "1.5",
                           "1e300",
                           "-4.9e-324",
                           "0.1",
                           "9223372036854775807",
                           "-9223372036854775808",
                           "9223372036854775808",
                           "18446744073709551615",
                           "18446744073709551616",
                           "-9223372036854775809",
                           "123456789012345678901234567890",
                           "\"\"",
                           "\"\\n\\t\\\\\\\"/\"",
                           "\"\\u00e9 \\ud83d\\ude00\"",
                           "\"\xc3\xa9 \xf0\x9f\x98\x80\"",
                           "[]",
                           "{}",
                           "[[], [1, [2.5, null]], {}]",
                           "{\"b\": {\"a\": [1, 2]}, \"a\": \"\", \"\": 0}",
                           " [1]\n",
                           "\xef\xbb\xbf[1]"}) {
    CAPTURE(text);
    const nlohmann::json expected = nlohmann::json::parse(text), value = ParseJson(text, "here");
    CHECK(value == expected);
    CHECK(value.type() == expected.type());
    CHECK(value.dump() == expected.dump());
  }
  for (const char* text : {"\"\\udc00\"", "\"\\ud800\"", "\"\xff\"", "\"\xed\xb0\x80\"", "01", "+1",
                           "1.", ".5", "NaN", "[1,]", "\"\t\"", "1e400"}) {
    CAPTURE(text);
    CHECK_FALSE(nlohmann::json::accept(text));
    CHECK_THROWS_AS(ParseJson(text, "here"), InputError);
  }
}

TEST_CASE("what is no JSON is told by line and column") {
  CHECK_THROWS_WITH(ParseJson("{\n  \"a\": 1,\n  b\n}", "here"),
                    "here: not valid JSON (line 3, column 3).");
  CHECK_THROWS_WITH(ParseJson("", "here"), "here: not valid JSON (line 1, column 1).");
  CHECK_THROWS_WITH(ParseJson("{} 1", "here"), Contains("column 4"));
  CHECK_THROWS_WITH(ParseJson(std::string("{}\0 1", 5), "here"), Contains("column 3"));
}

TEST_CASE("comments stand where people write") {
  CHECK_THROWS_AS(ParseJson("1 // one", "here"), InputError);
  CHECK(ParseJson("1 // one", "here", JsonComments::kAllowed) == 1);
}

TEST_CASE("only files with an end are read") {
  const ScratchFolder folder;
  const auto pipe = folder.path() / "pipe";
  REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
  CHECK_THROWS_WITH(ReadFile(pipe), Contains("it is a pipe"));
  CHECK_THROWS_WITH(ReadFile(folder.path()), Contains("it is a folder"));
  CHECK_THROWS_WITH(ReadFile("/dev/zero"), Contains("it is a device"));
  CHECK_THROWS_WITH(ReadFile(folder.path() / "none"), Contains("no such file"));
  WriteFileAtomically(folder.path() / "file", "12345");
  CHECK_THROWS_WITH(ReadFile(folder.path() / "file", 4), Contains("5 bytes"));
  CHECK(ReadFile(folder.path() / "file", 5) == "12345");
}

TEST_CASE("a text is as strict as its tree, but for keys that stand twice") {
  for (const char* bad :
       {"", "{", "[1] 2", "[1,]", "{\"a\": 01}", "1e999", "\"\\ud800\"", "[1] // one"}) {
    CAPTURE(bad);
    std::string said;
    try {
      ParseJson(bad, "here");
    } catch (const InputError& error) {
      said = error.what();
    }
    CHECK(!said.empty());
    CHECK_THROWS_WITH(JsonText(bad, "here"), said);
  }
  CHECK_THROWS_AS(JsonText(std::string("[1]\0", 4), "here"), InputError);
  const std::string deep(101, '[');
  CHECK_THROWS_WITH(JsonText(deep, "here"), Contains("nested more than 100 deep"));
  const JsonText twice(R"({"a": 1, "a": 2})", "here");
  CHECK(twice.IsObjectWith("a"));
  CHECK_FALSE(twice.IsObjectWith("b"));
  CHECK_THROWS_WITH(TreeOf(twice.root(), "here"), Contains("'a' stands twice"));
}

TEST_CASE("texts that are read at once lie apart") {
  const JsonText first(R"(["\u00e4", -3, 18446744073709551615, 1e30, 2.5, true, null])", "one");
  const JsonText second("[1, [2]]", "two");
  CHECK(TreeOf(first.root(), "one").dump() ==
        "[\"\u00e4\",-3,18446744073709551615,1e+30,2.5,true,null]");
  CHECK(TreeOf(second.root(), "two").dump() == "[1,[2]]");
  CHECK(second.where() == "two");
}

TEST_CASE("lists of numbers are told from what is none") {
  const auto numbers = [](const char* text) {
    const JsonText read(text, "here");
    const std::optional<NestedNumbers> found = NumbersIn(read.root());
    return found ? found->ToJson().dump() : "none";
  };
  CHECK(numbers("[[1], [2, null]]") == "[[1],[2,null]]");
  CHECK(numbers("[]") == "[]");
  CHECK(numbers("[[1, 2.5], []]") == "[[1.0,2.5],[]]");
  for (const char* other : {"[1, \"2\"]", "{\"e\": [3]}", "4", "[1, [2]]", "[[1], 2]", "null"}) {
    CAPTURE(other);
    CHECK(numbers(other) == "none");
  }
}

TEST_CASE("what cannot be written is the user's or the disk's") {
  CHECK_THROWS_AS(WriteFileAtomically("/proc/none/file", "1"), InputError);
  CHECK_THROWS_AS(CannotWrite("file", EISDIR), InputError);
  CHECK_THROWS_WITH(CannotWrite("file", EISDIR), "cannot write file: Is a directory.");
  CHECK_THROWS_AS(CannotWrite("file", ENOSPC), RunError);
}

}  // namespace
}  // namespace plasticity
