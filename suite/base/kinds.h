#pragma once

#include <array>
#include <stdexcept>
#include <string>
#include <string_view>

namespace plasticity {

/// A kind of part that a cell is put together from. A Result's request has an entry of that name.
struct Kind {
  std::string_view name;    ///< "rule"
  std::string_view plural;  ///< "rules"
  bool
      tells_rows_apart;  ///< whether a leaderboard compares parts of this kind, or holds them equal
  std::string_view
      absent;  ///< what a request without such an entry means; "" where it must have one
};

/// All of them, the one list: what enumerates kinds walks it.
inline constexpr std::array kKinds = {
    Kind{"rule", "rules", true, ""}, Kind{"strategy", "strategies", true, "finetune"},
    Kind{"network", "networks", false, ""}, Kind{"task", "tasks", false, ""},
    Kind{"readout", "readouts", false, ""}};

/// Kinds that a task's parameters name; a request has them there.
inline constexpr std::array kTaskKinds = {Kind{"scenario", "scenarios", false, ""}};

/// The kind of that name, which must be one.
constexpr const Kind& KindNamed(std::string_view name) {
  for (const Kind& kind : kKinds) {
    if (kind.name == name) return kind;
  }
  for (const Kind& kind : kTaskKinds) {
    if (kind.name == name) return kind;
  }
  throw std::logic_error("no such kind");
}

/// Throws InputError where no part of `kind` may have this name: it is not lower-case words joined
/// by _ or -, or it is a word that means something to the program or the build, such as `all`.
void CheckName(const Kind& kind, const std::string& name);

}  // namespace plasticity
