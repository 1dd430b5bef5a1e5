#include "suite/base/text.h"

#include <algorithm>
#include <numeric>

namespace plasticity {
namespace {

std::size_t EditDistance(const std::string& a, const std::string& b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), 0);
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t above = row[j];
      row[j] = std::min({above + 1, row[j - 1] + 1, diagonal + (a[i - 1] == b[j - 1] ? 0 : 1)});
      diagonal = above;
    }
  }
  return row.back();
}

}  // namespace

std::vector<std::string> NearestNames(const std::string& name,
                                      const std::vector<std::string>& known, std::size_t limit) {
  std::vector<std::pair<std::size_t, std::string>> scored;
  for (const std::string& candidate : known) {
    std::size_t distance = EditDistance(name, candidate);
    if (!name.empty() && candidate.find(name) != std::string::npos)
      distance = std::min<std::size_t>(distance, 1);
    if (distance <= std::max<std::size_t>(2, candidate.size() / 3))
      scored.emplace_back(distance, candidate);
  }
  std::sort(scored.begin(), scored.end());
  std::vector<std::string> names;
  for (const auto& [distance, candidate] : scored) {
    if (names.size() == limit) break;
    names.push_back(candidate);
  }
  return names;
}

std::string NearestHint(const std::string& name, const std::vector<std::string>& known) {
  const std::vector<std::string> near = NearestNames(name, known);
  return near.empty() ? "" : " Nearest: " + Join(near, ", ") + ".";
}

std::string Grouped(std::int64_t number) {
  const bool negative = number < 0;
  std::string digits = std::to_string(number).substr(negative ? 1 : 0);
  for (std::ptrdiff_t i = static_cast<std::ptrdiff_t>(digits.size()) - 3; i > 0; i -= 3) {
    digits.insert(static_cast<std::size_t>(i), ",");
  }
  if (negative) digits.insert(0, 1, '-');
  return digits;
}

std::string Join(const std::vector<std::string>& items, const std::string& separator) {
  std::string joined;
  for (std::size_t i = 0; i < items.size(); ++i) joined += (i > 0 ? separator : "") + items[i];
  return joined;
}

std::string ShellWord(const std::string& word) {
  const auto plain = [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
           std::string_view("_-./,=:+@").find(c) != std::string_view::npos;
  };
  bool all_plain = !word.empty();
  for (const char c : word) all_plain = all_plain && plain(c);
  if (all_plain) return word;
  std::string quoted = "'";
  for (const char c : word) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return quoted + "'";
}

}  // namespace plasticity
