#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "suite/base/error.h"
#include "suite/base/kinds.h"
#include "suite/params.h"

namespace plasticity {

/// A labelled text of what a part says of itself: a column of `list`, a line of `describe`. Without
/// a label it is shown as it stands.
struct Fact {
  std::string label;  ///< heading of a column or line; "" for none
  std::string text;   ///< what stands there
};

/// The columns of `list` for a part that says this of itself. A kind with more to show overloads it
/// beside its Info.
template <typename Info>
std::vector<Fact> ColumnsOf(const Info& info) {
  return {{"summary", info.summary}};
}

/// The lines of `describe` for a part that says this of itself. A kind with more to show overloads
/// it beside its Info.
template <typename Info>
std::vector<Fact> FactsOf(const Info& info) {
  std::vector<Fact> facts = {{info.name, info.summary}};
  if constexpr (requires { info.version; })
    facts.push_back({"version", std::to_string(info.version)});
  if constexpr (requires { info.source; }) {
    std::string source = info.source;
    if constexpr (requires { info.citation; })
      source += info.citation.empty() ? "" : " [" + info.citation + "]";
    if (!source.empty()) facts.push_back({"source", source});
  }
  return facts;
}

/// A kind's registry as those see it who walk all kinds (suite/kinds.h).
class KindRegistry {
 public:
  virtual ~KindRegistry() = default;

  /// All names, sorted.
  virtual std::vector<std::string> Names() const = 0;
  /// Whether there is a part of that name.
  virtual bool Has(const std::string& name) const = 0;
  /// The columns that `list` has for it.
  virtual std::vector<Fact> Columns(const std::string& name) const = 0;
  /// The lines that `describe` has for it.
  virtual std::vector<Fact> Facts(const std::string& name) const = 0;
  /// The parameters that `name` declares.
  virtual std::vector<ParamInfo> Parameters(const std::string& name) const = 0;

  /// Throws when a part has a name that none may have (CheckName), when two files claim one name,
  /// when a description could not be had, or when nothing registered at all (a linker that dropped
  /// the files).
  void Check() const;

  /// What its parts are.
  const Kind& kind() const { return kind_; }
  /// Names that were claimed again.
  const std::vector<std::string>& duplicates() const { return duplicates_; }
  /// Of each class whose description threw, what is to be said of it.
  const std::vector<std::string>& faults() const { return faults_; }

 protected:
  /// The registry of one kind.
  explicit KindRegistry(const Kind& kind) : kind_(kind) {}
  /// Throws UnknownName with the nearest names.
  [[noreturn]] void ThrowUnknown(const std::string& name) const;
  /// Throws what the constructor of `name` is throwing: Errors as they are, anything else as a
  /// RunError that says whose constructor threw what.
  [[noreturn]] void RethrowFromConstructor(const std::string& name) const;

  /// Names that were claimed again.
  std::vector<std::string> duplicates_;
  /// Of each class whose description threw, what is to be said of it.
  std::vector<std::string> faults_;

 private:
  const Kind& kind_;
};

/// Everything of one kind (Rule, Readout, Task) that the program knows, by name. Files of rules/,
/// baselines/ and tasks/ add themselves with PLASTICITY_REGISTER; nothing else lists them.
/// `Interface::kKind` is the kind's name ("rule"), `Interface::Info` is what an entry says about
/// itself and has a `name` and a `summary`.
template <typename Interface>
class Registry final : public KindRegistry {
 public:
  /// A part: what it says of itself, and what makes it.
  struct Entry {
    typename Interface::Info info;  ///< what it says of itself
    std::function<std::unique_ptr<Interface>(Params&)>
        make;  ///< makes one; the constructor reads its parameters
  };

  Registry() : KindRegistry(KindNamed(Interface::kKind)) {}
  /// The one registry of the kind.
  static Registry& Get();

  /// Never throws, since it runs before main: a name that is taken is kept for Check().
  void Add(Entry entry) {
    const std::string name = entry.info.name;
    if (!entries_.emplace(name, std::move(entry)).second) duplicates_.push_back(name);
  }

  /// Adds `Class`, which has a static Describe() that gives its Info and a constructor from
  /// Params&. Never throws either: a description that does is kept for Check().
  template <typename Class>
  bool Register(const char* class_name) {
    try {
      Add({Class::Describe(), [](Params& params) -> std::unique_ptr<Interface> {
             return std::make_unique<Class>(params);
           }});
    } catch (...) {
      faults_.push_back(std::string("the description (Describe) of ") + class_name + " " +
                        WhatItThrows());
    }
    return true;
  }

  /// Throws UnknownName with the nearest names.
  const Entry& Find(const std::string& name) const {
    const auto found = entries_.find(name);
    if (found == entries_.end()) ThrowUnknown(name);
    return found->second;
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
    std::unique_ptr<Interface> made;
    try {
      made = entry.make(params);
    } catch (...) {
      RethrowFromConstructor(entry.info.name);
    }
    params.Finish();
    return made;
  }

  std::vector<ParamInfo> Parameters(const std::string& name) const override {
    Params params(name);
    Make(params);
    return params.declared();
  }

  std::vector<Fact> Columns(const std::string& name) const override {
    return ColumnsOf(Find(name).info);
  }
  std::vector<Fact> Facts(const std::string& name) const override {
    return FactsOf(Find(name).info);
  }
  bool Has(const std::string& name) const override { return entries_.count(name) > 0; }
  /// All of them, by name.
  const std::map<std::string, Entry>& entries() const { return entries_; }
  std::vector<std::string> Names() const override {
    std::vector<std::string> names;
    for (const auto& [name, entry] : entries_) names.push_back(name);
    return names;
  }

 private:
  std::map<std::string, Entry> entries_;
};

/// Registers `Class`, which has a static Describe() that gives its Info and a constructor from
/// Params&.
#define PLASTICITY_REGISTER(Interface, Class)      \
  [[maybe_unused]] const bool registered_##Class = \
      ::plasticity::Registry<::plasticity::Interface>::Get().Register<Class>(#Class)

}  // namespace plasticity
