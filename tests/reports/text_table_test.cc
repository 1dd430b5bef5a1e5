#include "reports/text_table.h"

#include <catch2/catch.hpp>
#include <set>

#include "reports/narrow.h"

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

TEST_CASE("labels are shortened as far as they stay apart") {
  Table table;
  table.columns = {{.key = "row", .heading = "rule"}, {.key = "text", .heading = "text"}};
  for (const char* label : {"mine beta=0.3 push=false", "mine beta=0.3 push=true", "another one"}) {
    TableRow row;
    row.cells = {TableCell(label), TableCell(std::string(70, 'x'))};
    table.rows.push_back(row);
  }
  Narrow(table, 80);
  std::set<std::string> labels;
  for (const TableRow& row : table.rows) labels.insert(std::get<std::string>(row.cells[0]));
  CHECK(labels ==
        std::set<std::string>{"mine beta=0.3 push=f…", "mine beta=0.3 push=t…", "another one"});
}

}  // namespace
}  // namespace plasticity
