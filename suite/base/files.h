#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

namespace plasticity {

/// Where downloads and decoded data live: $XDG_CACHE_HOME/plasticity, else ~/.cache/plasticity.
std::filesystem::path CacheFolder();

/// What to do where that folder cannot be written.
inline constexpr char kCacheHint[] = "Set XDG_CACHE_HOME to a folder that can be written.";

/// The whole file. Throws InputError when it cannot be read.
std::string ReadFile(const std::filesystem::path& path);

/// Writes `path` whole or not at all: a temporary file beside it, synced, renamed over it. `write`
/// is given the temporary file's path and fills it. On any failure (a full disk, an exception from
/// `write`) the temporary file is removed, `path` is left as it was, and RunError or the exception
/// comes out. Missing parent folders are made.
void WriteAtomically(const std::filesystem::path& path,
                     const std::function<void(const std::filesystem::path&)>& write);

/// WriteAtomically for content that is already in memory.
void WriteFileAtomically(const std::filesystem::path& path, std::string_view content);

}  // namespace plasticity
