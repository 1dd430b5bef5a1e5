#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

namespace plasticity {

/// Downloads `url` to `part`, going on where an earlier download of it stopped. A connection that
/// breaks is taken up again as long as that brings more bytes. On failure throws InputError in one
/// line, and what came stays in `part`. `progress` shows a count on the terminal.
void Download(const std::string& url, const std::filesystem::path& part, bool progress);

}  // namespace plasticity
