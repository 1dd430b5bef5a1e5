#pragma once

#include <filesystem>
#include <ostream>
#include <string>

namespace plasticity {

// `plasticity data VERB`. Each writes to `out` and throws InputError with one line for the user.

/// How FetchData goes about it.
struct FetchOptions {
  std::string
      base_url;  ///< The folder to fetch from; else $PLASTICITY_MIRROR, else the official one.
  bool verify = true;    ///< Off: an archive whose digest is not the known one is accepted.
  bool progress = true;  ///< A count on the terminal, where there is one.
};

/// All data sets, one a line: where each is, or how to get it.
void ListData(std::ostream& out);

/// Sizes, classes, origin, fingerprint and files of one set. Decodes it when that was not yet done.
void InfoData(const std::string& name, const std::filesystem::path& source, std::ostream& out);

/// Downloads a known set's official archive, going on where an earlier call stopped, checks its
/// digest and decodes it.
void FetchData(const std::string& name, const FetchOptions& options, std::ostream& out);

/// How ImportData goes about it.
struct ImportOptions {
  int size = 0;  ///< side of the square that image files of any size are brought to; 0: one size
  bool in_place = false;  ///< keeps no pixels: the images are streamed from the path from then on
};

/// Decodes a folder or archive in any format that we read and keeps it as `name`; the source is not
/// needed any more, unless it is imported in place. Takes the place of an earlier import of that
/// name.
void ImportData(const std::string& name, const std::filesystem::path& path,
                const ImportOptions& options, std::ostream& out);

/// Computes the fingerprint anew from every decoded byte; false when it is not the stored one. Says
/// how many test images are training images, too.
bool VerifyData(const std::string& name, std::ostream& out);

}  // namespace plasticity
