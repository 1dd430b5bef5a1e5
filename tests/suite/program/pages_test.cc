#include "suite/program/pages.h"

#include <catch2/catch.hpp>
#include <filesystem>

#include "suite/base/files.h"
#include "suite/hebbian_rule.h"
#include "suite/readout.h"
#include "suite/scenario.h"
#include "suite/strategy.h"
#include "tests/rules/cells.h"

namespace plasticity {
namespace {

TEST_CASE("the pages of parts are what the program prints") {
  const auto check = [](const std::string& name, const std::string& page) {
    INFO(
        "A part changed what it says of itself. Write its page anew: build/release/plasticity list "
        << name << " --markdown > docs/" << name << ".md");
    CHECK(ReadFile(std::filesystem::path(PLASTICITY_SOURCE_FOLDER) / "docs" / (name + ".md")) ==
          page);
  };
  check("rules", RulePage(Registry<Rule>::Get()));
  check("tasks", TaskPage(Registry<Task>::Get()));
  check("strategies", PartsPage(Registry<Strategy>::Get()));
  check("scenarios", PartsPage(Registry<Scenario>::Get()));
  check("readouts", PartsPage(Registry<Readout>::Get()));
}

class Silent final : public HebbianRule {
 public:
  explicit Silent(Params& params) : HebbianRule(params, 1) {
    params.Real("knob", 0.5, kUnitInterval, "a | b", "volts");
  }
  Plasticity Respond(const Activity& activity) const override {
    return {.post = activity.pre_activation, .decay = {}};
  }
};

TEST_CASE("the page shows all that a rule says") {
  Registry<Rule> registry;
  registry.Add({{.name = "silent",
                 .summary = "Does |nothing|",
                 .formula = "dW = 0",
                 .source = "Nobody 1900",
                 .citation = "nobody1900nothing",
                 .needs_labels = true,
                 .locality = Locality::kLayer,
                 .backward = true,
                 .weight_transport = true,
                 .is_baseline = true,
                 .role = "floor",
                 .trains_head = true,
                 .native = {{"network", "mlp"}},
                 .published = {{"mnist", 0.981, 0.002, "Table 1"}, {"cifar10", 0.5, 0, "Table 2"}}},
                [](Params& params) { return std::make_unique<Silent>(params); }});
  const std::string page = RulePage(registry);
  for (const char* text :
       {"| [silent](#silent) | yes | layer | transport | Does \\|nothing\\| | Nobody 1900 |",
        "Does |nothing|.", "dW = 0", "Nobody 1900 [nobody1900nothing]",
        "needs labels; locality layer; backward pass; weight transport; trains the network's head; "
        "baseline (floor)",
        "`{\"network\":\"mlp\"}`", "mnist 98.10 % ± 0.20 (Table 1)", "cifar10 50.00 % (Table 2)",
        "| knob | 0.5 | 0 to 1 | a \\| b [volts] |"}) {
    CHECK_THAT(page, Catch::Contains(text));
  }
}

}  // namespace
}  // namespace plasticity
