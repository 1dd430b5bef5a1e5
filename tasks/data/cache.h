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

/// What a cache file holds of a set.
struct CacheContent {
  bool pixels = true;  ///< and labels; else they stay in the source's files, which are streamed
  int size = 0;        ///< ReadOptions' `size`, for reading the source again
};

/// What OpenCache found.
struct CacheLookup {
  std::shared_ptr<Dataset> dataset;  ///< null where the file is absent or not to be used; its
                                     ///< splits are null where the file has no pixels
  std::int64_t train = 0;            ///< images
  std::int64_t test = 0;             ///< images
  std::int64_t unlabelled = 0;       ///< images
  CacheContent content;
  std::string stamp;    ///< of the source at the time of decoding
  std::string problem;  ///< why the file is not to be used; empty where absent

  /// Of all images, decoded.
  std::int64_t bytes() const { return (train + test + unlabelled) * dataset->shape.bytes(); }
};

/// Maps a decoded set. Checks the header and the sizes, not the pixels: that takes the time of a
/// Fingerprint.
CacheLookup OpenCache(const std::filesystem::path& file);

/// Decodes `raw` with all cores into `file`, whole or not at all; without pixels, for what follows
/// from them: fingerprint, mean and deviation. `source` and `stamp` are stored. Throws InputError
/// when an image is damaged or the disk is full.
void WriteCache(const std::filesystem::path& file, const std::string& name, const RawDataset& raw,
                const std::string& source, const std::string& stamp,
                const CacheContent& content = {});

/// The fingerprint as the data's bytes give it now; of a streamed set, from its files.
std::string Fingerprint(const Dataset& dataset);

/// How many test images are training images, too, to the last pixel.
std::int64_t TestImagesInTrain(const Dataset& dataset);

/// A short text that changes when a source does: sizes and times of a file, or of a folder's
/// entries two levels deep. An edit in place of a single image of a tree is not seen.
std::string SourceStamp(const std::filesystem::path& source);

}  // namespace plasticity
