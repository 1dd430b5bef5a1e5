#include "tasks/data/readers.h"

#include <fmt/format.h>

#include <sstream>

#include "suite/base/error.h"
#include "suite/base/text.h"

namespace plasticity {
namespace {

std::optional<RawDataset> ReadAnyFormat(const Files& files, const KnownSet* known,
                                        const ReadOptions& options) {
  std::optional<RawDataset> raw = ReadCifarBinary(files, known);
  if (!raw) raw = ReadStl10(files);
  if (!raw) raw = ReadTinyImageNet(files, options);
  if (!raw) raw = ReadIdx(files, known);
  if (!raw) raw = ReadImageTree(files, known, options);
  return raw;
}

// A set under a known name has to be that set: results are compared by it.
void CheckIsKnown(const RawDataset& raw, const KnownSet& known, const std::string& path) {
  const bool same_images =
      raw.channels == known.channels && raw.height == known.height && raw.width == known.width;
  // Tiny-ImageNet-200 may be cut to fewer classes; the others name theirs.
  const int classes = static_cast<int>(raw.class_names.size());
  const bool same_classes =
      known.class_names.empty() ? classes <= known.classes : classes == known.classes;
  if (same_images && same_classes) return;
  throw InputError(fmt::format(
      "{} has {} classes of {} x {} x {} images, but {} has {} of {} x {} x {}. Import it under a "
      "name of its own: plasticity data import NAME {}",
      path, classes, raw.channels, raw.height, raw.width, known.name, known.classes, known.channels,
      known.height, known.width, path));
}

}  // namespace

std::string BinaryOrigin(const RawDataset& raw, const KnownSet& known) {
  const std::string format = "official binary format";
  const auto images = std::ssize(raw.train.labels) + std::ssize(raw.test.labels);
  if (images == known.images) return format;
  return fmt::format("{}, {} of {} images", format, Grouped(images), Grouped(known.images));
}

std::vector<std::string> ClassNamesIn(const FileSet& files, const std::string& path,
                                      const KnownSet& known) {
  if (!files.Has(path)) return known.class_names;
  std::istringstream text(*files.Read(path));
  std::vector<std::string> names;
  for (std::string line; std::getline(text, line);) {
    while (!line.empty() && (line.back() == '\r' || line.back() == ' ')) line.pop_back();
    if (!line.empty()) names.push_back(line);
  }
  if (static_cast<int>(names.size()) != known.classes) {
    throw InputError(fmt::format("{} names {} classes instead of {}. {}", files.Label(path),
                                 names.size(), known.classes, known.how_to_get));
  }
  return names;
}

bool IsOfficialArchive(const std::filesystem::path& path, const KnownSet& known) {
  std::error_code failed;
  if (known.archive.empty() || !std::filesystem::is_regular_file(path, failed)) return false;
  const bool likely =
      path.filename() == known.archive ||
      std::filesystem::file_size(path, failed) == static_cast<std::uintmax_t>(known.archive_bytes);
  return likely && FileMd5(path) == known.archive_md5;
}

RawDataset ReadSource(const std::string& name, const std::filesystem::path& path,
                      const ReadOptions& options) {
  const KnownSet* known = FindKnownSet(name);
  const Files files = FileSet::Open(path, options.memory);
  std::optional<RawDataset> raw = ReadAnyFormat(files, known, options);
  if (!raw && (files->HasUnwanted("data_batch_1") || files->HasUnwanted("train"))) {
    throw InputError(
        path.string() +
        " holds no CIFAR .bin files. If it is the Python version, get the binary one." +
        (known == nullptr ? "" : " " + known->how_to_get));
  }
  if (!raw) {
    throw InputError(path.string() +
                     " holds no data that we read: CIFAR's or STL-10's .bin files, IDX files, "
                     "Tiny-ImageNet-200's layout, or images as {train,test}/CLASS/FILE or "
                     "{train,val}/CLASS/FILE "
                     "(JPEG or PNG), in folders or in uncompressed .tar files.");
  }
  if (raw->class_names.size() > 65536) {
    throw InputError(path.string() + " has more than the 65,536 classes that a label can tell.");
  }
  if (raw->train.labels.empty() || raw->test.labels.empty()) {
    throw InputError(path.string() + " has no " + (raw->train.labels.empty() ? "train" : "test") +
                     " images.");
  }
  if (options.size > 0 && (raw->height != options.size || raw->width != options.size)) {
    throw InputError(fmt::format("{} holds no image files: its {} x {} images stay as they are.",
                                 path.string(), raw->height, raw->width));
  }
  if (raw->height == 0 || raw->width == 0) {
    throw InputError(path.string() + " has images without pixels.");
  }
  if (known != nullptr) {
    CheckIsKnown(*raw, *known, path.string());
    if (IsOfficialArchive(path, *known)) raw->origin = "official archive";
  }
  return *std::move(raw);
}

}  // namespace plasticity
