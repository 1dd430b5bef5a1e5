// Corrections: what is said of Results that are there. None is edited, and no note is taken out.
#include <fmt/format.h>

#include <ctime>

#include "reports/corrections.h"
#include "reports/words.h"
#include "suite/base/date.h"
#include "suite/base/error.h"
#include "suite/base/store.h"
#include "suite/base/verb.h"

namespace plasticity {
namespace {

using std::filesystem::path;

Result LoadOne(const path& file) {
  if (std::filesystem::is_directory(file)) {
    throw InputError(file.string() + " is a folder: name the files of single Results.");
  }
  return LoadResults(file).front();
}

// Adds a note of one kind to each of the files, or, where one cannot take it, to none.
class NoteVerb : public Verb {
 public:
  int Run() override {
    std::vector<Result> results;
    for (const path& file : files_) {
      results.push_back(LoadOne(file));
      Check(file, results.back());
    }
    for (std::size_t i = 0; i < files_.size(); ++i) {
      const Result& result = results[i];
      AppendNote(files_[i], {InUtc(std::time(nullptr)), kind_, text_, result.date});
      fmt::print("{}  {}  {} on {}, {}, seed {}\n", kind_, NotesPath(files_[i]).string(),
                 TitleOf(result.request), TextAt(result.request, {"data", "name"}),
                 PartName(result.request, "task"), result.request.at("seed").dump());
    }
    return 0;
  }

 protected:
  explicit NoteVerb(std::string kind) : kind_(std::move(kind)) {}
  std::vector<Option> OptionsWith(const std::string& text_option, const std::string& help) {
    return {{"results", &files_, "Files of Results", Given::kAlways},
            {text_option, &text_, help, Given::kAlways}};
  }

 private:
  // Throws InputError where this cannot be said of the Result.
  virtual void Check(const path&, const Result&) const {}

  std::string kind_, text_;
  std::vector<path> files_;
};

class Withdraw final : public NoteVerb {
 public:
  Withdraw() : NoteVerb("withdrawn") {}
  std::vector<Option> Options() override { return OptionsWith("--why", "Why they must not count"); }

 private:
  void Check(const path& file, const Result& result) const override {
    const Note* known = Withdrawal(result);
    if (known == nullptr) return;
    throw InputError(fmt::format("{} is {} already: {}. Say more by: plasticity note.",
                                 file.string(), KindAndDay(*known), known->text));
  }
};

class Reinstate final : public NoteVerb {
 public:
  Reinstate() : NoteVerb("reinstated") {}
  std::vector<Option> Options() override { return OptionsWith("--why", "Why they count again"); }

 private:
  void Check(const path& file, const Result& result) const override {
    if (Withdrawal(result) != nullptr) return;
    throw InputError(file.string() + " is not withdrawn: it counts.");
  }
};

class NoteText final : public NoteVerb {
 public:
  NoteText() : NoteVerb("note") {}
  std::vector<Option> Options() override { return OptionsWith("--text", "What readers must know"); }
};

const bool withdraw_added =
    AddVerb<Withdraw>("withdraw", "Make Results count no more; they stay, struck through");
const bool reinstate_added = AddVerb<Reinstate>("reinstate", "Make withdrawn Results count again");
const bool note_added = AddVerb<NoteText>("note", "Say something of Results, for every view");

}  // namespace
}  // namespace plasticity
