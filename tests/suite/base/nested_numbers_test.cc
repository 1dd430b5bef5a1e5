#include "suite/base/nested_numbers.h"

#include <catch2/catch.hpp>
#include <limits>
#include <stdexcept>

#include "suite/base/error.h"

namespace plasticity {
namespace {

using nlohmann::json;

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

TEST_CASE("lists of any depth come back as they were") {
  for (const char* text :
       {"[]", "[1,2]", "[0.5,null]", "[[1,2],[3]]", "[[],[0.25]]", "[[[1],[2,3]],[[4]]]", "7",
        "[-3]", "[1.0]", "[[]]", "[1e300]", "[9007199254740991]", "[0,65535]", "[65535,65536]",
        "[1,null,2]", "[1,-1]", "[[1],[null]]"}) {
    CAPTURE(text);
    const NestedNumbers numbers = json::parse(text);
    CHECK(numbers.ToJson().dump() == json::parse(text).dump());
  }
  CHECK(NestedNumbers(json::parse("[1, 0.5]")).ToJson().dump() == "[1.0,0.5]");  // of one kind
  // Beyond what a double holds exactly no number is written as if it were exact.
  CHECK(NestedNumbers(json::parse("[18446744073709551615]")).ToJson()[0].is_number_float());
}

TEST_CASE("their shape is known without looking at them") {
  const NestedNumbers numbers = {{1, 2, 3}, {4, 5, 6}};
  CHECK(numbers.depth() == 2);
  CHECK(numbers.size() == 2);
  CHECK(numbers.extents() == std::vector<std::size_t>{2, 3});
  CHECK(numbers.flat() == std::vector<double>{1, 2, 3, 4, 5, 6});
  CHECK(numbers.Rows() == std::vector<std::vector<double>>{{1, 2, 3}, {4, 5, 6}});
  CHECK(NestedNumbers().Rows().empty());
  CHECK_THROWS_AS(NestedNumbers({1.5}).Rows(), std::logic_error);
}

TEST_CASE("what is not known is the same as what is not known") {
  CHECK(NestedNumbers({0.5, kNan}) == NestedNumbers({0.5, nullptr}));
  CHECK_FALSE(NestedNumbers({0.5, kNan}) == NestedNumbers({0.5, 0.5}));
  CHECK_FALSE(NestedNumbers({{1, 2}}) == NestedNumbers({1, 2}));
  CHECK(NestedNumbers({1, 2}) == NestedNumbers({1.0, 2.0}));
}

TEST_CASE("a list grows") {
  NestedNumbers numbers;
  numbers.push_back(1);
  numbers.push_back(kNan);
  CHECK(numbers.ToJson().dump() == "[1.0,null]");
  NestedNumbers counts = {3, 4};
  counts.push_back(0.5);
  CHECK(counts.flat() == std::vector<double>{3, 4, 0.5});
}

TEST_CASE("numbers of different depth, and what is none, are refused") {
  for (const char* text : {"[1,[2]]", "[[1],2]", "[[1],[[2]]]", "[\"1\"]", "{}", "[true]"}) {
    CAPTURE(text);
    CHECK_THROWS_AS(NestedNumbers(json::parse(text)), InputError);
  }
}

}  // namespace
}  // namespace plasticity
