// What parts cite is in the references, and what rules state as published is what the reports have.
#include <catch2/catch.hpp>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "suite/base/files.h"
#include "suite/rule.h"
#include "suite/strategy.h"

namespace plasticity {
namespace {

using nlohmann::json;

const std::filesystem::path kPublished =
    std::filesystem::path(PLASTICITY_SOURCE_FOLDER) / "reports" / "published";

template <typename Interface>
void CheckCitations(const std::string& references) {
  for (const auto& [name, entry] : Registry<Interface>::Get().entries()) {
    if (entry.info.citation.empty() || entry.info.citation == "test") continue;
    CAPTURE(name, entry.info.citation);
    CHECK(references.find("{" + entry.info.citation + ",\n") != std::string::npos);
  }
}

TEST_CASE("every key that a part cites is in the references") {
  const std::string references = ReadFile(kPublished / "references.bib");
  CheckCitations<Rule>(references);
  CheckCitations<Strategy>(references);
}

TEST_CASE("what a native track is to reproduce is what the rule states") {
  int checked = 0;
  for (const auto& file : std::filesystem::directory_iterator(kPublished)) {
    if (file.path().extension() != ".json") continue;
    const json content = json::parse(ReadFile(file.path()));
    for (const json& number : content.at("numbers")) {
      if (!number.value("native", false)) continue;
      CAPTURE(number.dump());
      bool stated = false;
      const RuleInfo& info = Registry<Rule>::Get().Find(number.at("rule")).info;
      for (const Published& published : info.published) {
        stated = stated || (published.data == number.at("data") &&
                            published.accuracy == number.at("value").get<double>());
      }
      CHECK(stated);
      ++checked;
    }
  }
  CHECK(checked > 5);
}

}  // namespace
}  // namespace plasticity
