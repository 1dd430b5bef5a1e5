#pragma once

#include <ctime>
#include <string>

namespace plasticity {

/// A moment in UTC as Results have it: "2026-01-31T23:59:59Z".
std::string InUtc(std::time_t time);

/// Whether `text` is such a moment, with or without a fraction of a second.
bool IsUtc(const std::string& text);

}  // namespace plasticity
