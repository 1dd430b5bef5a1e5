#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "suite/base/digest.h"
#include "suite/base/error.h"
#include "suite/base/file_lock.h"
#include "suite/base/files.h"
#include "suite/base/image_source.h"
#include "tasks/data/cache.h"
#include "tasks/data/catalog.h"
#include "tasks/data/readers.h"
#include "tasks/data/sources.h"
#include "tasks/data/streamed.h"

namespace plasticity {
namespace {

constexpr std::int64_t kInPlaceMemory = 256 << 20;  // of a set that can only be streamed

// A decoded set; streamed from its file where it would take more than `memory` bytes.
std::shared_ptr<const Dataset> Within(std::int64_t memory, const CacheLookup& decoded) {
  if (memory == 0 || decoded.bytes() <= memory) return decoded.dataset;
  return Streamed(*decoded.dataset, memory);
}

// A set of which the cache has only a header, streamed from its files.
std::shared_ptr<const Dataset> StreamFiles(const CacheLookup& known, RawDataset raw,
                                           std::int64_t memory) {
  Dataset set = *known.dataset;
  if (static_cast<std::int64_t>(raw.train.labels.size()) != known.train ||
      static_cast<std::int64_t>(raw.test.labels.size()) != known.test) {
    throw InputError(
        fmt::format("{} has other images than when it was looked through. Remove {}, and it is "
                    "looked through again.",
                    set.source, set.cache_file.string()));
  }
  set.train = OnDemand(std::move(raw.train), set.shape);
  set.test = OnDemand(std::move(raw.test), set.shape);
  return Streamed(set, memory);
}

// A folder or archive whose content `stamp` tells: from the cache, which is written where it lacks
// the set or has an outdated one. A set of image files that takes more than `memory` bytes leaves
// only a header there.
class FilesOpener {
 public:
  FilesOpener(const std::string& name, const std::filesystem::path& source, std::int64_t memory)
      : name_(name),
        source_(source),
        memory_(memory),
        stamp_(SourceStamp(source)),
        decoded_(DecodedFile(name, source)),
        header_(HeaderFile(name, source)) {}

  std::shared_ptr<const Dataset> Open() const {
    if (auto dataset = FromCache()) return dataset;
    const FileLock lock(decoded_.string() + ".lock", kCacheHint);
    if (auto dataset = FromCache()) return dataset;  // written by another process meanwhile
    RawDataset raw = Read({});
    const bool streams = memory_ > 0 && raw.bytes() > memory_ && raw.is_streamable;
    const std::filesystem::path& file = streams ? header_ : decoded_;
    WriteCache(file, name_, raw, source_.string(), stamp_, {.pixels = !streams});
    const CacheLookup lookup = OpenCache(file);
    if (!lookup.dataset) {
      throw RunError(
          fmt::format("cannot open {} after writing it: {}.", file.string(), lookup.problem));
    }
    return streams ? StreamFiles(lookup, std::move(raw), memory_) : Within(memory_, lookup);
  }

 private:
  std::shared_ptr<const Dataset> FromCache() const {
    const CacheLookup decoded = OpenCache(decoded_);
    if (decoded.dataset && decoded.stamp == stamp_) return Within(memory_, decoded);
    if (memory_ == 0) return nullptr;
    const CacheLookup known = OpenCache(header_);
    if (!known.dataset || known.stamp != stamp_ || known.bytes() <= memory_) return nullptr;
    return StreamFiles(known, Read(known.dataset->shape), memory_);
  }

  RawDataset Read(const ImageShape& shape) const {
    ReadOptions options{.shape = shape};
    if (memory_ > 0) options.memory = memory_;
    return ReadSource(name_, source_, options);
  }

