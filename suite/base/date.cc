#include "suite/base/date.h"

#include <fmt/chrono.h>

#include <string_view>

namespace plasticity {

std::string InUtc(std::time_t time) {
  return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(time));
}

bool IsUtc(const std::string& text) {
  constexpr std::string_view kForm = "0000-00-00T00:00:00";
  if (text.size() < kForm.size() + 1 || text.back() != 'Z') return false;
  const auto digit = [&](std::size_t i) { return text[i] >= '0' && text[i] <= '9'; };
  for (std::size_t i = 0; i < kForm.size(); ++i) {
    if (kForm[i] == '0' ? !digit(i) : text[i] != kForm[i]) return false;
  }
  if (text.size() == kForm.size() + 1) return true;
  if (text[kForm.size()] != '.' || text.size() == kForm.size() + 2) return false;
  for (std::size_t i = kForm.size() + 1; i + 1 < text.size(); ++i) {
    if (!digit(i)) return false;
  }
  return true;
}

}  // namespace plasticity
