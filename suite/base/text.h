#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace plasticity {

/// The names nearest to `name` by edit distance, best first, at most `limit`; none that share
/// nothing.
std::vector<std::string> NearestNames(const std::string& name,
                                      const std::vector<std::string>& known, std::size_t limit = 3);

/// " Nearest: a, b." for an error message, or "" where nothing is near.
std::string NearestHint(const std::string& name, const std::vector<std::string>& known);

/// 1234567 as "1,234,567".
std::string Grouped(std::int64_t number);

/// The items with `separator` between them.
std::string Join(const std::vector<std::string>& items, const std::string& separator);

/// `word` as a shell takes it: quoted where it must be.
std::string ShellWord(const std::string& word);

}  // namespace plasticity
