#include "reports/published.h"

#include <algorithm>

#include "reports/words.h"
#include "suite/base/kinds.h"

namespace plasticity {
namespace {

using nlohmann::json;

PublishedNumber NumberFrom(const json& facts) {
  PublishedNumber number;
  const auto text = [&](const char* key) { return facts.value(key, std::string()); };
  number.method = text("method");
  number.rule = text("rule");
  number.strategy = text("strategy");
  number.task = text("task");
  number.data = text("data");
  number.metric = text("metric");
  number.value = facts.at("value").get<double>();
  if (facts.contains("spread")) number.spread = facts["spread"].get<double>();
  number.spread_kind = text("spread_kind");
  if (facts.contains("seeds")) number.seeds = facts["seeds"].get<int>();
  number.network = text("network");
  number.protocol = text("protocol");
  number.source = text("source");
  number.citation = text("citation");
  number.native = facts.value("native", false);
  if (facts.contains("conditions")) facts["conditions"].get_to(number.conditions);
  number.facts = facts;
  return number;
}

std::vector<PublishedNumber> ReadAll() {
  std::vector<PublishedNumber> numbers;
  for (const auto& [name, text] : PublishedFiles()) {
    if (!name.ends_with(".json")) continue;
    json shared = json::parse(text);
    const json own = shared.at("numbers");
    shared.erase("numbers");
    shared.erase("published_version");
    for (const json& number : own) {
      json facts = shared;
      facts.update(number);
      numbers.push_back(NumberFrom(facts));
    }
  }
  return numbers;
}

// Whether the number is of a rule, and the strategy, of one of the board's rows.
bool IsOnBoard(const PublishedNumber& number, const Board& board) {
  const std::string absent(KindNamed("strategy").absent);
  const std::string strategy = number.strategy.empty() ? absent : number.strategy;
  return std::any_of(board.rows.begin(), board.rows.end(), [&](const Row& row) {
    const std::string own = TextAt(row.parts, {"strategy", "name"});
    return row.rule() == number.rule && (own.empty() ? absent : own) == strategy;
  });
}

bool Fits(const PublishedNumber& number, const Board& board) {
  const json conditions = board.conditions.flatten();
  return std::all_of(number.conditions.begin(), number.conditions.end(), [&](const auto& one) {
    std::string path = "/" + one.first;
    std::replace(path.begin(), path.end(), '.', '/');
    return conditions.contains(path) && conditions[path] == one.second;
  });
}

}  // namespace

const std::vector<PublishedNumber>& PublishedNumbers() {
  static const std::vector<PublishedNumber> numbers = ReadAll();
  return numbers;
}

std::vector<PublishedNumber> PublishedFor(const Board& board, const std::string& metric,
                                          bool higher_is_better) {
  std::vector<PublishedNumber> found;
  for (const PublishedNumber& number : PublishedNumbers()) {
    const bool of_board =
        number.task == board.task && number.data == board.data && number.metric == metric;
    if (of_board && IsOnBoard(number, board) && Fits(number, board)) found.push_back(number);
  }
  std::stable_sort(found.begin(), found.end(), [&](const auto& a, const auto& b) {
    return higher_is_better ? a.value > b.value : a.value < b.value;
  });
  return found;
}

std::vector<PublishedNumber> NativeNumbers(const Board& board, const Row& row) {
  std::vector<PublishedNumber> numbers;
  for (const PublishedNumber& number : PublishedNumbers()) {
    const bool same = number.native && number.task == board.task && number.data == board.data &&
                      number.rule == row.rule();
    if (same) numbers.push_back(number);
  }
  return numbers;
}

const std::string& References() { return PublishedFiles().at("references.bib"); }

std::string ReferenceOf(const std::string& key) {
  const std::string& all = References();
  const std::size_t at = all.find("{" + key + ",");
  if (key.empty() || at == std::string::npos) return "";
  const std::size_t start = all.rfind('@', at);
  return all.substr(start, all.find("\n}", at) + 2 - start);
}

}  // namespace plasticity
