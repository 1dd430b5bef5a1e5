#include "tasks/data/fetch.h"

#include <fmt/format.h>

#include <cstdlib>

#include "suite/base/error.h"
#include "suite/base/file_lock.h"
#include "suite/base/files.h"
#include "suite/base/text.h"
#include "tasks/data/download.h"
#include "tasks/data/sources.h"

namespace plasticity {
namespace {

namespace fs = std::filesystem;

const KnownSet& Fetchable(const std::string& name) {
  const KnownSet* known = FindKnownSet(name);
  std::vector<std::string> names;
  for (const KnownSet& set : KnownSets()) {
    if (!set.archive.empty()) names.push_back(set.name);
  }
  if (known == nullptr) {
    throw InputError(fmt::format("cannot fetch '{}'.{} Known archives: {}.", name,
                                 NearestHint(name, names), Join(names, ", ")));
  }
  if (known->archive.empty()) {
    throw InputError(fmt::format("{} is not fetched from a server. {}", name, known->how_to_get));
  }
  return *known;
}

std::string UrlOf(const KnownSet& known, const FetchOptions& options) {
  const char* mirror = std::getenv("PLASTICITY_MIRROR");
  std::string base = options.base_url;
  if (base.empty() && mirror != nullptr) base = mirror;
  if (base.empty()) base = known.url;
  while (base.ends_with('/')) base.pop_back();
  return base + "/" + known.archive;
}

// Where an archive waits that is whole but of another digest: --no-verify accepts it without a
// second download.
fs::path Unverified(const fs::path& file) { return file.string() + ".unverified"; }

// Throws where `file` is not the known archive.
void CheckDigest(const KnownSet& known, const fs::path& file) {
  const std::string md5 = FileMd5(file);
  if (md5 == known.archive_md5) return;
  throw InputError(
      fmt::format("{} has MD5 {} ({} bytes), and the known archive has {} ({} bytes). Fetch it "
                  "again, or accept "
                  "it: plasticity data fetch {} --no-verify",
                  known.archive, md5, Grouped(static_cast<std::int64_t>(fs::file_size(file))),
                  known.archive_md5, Grouped(known.archive_bytes), known.name));
}

}  // namespace

fs::path FetchArchive(const KnownSet& known, const FetchOptions& options, std::ostream& out) {
  const fs::path file = DownloadFolder() / known.archive;
  const fs::path part = file.string() + ".part";
  const fs::path unverified = Unverified(file);
  const FileLock lock(file.string() + ".lock", kCacheHint);
  if (fs::exists(file) && (!options.verify || FileMd5(file) == known.archive_md5)) {
    out << fmt::format("{} is already here\n", file.string());
    return file;
  }
  if (!options.verify && fs::exists(unverified)) {
    fs::rename(unverified, file);
  } else {
    const std::string url = UrlOf(known, options);
    out << fmt::format("fetching {}\n", url) << std::flush;
    Download(url, part, options.progress);
    try {
      if (options.verify) CheckDigest(known, part);
    } catch (const InputError&) {
      fs::rename(part, unverified);
      throw;
    }
    fs::remove(unverified);
    fs::rename(part, file);
  }
  out << fmt::format("{}: {} bytes, {}\n", file.string(),
                     Grouped(static_cast<std::int64_t>(fs::file_size(file))),
                     options.verify ? "the known digest" : "digest not checked");
  return file;
}

void FetchData(const std::string& name, const FetchOptions& options, std::ostream& out) {
  const fs::path file = FetchArchive(Fetchable(name), options, out);
  try {
    InfoData(name, file, out);
  } catch (const InputError&) {
    // Data that cannot be read must not stand in the way of other sources of this name.
    if (!options.verify) fs::rename(file, Unverified(file));
    throw;
  }
}

}  // namespace plasticity
