#include "suite/program/pages.h"

#include <fmt/format.h>

#include <cctype>
#include <cstring>
#include <map>
#include <string>
#include <vector>

namespace plasticity {
namespace {

constexpr const char* kIntroduction =
    R"(# Rules

What each rule says of itself: this page is what `plasticity list rules --markdown` prints. `plasticity describe RULE` says
the same of one rule, `plasticity check RULE` tests it, and `--set rule.NAME=VALUE` sets a parameter.

**Labels**: whether a rule is handed any. **Locality**, how far a weight's change looks: *local*, its layer's input, units
and their competition; *layer*, a loss of one block, beyond which no gradient goes; *global*, the whole network; *none*,
nothing is learned. **Backward**: whether errors or gradients reach a block through the blocks behind it, and with
*transport*, through their forward weights themselves. [check.md](check.md) says how `check` holds a rule to these.

)";

constexpr const char* kAboutTasks =
    R"(# Tasks

What each task says of itself: this page is what `plasticity list tasks --markdown` prints. `plasticity run --rule RULE --task
TASK` runs one, `--set task.NAME=VALUE` sets a parameter. The first metric is the one that boards rank by; a name that ends in
`*` stands for several. The file `tasks/TASK.cc` opens with the protocol and its source.

)";

// Text that may stand in a table's cell.
std::string TableCell(const std::string& text) {
  std::string cell;
  for (const char letter : text) {
    if (letter == '|') cell += '\\';
    cell += letter;
  }
  return cell;
}

std::string Traits(const RuleInfo& info) {
  return fmt::format(
      "{}; locality {}; {}{}{}{}", info.needs_labels ? "needs labels" : "needs no labels",
      LocalityName(info.locality), info.backward ? "backward pass" : "no backward pass",
      info.weight_transport ? "; weight transport" : "",
      info.trains_head ? "; trains the network's head" : "",
      !info.is_baseline   ? ""
      : info.role.empty() ? "; baseline"
                          : fmt::format("; baseline ({})", info.role));
}

std::string Row(const ParamInfo& param, bool with_default) {
  return fmt::format("| {} |{} {} | {}{} |\n", param.name,
                     with_default ? " " + TableCell(param.default_value.dump()) + " |" : "",
                     TableCell(param.Allowed()), TableCell(param.doc),
                     param.unit.empty() ? "" : fmt::format(" [{}]", param.unit));
}

// Parameters that several rules declare in the same words, such as those of the Hebbian engine:
// explained once, by what they say.
using Shared = std::map<std::string, ParamInfo>;

Shared SharedParameters(const Registry<Rule>& registry) {
  constexpr int kSeveral = 3;
  std::map<std::string, int> counts;
  Shared shared;
  for (const std::string& name : registry.Names()) {
    for (const ParamInfo& param : registry.Parameters(name)) {
      const std::string row = Row(param, false);
      if (++counts[row] == kSeveral) shared[row] = param;
    }
  }
  return shared;
}

std::string Section(const RuleInfo& info, const std::vector<ParamInfo>& parameters,
                    const Shared& shared) {
  std::string section =
      fmt::format("## {}\n\n{}.\n\n```\n{}\n```\n\n- Source: {}{}\n- Traits: {}\n", info.name,
                  info.summary, info.formula, info.source,
                  info.citation.empty() ? "" : fmt::format(" [{}]", info.citation), Traits(info));
  if (!info.native.empty()) section += fmt::format("- Native settings: `{}`\n", info.native.dump());
  for (const Published& published : info.published) {
    section +=
        fmt::format("- Published: {} {:.2f} %{} ({})\n", published.data, published.accuracy * 100,
                    published.spread > 0 ? fmt::format(" ± {:.2f}", published.spread * 100) : "",
                    published.source);
  }
  std::string own, defaults;
  for (const ParamInfo& param : parameters) {
    if (shared.count(Row(param, false)) == 0) {
      own += Row(param, true);
    } else {
      defaults += fmt::format("{}{} = {}", defaults.empty() ? "" : ", ", param.name,
                              param.default_value.dump());
    }
  }
  if (!defaults.empty())
    section += fmt::format("- [Shared parameters](#shared-parameters): `{}`\n", defaults);
  if (own.empty()) return section;
  return section + "\n| parameter | default | range | meaning |\n| --- | --- | --- | --- |\n" + own;
}

