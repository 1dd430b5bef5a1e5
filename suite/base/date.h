#pragma once

#include <ctime>
#include <string>

namespace plasticity {

/// A moment in UTC as Results have it: "2026-01-31T23:59:59Z".
std::string InUtc(std::time_t time);

}  // namespace plasticity
