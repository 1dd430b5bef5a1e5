#include <fmt/format.h>

#include "suite/base/error.h"
#include "suite/base/file_lock.h"
#include "suite/base/files.h"
#include "suite/base/image_source.h"
#include "tasks/data/cache.h"
#include "tasks/data/readers.h"
#include "tasks/data/sources.h"

namespace plasticity {
namespace {

// The decoded copy of a folder or archive, decoding it where there is none or an outdated one.
std::shared_ptr<const Dataset> OpenFiles(const std::string& name,
                                         const std::filesystem::path& source) {
  const std::filesystem::path file = DecodedFile(name, source);
  const std::string stamp = SourceStamp(source);
  const auto current = [&]() -> std::shared_ptr<const Dataset> {
    const CacheLookup lookup = OpenCache(file);
    return lookup.stamp == stamp ? lookup.dataset : nullptr;
  };
  if (auto dataset = current()) return dataset;
  const FileLock lock(file.string() + ".lock", kCacheHint);
  if (auto dataset = current()) return dataset;  // decoded by another process meanwhile
  WriteCache(file, name, ReadSource(name, source), source.string(), stamp);
  const CacheLookup lookup = OpenCache(file);
  if (!lookup.dataset) {
    throw RunError(
        fmt::format("cannot open {} after writing it: {}.", file.string(), lookup.problem));
  }
  return lookup.dataset;
}

}  // namespace

std::shared_ptr<const Dataset> OpenDataset(const std::string& name,
                                           const std::filesystem::path& source) {
  const std::optional<FoundSource> found = FindSource(name, source);
  if (!found) throw InputError(AbsentMessage(name));
  if (found->kind == FoundSource::Kind::kFiles) return OpenFiles(name, found->path);
  const CacheLookup lookup = OpenCache(found->path);
  if (!lookup.dataset) {
    throw InputError(
        fmt::format("the imported data set {} cannot be used: {} ({}). Import it again: "
                    "plasticity data import {} PATH.",
                    name, found->path.string(), lookup.problem, name));
  }
  return lookup.dataset;
}

bool HaveDataset(const std::string& name) {
  try {
    return FindSource(name).has_value();
  } catch (const InputError&) {
    return false;
  }
}

}  // namespace plasticity
