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
    const Result result = plasticity::ResultFromJson(plasticity::JsonText(text, "input"));
    const nlohmann::json written = plasticity::ToJson(result);
    const std::string copy = written.dump();
    if (plasticity::ToJson(plasticity::ResultFromJson(plasticity::JsonText(copy, "copy"))) !=
        written)
      std::abort();
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
