#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "suite/base/image_source.h"
#include "tasks/data/readers.h"

namespace plasticity {

/// The version of our decoding. Raise it when the same source would give other pixels or another
/// order.
inline constexpr int kDecodingVersion = 1;

/// What OpenCache found.
struct CacheLookup {
  std::shared_ptr<const Dataset> dataset;  ///< null where the file is absent or not to be used
  std::string stamp;                       ///< of the source at the time of decoding
  std::string problem;                     ///< why the file is not to be used; empty where absent
};

/// Maps a decoded set. Checks the header and the sizes, not the pixels: that takes the time of a
/// Fingerprint.
CacheLookup OpenCache(const std::filesystem::path& file);

/// Decodes `raw` with all cores into `file`, whole or not at all. `source` and `stamp` are stored.
/// Throws InputError when an image is damaged or the disk is full.
void WriteCache(const std::filesystem::path& file, const std::string& name, const RawDataset& raw,
                const std::string& source, const std::string& stamp);

/// The fingerprint as the data's bytes give it now.
std::string Fingerprint(const Dataset& dataset);

/// A short text that changes when a source does: sizes and times of a file, or of a folder's
/// entries two levels deep. An edit in place of a single image of a tree is not seen.
std::string SourceStamp(const std::filesystem::path& source);

}  // namespace plasticity