  const std::string& name_;
  const std::filesystem::path& source_;
  std::int64_t memory_;
  std::string stamp_;
  std::filesystem::path decoded_, header_;
};

// A set that `data import` made.
std::shared_ptr<const Dataset> OpenImported(const std::string& name,
                                            const std::filesystem::path& file,
                                            std::int64_t memory) {
  const CacheLookup lookup = OpenCache(file);
  const std::string again = "Import it again: plasticity data import " + name + " PATH";
  if (!lookup.dataset) {
    throw InputError(fmt::format("the imported data set {} cannot be used: {} ({}). {}.", name,
                                 file.string(), lookup.problem, again));
  }
  if (lookup.content.pixels) return Within(memory, lookup);
  const std::string& source = lookup.dataset->source;
  const std::string stamp = SourceStamp(source);
  if (stamp != lookup.stamp) {
    const int size = lookup.content.size;
    throw InputError(fmt::format("{}, from which {} was imported in place, {}. {} --in-place{}.",
                                 source, name, stamp.empty() ? "is gone" : "has changed since",
                                 again, size > 0 ? fmt::format(" --size {}", size) : ""));
  }
  return StreamFiles(
      lookup,
      ReadSource(name, source, {.size = lookup.content.size, .shape = lookup.dataset->shape}),
      memory == 0 ? kInPlaceMemory : memory);
}

// "cifar100:coarse" as "cifar100" and "coarse"; the second is empty where there is none.
std::pair<std::string, std::string> WithoutGrouping(const std::string& name) {
  const std::size_t colon = name.find(':');
  if (colon == std::string::npos) return {name, ""};
  return {name.substr(0, colon), name.substr(colon + 1)};
}

// The images of a source under the labels of a grouping.
class GroupedSource final : public ImageSource {
 public:
  GroupedSource(std::shared_ptr<const ImageSource> images, std::vector<std::int64_t> group_of)
      : ImageSource(images->shape(), images->count()),
        images_(std::move(images)),
        group_of_(std::move(group_of)) {}
  std::int64_t Label(std::int64_t index) const override {
    return group_of_[static_cast<std::size_t>(images_->Label(index))];
  }
  void Decode(std::int64_t index, std::uint8_t* pixels) const override {
    images_->Decode(index, pixels);
  }
  void Expect(const std::vector<std::int64_t>& indices) const override { images_->Expect(indices); }
  const std::uint8_t* Mapped() const override { return images_->Mapped(); }

 private:
  std::shared_ptr<const ImageSource> images_;
  std::vector<std::int64_t> group_of_;  // by class
};

std::shared_ptr<const Dataset> Grouped(const Dataset& data, const std::string& grouping) {
  const KnownSet* known = FindKnownSet(data.name);
  std::vector<std::string> names;
  if (known != nullptr)
    for (const auto& [name, groups] : known->groupings) names.push_back(name);
  if (std::find(names.begin(), names.end(), grouping) == names.end()) {
    throw InputError(
        fmt::format("{} has no grouping of its classes named '{}'{}.", data.name, grouping,
                    names.empty() ? "" : "; it has " + fmt::format("{}", fmt::join(names, ", "))));
  }
  const auto& groups = known->groupings.at(grouping);
  auto grouped = std::make_shared<Dataset>(data);
  grouped->name = data.name + ":" + grouping;
  Digest digest("sha256");
  const std::string line = "grouping " + grouping + " of " + data.fingerprint + "\n";
  digest.Add(line.data(), line.size());
  grouped->fingerprint = digest.Hex();
  grouped->class_names.clear();
  std::vector<std::int64_t> group_of(data.class_names.size(), -1);
  for (std::size_t group = 0; group < groups.size(); ++group) {
    grouped->class_names.push_back(groups[group].first);
    for (const std::string& member : groups[group].second) {
      const auto found = std::find(data.class_names.begin(), data.class_names.end(), member);
      if (found == data.class_names.end())
        throw InputError(fmt::format("{} of {} has no class '{}', which its grouping '{}' needs.",
                                     data.name, data.source, member, grouping));
      group_of[static_cast<std::size_t>(found - data.class_names.begin())] =
          static_cast<std::int64_t>(group);
    }
  }
  grouped->train = std::make_shared<GroupedSource>(data.train, group_of);
  grouped->test = std::make_shared<GroupedSource>(data.test, group_of);
  return grouped;
}

}  // namespace

std::shared_ptr<const Dataset> OpenDataset(const std::string& name,
                                           const std::filesystem::path& source,
                                           std::int64_t memory) {
  const auto [whole, grouping] = WithoutGrouping(name);
  if (!grouping.empty() || whole != name)
    return Grouped(*OpenDataset(whole, source, memory), grouping);
  const std::optional<FoundSource> found = FindSource(name, source);
  if (!found) throw InputError(AbsentMessage(name));
  if (found->kind == FoundSource::Kind::kFiles)
    return FilesOpener(name, found->path, memory).Open();
  return OpenImported(name, found->path, memory);
}

bool HaveDataset(const std::string& name) {
  try {
    return FindSource(WithoutGrouping(name).first).has_value();
  } catch (const InputError&) {
    return false;
  }
}

}  // namespace plasticity
