// Results: what is read as one is written and read as the same, and views take it.
#include <cstdlib>

#include "reports/layout.h"
#include "reports/writer.h"
#include "suite/base/json_text.h"
#include "suite/base/result.h"
#include "tests/fuzz/fuzz.h"

using plasticity::Result;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text = plasticity::testing::Text(data, size);
  plasticity::testing::Try([&] {
    plasticity::NumbersAside values{.path = {"records", "*", "values"}, .found = {}};
    nlohmann::json content = plasticity::ParseJson(
        text, "input", plasticity::JsonComments::kRefused, &values);  // as the store does
    const Result result = plasticity::ResultFromJson(std::move(content), "input", values.found);
    const nlohmann::json written = plasticity::ToJson(result);
    const Result plain = plasticity::ResultFromJson(plasticity::ParseJson(text, "input"), "input");
    if (plasticity::ToJson(plain) != written) std::abort();
    if (plasticity::ToJson(plasticity::ResultFromJson(written, "copy")) != written) std::abort();
    const plasticity::ResultSet set({result});
    for (const auto& [name, layout] : plasticity::Layouts()) {
      plasticity::testing::Try([&, &name = name] {
        const std::vector<plasticity::Table> tables = plasticity::TablesIfAny(name, set);
        for (const char* format : {"terminal", "markdown", "latex", "csv", "json", "html"})
          if (!tables.empty()) plasticity::WriterNamed(format)->Write(tables, {});
      });
    }
  });
  return 0;
}
