#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>
#include <vector>

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
std::shared_ptr<Dataset> Within(std::int64_t memory, const CacheLookup& decoded) {
  if (memory == 0 || decoded.bytes() <= memory) return decoded.dataset;
  return Streamed(*decoded.dataset, memory);
}

// A set of which the cache has only a header, streamed from its files.
std::shared_ptr<Dataset> StreamFiles(const CacheLookup& known, RawDataset raw,
                                     std::int64_t memory) {
  Dataset set = *known.dataset;
  if (static_cast<std::int64_t>(raw.train.labels.size()) != known.train ||
      static_cast<std::int64_t>(raw.test.labels.size()) != known.test ||
      raw.unlabelled_count != known.unlabelled) {
    throw InputError(
        fmt::format("{} has other images than when it was looked through. Remove {}, and it is "
                    "looked through again.",
                    set.source, set.cache_file.string()));
  }
  set.train =
      OnDemand(set.shape, known.train, std::move(raw.train.decode), std::move(raw.train.labels));
  set.test =
      OnDemand(set.shape, known.test, std::move(raw.test.decode), std::move(raw.test.labels));
  if (known.unlabelled > 0)
    set.unlabelled = OnDemand(set.shape, known.unlabelled, std::move(raw.decode_unlabelled));
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

  std::shared_ptr<Dataset> Open() const {
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
  std::shared_ptr<Dataset> FromCache() const {
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
std::shared_ptr<Dataset> OpenImported(const std::string& name, const std::filesystem::path& file,
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
std::pair<std::string, std::string> WithoutVariant(const std::string& name) {
  const std::size_t colon = name.find(':');
  if (colon == std::string::npos) return {name, ""};
  return {name.substr(0, colon), name.substr(colon + 1)};
}

// What is known of the set's groupings; one that does not know all its classes is left out.
std::map<std::string, std::vector<std::int64_t>> GroupingsOf(const Dataset& data) {
  std::map<std::string, std::vector<std::int64_t>> groupings;
  const KnownSet* known = FindKnownSet(data.name);
  if (known == nullptr) return groupings;
  for (const auto& [name, groups] : known->groupings) {
    std::map<std::string, std::int64_t> group_of;  // by class name
    for (std::size_t group = 0; group < groups.size(); ++group) {
      for (const std::string& member : groups[group].second)
        group_of[member] = static_cast<std::int64_t>(group);
    }
    const auto is_known = [&](const std::string& label) { return group_of.count(label) != 0; };
    if (!std::all_of(data.class_names.begin(), data.class_names.end(), is_known)) continue;
    for (const std::string& label : data.class_names) groupings[name].push_back(group_of.at(label));
  }
  return groupings;
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

std::shared_ptr<const Dataset> Grouped(const Dataset& data, const KnownSet& known,
                                       const std::string& grouping) {
  const auto group_of = data.groupings.find(grouping);
  if (group_of == data.groupings.end()) {
    throw InputError(fmt::format("{} names its classes otherwise than {}'s grouping '{}' does. {}",
                                 data.source, data.name, grouping, known.how_to_get));
  }
  auto grouped = std::make_shared<Dataset>(data);
  grouped->name = data.name + ":" + grouping;
  Digest digest("sha256");
  const std::string line = "grouping " + grouping + " of " + data.fingerprint + "\n";
  digest.Add(line.data(), line.size());
  grouped->fingerprint = digest.Hex();
  grouped->class_names.clear();
  for (const auto& [name, members] : known.groupings.at(grouping))
    grouped->class_names.push_back(name);
  grouped->groupings.clear();
  grouped->train = std::make_shared<GroupedSource>(data.train, group_of->second);
  grouped->test = std::make_shared<GroupedSource>(data.test, group_of->second);
  return grouped;
}

// Some images of a source.
class PartSource final : public ImageSource {
 public:
  PartSource(std::shared_ptr<const ImageSource> images, std::vector<std::int64_t> index)
      : ImageSource(images->shape(), static_cast<std::int64_t>(index.size())),
        images_(std::move(images)),
        index_(std::move(index)) {}
  std::int64_t Label(std::int64_t index) const override {
    return images_->Label(index_[static_cast<std::size_t>(index)]);
  }
  void Decode(std::int64_t index, std::uint8_t* pixels) const override {
    images_->Decode(index_[static_cast<std::size_t>(index)], pixels);
  }
  void Expect(const std::vector<std::int64_t>& indices) const override {
    std::vector<std::int64_t> of_images;
    for (const std::int64_t index : indices)
      of_images.push_back(index_[static_cast<std::size_t>(index)]);
    images_->Expect(of_images);
  }

 private:
  std::shared_ptr<const ImageSource> images_;
  std::vector<std::int64_t> index_;
};

// The set with one of its folds as the train split. Mean and deviation stay the whole split's, so
// that all folds are shown the other images alike.
std::shared_ptr<const Dataset> Fold(const Dataset& data, std::size_t fold) {
  auto part = std::make_shared<Dataset>(data);
  part->name = fmt::format("{}:fold{}", data.name, fold);
  Digest digest("sha256");
  const std::string line =
      fmt::format("fold of {}: {}\n", data.fingerprint, fmt::join(data.folds[fold], " "));
  digest.Add(line.data(), line.size());
  part->fingerprint = digest.Hex();
  part->train = std::make_shared<PartSource>(data.train, data.folds[fold]);
  part->folds.clear();
  return part;
}

// What the part of a set's name behind the colon means: a grouping of its classes, or a fold.
std::shared_ptr<const Dataset> Variant(const Dataset& data, const std::string& variant) {
  const KnownSet* known = FindKnownSet(data.name);
  if (known != nullptr && known->groupings.count(variant) != 0)
    return Grouped(data, *known, variant);
  for (std::size_t fold = 0; fold < data.folds.size(); ++fold) {
    if (variant == fmt::format("fold{}", fold)) return Fold(data, fold);
  }
  if (known != nullptr && !known->folds_file.empty() && data.folds.empty()) {
    throw InputError(fmt::format("{} has no {}, which tells the folds of {}. {}", data.source,
                                 known->folds_file, data.name, known->how_to_get));
  }
  std::vector<std::string> names;
  if (known != nullptr)
    for (const auto& [name, groups] : known->groupings) names.push_back(name);
  if (!data.folds.empty()) names.push_back(fmt::format("fold0 to fold{}", data.folds.size() - 1));
  throw InputError(
      fmt::format("{} has no variant named '{}'{}.", data.name, variant,
                  names.empty() ? "" : fmt::format("; it has {}", fmt::join(names, ", "))));
}

}  // namespace

std::shared_ptr<const Dataset> OpenDataset(const std::string& name,
                                           const std::filesystem::path& source,
                                           std::int64_t memory) {
  const auto [whole, variant] = WithoutVariant(name);
  if (whole != name) return Variant(*OpenDataset(whole, source, memory), variant);
  const std::optional<FoundSource> found = FindSource(name, source);
  if (!found) throw InputError(AbsentMessage(name));
  const std::shared_ptr<Dataset> data = found->kind == FoundSource::Kind::kFiles
                                            ? FilesOpener(name, found->path, memory).Open()
                                            : OpenImported(name, found->path, memory);
  data->groupings = GroupingsOf(*data);
  return data;
}

bool HaveDataset(const std::string& name) {
  try {
    return FindSource(WithoutVariant(name).first).has_value();
  } catch (const InputError&) {
    return false;
  }
}

}  // namespace plasticity