// The anchors that Markdown's renderers give headings: signs are left out, and of equal ones the
// later are counted.
std::vector<std::string> Anchors(const std::vector<std::string>& headings) {
  std::map<std::string, int> known;
  std::vector<std::string> anchors;
  for (std::string anchor : headings) {
    std::erase_if(anchor, [](char c) { return std::strchr("+*/.()", c) != nullptr; });
    const int count = known[anchor]++;
    anchors.push_back(count == 0 ? anchor : fmt::format("{}-{}", anchor, count));
  }
  return anchors;
}

}  // namespace

std::string RulePage(const Registry<Rule>& registry) {
  std::string page = kIntroduction;
  page += "| rule | labels | locality | backward | what it does | source |\n";
  page += "| --- | --- | --- | --- | --- | --- |\n";
  for (const auto& [name, entry] : registry.entries()) {
    const RuleInfo& info = entry.info;
    page += fmt::format("| [{0}](#{0}) | {1} | {2} | {3} | {4} | {5} |\n", name,
                        info.needs_labels ? "yes" : "no", LocalityName(info.locality),
                        !info.backward          ? "no"
                        : info.weight_transport ? "transport"
                                                : "yes",
                        TableCell(info.summary), TableCell(info.source));
  }
  const Shared shared = SharedParameters(registry);
  for (const auto& [name, entry] : registry.entries())
    page += "\n" + Section(entry.info, registry.Parameters(name), shared);
  if (shared.empty()) return page;
  page += "\n## Shared parameters\n\n";
  page += "| parameter | range | meaning |\n| --- | --- | --- |\n";
  for (const auto& [row, param] : shared) page += row;
  return page;
}

std::string TaskPage(const Registry<Task>& registry) {
  std::string page = kAboutTasks;
  page += "| task | what it does |\n| --- | --- |\n";
  for (const auto& [name, entry] : registry.entries())
    page += fmt::format("| [{0}](#{0}) | {1} |\n", name, TableCell(entry.info.summary));
  for (const auto& [name, entry] : registry.entries()) {
    const TaskInfo& info = entry.info;
    page += fmt::format(
        "\n## {}\n\n{}. Version {}. Common track: `{}`.\n\n| metric | unit | what it is |\n"
        "| --- | --- | --- |\n",
        name, info.summary, info.version, info.common.dump());
    for (const MetricInfo& metric : info.metrics) {
      page += fmt::format("| {} | {} | {}{} |\n", metric.name, metric.unit,
                          TableCell(metric.definition),
                          metric.higher_is_better ? "" : "; lower is better");
    }
    page += "\n| parameter | default | range | meaning |\n| --- | --- | --- | --- |\n";
    for (const ParamInfo& param : registry.Parameters(name)) page += Row(param, true);
  }
  return page;
}

std::string PartsPage(const KindRegistry& registry) {
  const std::string plural(registry.kind().plural);
  std::string page = fmt::format(
      "# {0}{1}\n\nWhat each says of itself: this page is what `plasticity list {2} --markdown` "
      "prints. `plasticity describe NAME` says the same of one.\n\n",
      static_cast<char>(std::toupper(plural.front())), plural.substr(1), plural);
  const std::vector<std::string> names = registry.Names();
  const std::vector<std::string> anchors = Anchors(names);
  page += fmt::format("| {} |", registry.kind().name);
  std::string rule = "| --- |";
  for (const Fact& column : registry.Columns(names.front())) {
    page += fmt::format(" {} |", column.label);
    rule += " --- |";
  }
  page += "\n" + rule + "\n";
  for (std::size_t i = 0; i < names.size(); ++i) {
    page += fmt::format("| [{}](#{}) |", names[i], anchors[i]);
    for (const Fact& column : registry.Columns(names[i]))
      page += " " + TableCell(column.text) + " |";
    page += "\n";
  }
  for (const std::string& name : names) {
    page += fmt::format("\n## {}\n\n", name);
    for (const Fact& fact : registry.Facts(name))
      page += fact.label == name ? fact.text + ".\n\n"
                                 : fmt::format("- {}: {}\n", fact.label, fact.text);
    const std::vector<ParamInfo> parameters = registry.Parameters(name);
    if (parameters.empty()) continue;
    page += "\n| parameter | default | range | meaning |\n| --- | --- | --- | --- |\n";
    for (const ParamInfo& param : parameters) page += Row(param, true);
  }
  return page;
}

}  // namespace plasticity
