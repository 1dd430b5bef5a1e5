#include "reports/text_table.h"

#include <catch2/catch.hpp>
#include <set>

#include "reports/format.h"
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

std::vector<std::string> TextsOf(const std::string& unit, const std::vector<Number>& numbers) {
  Table table;
  table.columns = {{.key = "x", .heading = "x", .unit = unit}};
  for (const Number& number : numbers) table.rows.emplace_back().cells = {TableCell(number)};
  return ColumnTexts(table, 0);
}

TEST_CASE("a column's numbers have one count of decimals, unless the least would say too little") {
  using Texts = std::vector<std::string>;
  CHECK(TextsOf("dB", {{.value = 18.663}, {.value = 9.5, .spread = 0.0864}}) ==
        Texts{"18.66", " 9.50 ± 0.09"});
  CHECK(TextsOf("dB", {{.value = 0.5459, .has_sign = true}, {.value = -0.02, .has_sign = true}}) ==
        Texts{"+0.546", "-0.020"});
  CHECK(TextsOf("dB", {{.value = 1.5, .has_sign = true}, {.value = -0.001, .has_sign = true}}) ==
        Texts{"+1.50", " 0.00"});
  CHECK(TextsOf("", {{.value = 3}, {.value = 12}}) == Texts{" 3", "12"});
  CHECK(TextsOf("nats", {{.value = 20}, {.value = 0.00123}}) == Texts{"     20", "0.00123"});
  CHECK(TextsOf("fraction", {{.value = 0.5}, {.value = 0.12345}}) == Texts{"50.0", "12.3"});
}

}  // namespace
}  // namespace plasticity
