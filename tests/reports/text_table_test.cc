#include "reports/text_table.h"

#include <catch2/catch.hpp>

namespace plasticity {
namespace {

TEST_CASE("display width counts columns, not bytes") {
  CHECK(DisplayWidth("abc") == 3);
  CHECK(DisplayWidth("±…é") == 3);
  CHECK(DisplayWidth("e\u0301") == 1);
  CHECK(DisplayWidth("学习") == 4);
  CHECK(DisplayWidth("\xff\xfe") == 2);
  CHECK(Shortened("学习规则", 5) == "学习…");
  CHECK(Shortened("short", 5) == "short");
  CHECK(Padded("±", 3) == "±  ");
  CHECK(Printable("a\tb\xff\u202e") == "a b??");
  CHECK(Wrapped("a bb 95 % ccc", 7) == std::vector<std::string>{"a bb", "95 %", "ccc"});
  CHECK(Wrapped("", 7) == std::vector<std::string>{""});
}

}  // namespace
}  // namespace plasticity
