#pragma once

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <limits>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace plasticity {

/// The values that a numeric parameter may take: min to max, both included unless `open_min`.
struct Range {
  /// Least value.
  double min = -std::numeric_limits<double>::infinity();
  /// Largest value.
  double max = std::numeric_limits<double>::infinity();
  bool open_min = false;  ///< true: greater than min, not equal
  bool whole = false;     ///< true: whole numbers alone

  /// "> 0", "0 to 10", "whole number, >= 1", "any".
  std::string Text() const;
  /// Whether the value may be taken.
  bool Contains(double value) const;
};

/// Above 0.
inline constexpr Range kPositive{.min = 0, .open_min = true};
/// 0 and above.
inline constexpr Range kNonNegative{.min = 0};
/// 0 to 1, both included.
inline constexpr Range kUnitInterval{.min = 0, .max = 1};

/// What a parameter's values are.
enum class ParamKind {
  kReal,
  kInteger,
  kFlag,
  kChoice,
  kPerLayer,  ///< a number, or one a layer
  kList,      ///< a number, or several
  kData,      ///< a data set's name
  kPart,      ///< something registered, with parameters of its own
};

/// What is known of one declared parameter: all that help texts, checks and docs need.
struct ParamInfo {
  std::string name;  ///< a part's own parameters are listed behind it, as "part.name"
  ParamKind kind = ParamKind::kReal;  ///< what its values are
  nlohmann::json default_value;       ///< of a part: its name
  Range range;                        ///< of numbers
  std::vector<std::string> options;   ///< of a choice
  std::string part_kind;              ///< of a part: what it is one of, such as "scenario"
  std::string unit;                   ///< "" where there is none
  std::string doc;                    ///< one line
  bool later = false;                 ///< see Params::Later
  bool untuned = false;               ///< see Params::Untuned

  /// Whether its values are numbers.
  bool numeric() const;
  /// What values it takes, as text: "> 0", "true or false", "a, b, c".
  std::string Allowed() const;
};

/// A row of a table from names to values, such as functions.
template <typename Value>
struct Named {
  const char* name;  ///< what the user writes
  Value value;       ///< what it stands for
};

template <typename Interface>
class Registry;

/// Typed parameters that are declared by reading them. A rule's (task's, readout's) constructor
/// reads each parameter once, with default, range and one line of documentation; that single place
/// gives `describe`, `--set`, the checks and the generated docs. Values that the range forbids
/// throw at once; Finish() throws for names nobody declared.
class Params {
 public:
  /// `owner` starts every message, such as "sphere"; `given` holds what the user set.
  explicit Params(std::string owner, nlohmann::json given = nlohmann::json::object());

  /// A number.
  double Real(const std::string& name, double default_value, Range range, const std::string& doc,
              const std::string& unit = "");
  /// A whole number.
  std::int64_t Integer(const std::string& name, std::int64_t default_value, Range range,
                       const std::string& doc, const std::string& unit = "");
  /// True or false.
  bool Flag(const std::string& name, bool default_value, const std::string& doc);
  /// One of `options`.
  std::string Choice(const std::string& name, const std::string& default_value,
                     const std::vector<std::string>& options, const std::string& doc);
  /// The value that `table` has under the chosen name; its names are the options.
  template <typename Value, std::size_t count>
  Value Choice(const std::string& name, const std::string& default_value,
               const Named<Value> (&table)[count], const std::string& doc) {
    std::vector<std::string> options;
    for (const Named<Value>& row : table) options.push_back(row.name);
    const std::string chosen = Choice(name, default_value, options, doc);
    return std::find_if(std::begin(table), std::end(table),
                        [&](const Named<Value>& row) { return row.name == chosen; })
        ->value;
  }
  /// One value a layer, the last one repeated for further layers; a single number is taken for all.
  std::vector<double> PerLayer(const std::string& name, const std::vector<double>& default_value,
                               Range range, const std::string& doc, const std::string& unit = "");
  /// One value or several, such as sizes that are tried in turn.
  std::vector<double> List(const std::string& name, const std::vector<double>& default_value,
                           Range range, const std::string& doc, const std::string& unit = "");
  /// The name of a data set besides the cell's own. Whether there is such a set is found out by who
  /// opens it.
  std::string Data(const std::string& name, const std::string& default_value,
                   const std::string& doc);
  /// A registered part, such as the scenario of a task, made with parameters of its own. Given as a
  /// name or as {"name": .., "params": {..}}, and each of its parameters also as "part.parameter",
  /// which goes before. `default_params` replace defaults of `default_part`.
  template <typename Interface>
  std::unique_ptr<Interface> Part(const std::string& name, const std::string& default_part,
                                  const std::string& doc,
                                  const nlohmann::json& default_params = nlohmann::json::object()) {
    Params inner = DeclarePart(name, Interface::kKind, default_part, doc, default_params);
    std::unique_ptr<Interface> part = Registry<Interface>::Get().Make(inner);
    int version = 0;
    if constexpr (requires(typename Interface::Info info) { info.version; })
      version = Registry<Interface>::Get().Find(inner.owner()).info.version;
    ResolvePart(inner, version);
    return part;
  }

  /// Says that the parameter declared next came to its owner after Results were published: while it
  /// has its default it is left out of resolved(), so that their run ids stay. The default is then
  /// what the owner did before.
  Params& Later();

  /// Says that `plasticity tune` leaves the parameter declared next alone unless it is told to
  /// search it: other values make another rule of its owner, or, where `unread`, nothing reads it
  /// under the settings in force.
  Params& Untuned(bool unread = true);

  /// Replaces defaults of parameters that are declared later: {"name": value}. Values that were set
  /// so before stay.
  void Defaults(const nlohmann::json& values);

  /// Throws InputError for given names that nobody declared, with the nearest declared ones, and
  /// RunError for such names in Defaults.
  void Finish() const;

  /// What starts every message.
  const std::string& owner() const { return owner_; }
  /// All parameters that were read, in that order.
  const std::vector<ParamInfo>& declared() const { return declared_; }
  /// Every declared parameter with the value in force; part of a Result's identity.
  const nlohmann::json& resolved() const { return resolved_; }

 private:
  nlohmann::json Declare(ParamInfo info);
  std::vector<double> Numbers(ParamInfo info, const std::vector<double>& default_value);
  Params DeclarePart(const std::string& name, const std::string& part_kind,
                     const std::string& default_part, const std::string& doc,
                     const nlohmann::json& default_params);
  void Resolve(const nlohmann::json& value);
  // `version` of what the part is made of; 0: it has none.
  void ResolvePart(const Params& inner, int version);
  void Keep(const ParamInfo& info, const nlohmann::json& value, bool is_default);
  double Number(const nlohmann::json& value) const;
  [[noreturn]] void Reject(const nlohmann::json& value) const;

  std::string owner_;
  nlohmann::json given_;
  nlohmann::json defaults_ = nlohmann::json::object();
  nlohmann::json resolved_ = nlohmann::json::object();
  std::vector<ParamInfo> declared_;
  bool later_ = false;       // of the parameter declared next
  bool untuned_ = false;     // likewise
  bool all_default_ = true;  // so far
};

/// The layer's value of a PerLayer parameter.
double AtLayer(const std::vector<double>& values, std::size_t layer);

/// A command line's value text as JSON: a number, true/false, a list ("1,0.65,0.25" or "[1,0.65]"),
/// else a string.
nlohmann::json ParseValue(const std::string& text);

}  // namespace plasticity
