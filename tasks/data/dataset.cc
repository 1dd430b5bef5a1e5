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

// "cifar100:coarse" as "cifar100" and "coarse"; the second is empty where there is none.
std::pair<std::string, std::string> WithoutVariant(const std::string& name) {
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
  const std::uint8_t* Mapped() const override { return images_->Mapped(); }

 private:
  std::shared_ptr<const ImageSource> images_;
  std::vector<std::int64_t> group_of_;  // by class
};

std::shared_ptr<const Dataset> Grouped(const Dataset& data, const KnownSet& known,
                                       const std::string& grouping) {
  const auto& groups = known.groupings.at(grouping);
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
                                           const std::filesystem::path& source) {
  const auto [whole, variant] = WithoutVariant(name);
  if (whole != name) return Variant(*OpenDataset(whole, source), variant);
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
    return FindSource(WithoutVariant(name).first).has_value();
  } catch (const InputError&) {
    return false;
  }
}

}  // namespace plasticity
