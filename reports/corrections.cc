#include "reports/corrections.h"

#include <map>
#include <set>
#include <utility>

#include "reports/text_table.h"
#include "reports/words.h"

namespace plasticity {
namespace {

// Seeds by what was said of them, oldest first.
class Said {
 public:
  void Add(const Note& note, const Result& cell) {
    const std::string day = note.date.substr(0, 10);
    seeds_[{day, KindAndDay(note) + ": " + Printable(note.text)}].insert(
        cell.request.value("seed", std::int64_t{0}));
  }
  std::vector<std::string> Sentences(const std::string& label) const {
    std::vector<std::string> sentences;
    for (const auto& [said, seeds] : seeds_) {
      const std::string& text = said.second;
      sentences.push_back(label + (seeds.size() == 1 ? ", seed " : ", seeds ") +
                          SeedsText({seeds.begin(), seeds.end()}) + ", " + text +
                          (text.ends_with('.') ? "" : "."));
    }
    return sentences;
  }

 private:
  std::map<std::pair<std::string, std::string>, std::set<std::int64_t>> seeds_;  // by day, text
};

}  // namespace

std::string KindAndDay(const Note& note) {
  const std::string day = Printable(note.date.substr(0, 10));
  return note.kind == "note" ? "note of " + day : note.kind + " on " + day;
}

std::vector<std::string> NotesOn(const std::string& label,
                                 const std::vector<const Result*>& cells) {
  Said said;
  for (const Result* cell : cells) {
    for (const Note& note : cell->notes) said.Add(note, *cell);
  }
  return said.Sentences(label);
}

std::vector<std::string> WithdrawalsOf(const std::string& label,
                                       const std::vector<const Result*>& cells) {
  Said said;
  for (const Result* cell : cells) {
    if (const Note* note = Withdrawal(*cell)) said.Add(*note, *cell);
  }
  return said.Sentences(label);
}

}  // namespace plasticity
