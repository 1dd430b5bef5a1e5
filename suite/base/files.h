#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <limits>
#include <string>
#include <string_view>
#include <system_error>

namespace plasticity {

/// Where downloads and decoded data live: $XDG_CACHE_HOME/plasticity, else ~/.cache/plasticity.
std::filesystem::path CacheFolder();

/// What to do where that folder cannot be written.
inline constexpr char kCacheHint[] = "Set XDG_CACHE_HOME to a folder that can be written.";

/// What a JSON file may take: a Result has some megabytes, and in memory one takes ten times its
/// size.
inline constexpr std::uintmax_t kMostJsonBytes = std::uintmax_t{256} << 20;

/// Throws InputError unless `path` is a file that may be read to its end: it is there, and no
/// folder, pipe, socket or device.
void CheckIsFile(const std::filesystem::path& path);

/// The whole file. Throws InputError when it cannot be read, or has more than `most` bytes.
std::string ReadFile(const std::filesystem::path& path,
                     std::uintmax_t most = std::numeric_limits<std::uintmax_t>::max());

/// Writes `path` whole or not at all: a temporary file beside it, synced, renamed over it. `write`
/// is given the temporary file's path and fills it. On any failure the temporary file is removed,
/// `path` is left as it was, and what CannotWrite throws or the exception of `write` comes out.
/// Missing parent folders are made, for a file that is written alone.
void WriteAtomically(const std::filesystem::path& path,
                     const std::function<void(const std::filesystem::path&)>& write);

/// Makes a folder and those on the way to it, where they are not there yet, so that they survive a
/// power cut. Gives why it could not; throws what CannotWrite throws where a disk fails.
std::error_code MakeFolders(const std::filesystem::path& folder);

/// Throws the `message` that tells of the `reason`, an errno: RunError for a full or failing disk,
/// InputError for anything else.
[[noreturn]] void ThrowFor(int reason, const std::string& message);

/// Throws what to say where `path` cannot be written for the `reason`, as ThrowFor does: InputError
/// is for a path that names no place to write to.
[[noreturn]] void CannotWrite(const std::filesystem::path& path, int reason);

/// To be asked before long work for a file: throws what is wrong with a `path` that names no place
/// to write to, as far as can be told without making anything.
void CheckWritable(const std::filesystem::path& path);

/// WriteAtomically for content that is already in memory.
void WriteFileAtomically(const std::filesystem::path& path, std::string_view content);

}  // namespace plasticity
