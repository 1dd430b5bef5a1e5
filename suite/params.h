#pragma once

#include <cstdint>
#include <limits>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace plasticity {

/// The values that a numeric parameter may take: min to max, both included unless `open_min`.
struct Range {
  double min = -std::numeric_limits<double>::infinity();
  double max = std::numeric_limits<double>::infinity();
  bool open_min = false;  ///< true: greater than min, not equal

  /// "> 0", "0 to 10", ">= 1", "any".
  std::string Text() const;
  bool Contains(double value) const;
};

inline constexpr Range kPositive{.min = 0, .open_min = true};
inline constexpr Range kNonNegative{.min = 0};
inline constexpr Range kUnitInterval{.min = 0, .max = 1};

/// What is known of one declared parameter: all that help texts, checks and docs need.
struct ParamInfo {
  std::string name;
  nlohmann::json default_value;
  std::string range;  ///< as text: a Range's, "true or false", "a, b or c"
  std::string unit;   ///< "" where there is none
  std::string doc;    ///< one line
};

/// Typed parameters that are declared by reading them. A rule's (task's, readout's) constructor
/// reads each parameter once, with default, range and one line of documentation; that single place
/// gives `describe`, `--set`, the checks and the generated docs. Values that the range forbids
/// throw at once; Finish() throws for names nobody declared.
class Params {
 public:
  /// `owner` starts every message, such as "sphere"; `given` holds what the user set.
  explicit Params(std::string owner, nlohmann::json given = nlohmann::json::object());

  double Real(const std::string& name, double default_value, Range range, const std::string& doc,
              const std::string& unit = "");
  std::int64_t Integer(const std::string& name, std::int64_t default_value, Range range,
                       const std::string& doc, const std::string& unit = "");
  bool Flag(const std::string& name, bool default_value, const std::string& doc);
  std::string Choice(const std::string& name, const std::string& default_value,
                     const std::vector<std::string>& options, const std::string& doc);
  /// One value a layer, the last one repeated for further layers; a single number is taken for all.
  std::vector<double> PerLayer(const std::string& name, const std::vector<double>& default_value,
                               Range range, const std::string& doc, const std::string& unit = "");

  /// Replaces the default of a parameter that is declared later, such as a base class's by the
  /// derived class's.
  void Default(const std::string& name, nlohmann::json value);

  /// Throws InputError for given names that nobody declared, with the nearest declared ones.
  void Finish() const;

  const std::vector<ParamInfo>& declared() const { return declared_; }
  /// Every declared parameter with the value in force; part of a Result's identity.
  const nlohmann::json& resolved() const { return resolved_; }

 private:
  const nlohmann::json& Declare(const std::string& name, nlohmann::json default_value,
                                const std::string& range, const std::string& doc,
                                const std::string& unit);
  double Number(const std::string& name, const nlohmann::json& value, Range range) const;
  [[noreturn]] void Reject(const std::string& name, const nlohmann::json& value) const;

  std::string owner_;
  nlohmann::json given_;
  nlohmann::json defaults_ = nlohmann::json::object();
  nlohmann::json resolved_ = nlohmann::json::object();
  std::vector<ParamInfo> declared_;
};

/// The layer's value of a PerLayer parameter.
double AtLayer(const std::vector<double>& values, std::size_t layer);

/// A command line's value text as JSON: a number, true/false, a list ("1,0.65,0.25" or "[1,0.65]"),
/// else a string.
nlohmann::json ParseValue(const std::string& text);

}  // namespace plasticity
