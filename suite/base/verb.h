#pragma once

#include <filesystem>
#include <limits>
#include <map>
#include <memory>
#include <string>
#include <variant>
#include <vector>

namespace plasticity {

/// Where the command line puts an option's value; a bool is a flag. What stands there before is the
/// default, which help shows.
using OptionTarget = std::variant<bool*, int*, double*, std::string*, std::filesystem::path*,
                                  std::vector<std::string>*, std::vector<std::filesystem::path>*>;

/// How often the user gives an option.
enum class Given {
  kMaybe,
  kAlways,      ///< it is required
  kRepeatedly,  ///< a list's option may stand there again, with one value each time
};

/// One option of a verb.
struct Option {
  std::string names;  ///< "--rule" or "--seeds,--seed"; without dashes: a word by its place
  OptionTarget target;
  std::string help;
  Given given = Given::kMaybe;
  double min = -std::numeric_limits<double>::infinity();
  double max = std::numeric_limits<double>::infinity();
};

/// Something that the program does, such as `plasticity leaderboard`. Each registers itself with
/// AddVerb, in a file *_verb.cc or *_verbs.cc of the folder that does it; nothing else lists them.
class Verb {
 public:
  virtual ~Verb() = default;
  virtual std::vector<Option> Options() { return {}; }
  /// Returns the exit code; throws Error.
  virtual int Run() = 0;
};

/// How help shows a verb, and what makes it. One that makes nothing heads a group.
struct VerbEntry {
  std::string summary;
  std::unique_ptr<Verb> (*make)() = nullptr;
};

/// All verbs by name: "run", or "data fetch" for `fetch` of the group `data`.
std::map<std::string, VerbEntry>& Verbs();

/// Registers a verb.
template <typename Class>
bool AddVerb(const std::string& name, const std::string& summary) {
  return Verbs()
      .insert(
          {name, {summary, []() -> std::unique_ptr<Verb> { return std::make_unique<Class>(); }}})
      .second;
}

/// Registers a group, whose verbs' names begin with its own.
bool AddVerbGroup(const std::string& name, const std::string& summary);

}  // namespace plasticity
