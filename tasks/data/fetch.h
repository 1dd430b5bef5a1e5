#pragma once

#include <filesystem>
#include <ostream>

#include "tasks/data/catalog.h"
#include "tasks/data/commands.h"

namespace plasticity {

/// The part of FetchData before decoding: downloads `known`'s archive into DownloadFolder() and
/// checks its digest. Returns where it is.
std::filesystem::path FetchArchive(const KnownSet& known, const FetchOptions& options,
                                   std::ostream& out);

}  // namespace plasticity
