#pragma once

#include <fmt/format.h>

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "suite/base/error.h"
#include "suite/base/text.h"
#include "suite/params.h"
#include "suite/plugin_stamp.h"

namespace plasticity {

/// Everything of one kind (Rule, Readout, Task) that the program knows, by name. Files of rules/,
/// baselines/ and tasks/ add themselves with PLASTICITY_REGISTER; nothing else lists them.
/// `Interface::kKind` names the kind in messages
/// ("rule"), `Interface::Info` is what an entry says about itself and has a `name`.
template <typename Interface>
class Registry {
 public:
  struct Entry {
    typename Interface::Info info;
    std::function<std::unique_ptr<Interface>(Params&)> make;
  };

  static Registry& Get();

  /// Never throws, since it runs before main: a name that is taken is kept for Check().
  void Add(Entry entry) {
    const std::string name = entry.info.name;
    if (!entries_.emplace(name, std::move(entry)).second) duplicates_.push_back(name);
  }

  /// Throws when two files claim one name, or when nothing registered at all (a linker that dropped
  /// the files).
  void Check() const {
    if (entries_.empty())
      throw RunError(fmt::format("no {} is registered: this build is broken.", Interface::kKind));
    if (!duplicates_.empty()) {
      throw RunError(
          fmt::format("two {}s are named '{}'.", Interface::kKind, Join(duplicates_, "', '")));
    }
  }

  /// Throws InputError with the nearest names.
  const Entry& Find(const std::string& name) const {
    const auto found = entries_.find(name);
    if (found != entries_.end()) return found->second;
    throw InputError(fmt::format("no {} named '{}'.{} `plasticity list {}s` shows all {}.",
                                 Interface::kKind, name, NearestHint(name, Names()),
                                 Interface::kKind, entries_.size()));
  }

  /// Makes `name` with what the user gave; unknown parameters and bad values throw InputError.
  /// `resolved`, where given, receives every parameter with the value in force.
  std::unique_ptr<Interface> Make(const std::string& name, const nlohmann::json& given,
                                  nlohmann::json* resolved = nullptr) const {
    Params params(name, given);
    std::unique_ptr<Interface> made = Make(params);
    if (resolved != nullptr) *resolved = params.resolved();
    return made;
  }

  /// Makes the entry whose name owns `params`.
  std::unique_ptr<Interface> Make(Params& params) const {
    const Entry& entry = Find(params.owner());
    if constexpr (requires { entry.info.defaults; }) params.Defaults(entry.info.defaults);
    std::unique_ptr<Interface> made = entry.make(params);
    params.Finish();
    return made;
  }

  /// The parameters that `name` declares.
  std::vector<ParamInfo> Parameters(const std::string& name) const {
    Params params(name);
    Make(params);
    return params.declared();
  }

  bool Has(const std::string& name) const { return entries_.count(name) > 0; }
  const std::map<std::string, Entry>& entries() const { return entries_; }
  const std::vector<std::string>& duplicates() const { return duplicates_; }
  std::vector<std::string> Names() const {
    std::vector<std::string> names;
    for (const auto& [name, entry] : entries_) names.push_back(name);
    return names;
  }

 private:
  std::map<std::string, Entry> entries_;
  std::vector<std::string> duplicates_;
};

/// Registers `Class`, which has a static Describe() that gives its Info and a constructor from
/// Params&.
#define PLASTICITY_REGISTER(Interface, Class)                                                \
  [[gnu::used]] const char stamp_of_##Class[] = PLASTICITY_STAMP;                            \
  [[maybe_unused]] const bool registered_##Class = [] {                                      \
    ::plasticity::Registry<::plasticity::Interface>::Get().Add(                              \
        {Class::Describe(), [](::plasticity::Params& params) {                               \
           return std::unique_ptr<::plasticity::Interface>(std::make_unique<Class>(params)); \
         }});                                                                                \
    return true;                                                                             \
  }()

}  // namespace plasticity
