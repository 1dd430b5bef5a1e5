// MNIST's IDX files: a big-endian magic number and sizes, then unsigned bytes.

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "suite/base/error.h"
#include "suite/base/text.h"
#include "tasks/data/gzip.h"
#include "tasks/data/readers.h"

namespace plasticity {
namespace {

struct IdxFile {
  std::string label;  // for messages
  std::shared_ptr<const std::string> content;
  std::vector<std::int64_t> sizes;  // of the dimensions
  const std::uint8_t* data = nullptr;
};

// "train-images-idx3-ubyte", ".gz" or not, '-' or '.' before "idx"; "" where it is absent.
std::string FindFile(const FileSet& files, const std::string& part, int dimensions) {
  for (const char* separator : {"-", "."}) {
    for (const char* end : {"", ".gz"}) {
      const std::string path =
          files.Find(fmt::format("{}{}idx{}-ubyte{}", part, separator, dimensions, end));
      if (!path.empty()) return path;
    }
  }
  return "";
}

std::int64_t BigEndian(const std::string& bytes, std::size_t at) {
  std::int64_t value = 0;
  for (std::size_t i = 0; i < 4; ++i)
    value = value << 8 | static_cast<unsigned char>(bytes[at + i]);
  return value;
}

IdxFile ReadFileOf(const FileSet& files, const std::string& part, int dimensions) {
  const std::string path = FindFile(files, part, dimensions);
  if (path.empty()) {
    throw InputError(
        fmt::format("{} has no {}-idx{}-ubyte (or .gz): all four IDX files are needed.",
                    files.root().string(), part, dimensions));
  }
  IdxFile file;
  file.label = files.Label(path);
  const std::size_t header = 4 + 4 * static_cast<std::size_t>(dimensions);
  const std::shared_ptr<const std::string> packed = files.Read(path);
  file.content = Gunzip(packed, file.label, header);
  if (file.content->size() < header || BigEndian(*file.content, 0) != 0x0800 + dimensions) {
    throw InputError(fmt::format("{} is no IDX file of unsigned bytes in {} dimension(s).",
                                 file.label, dimensions));
  }
  std::int64_t expected = 1;
  for (int i = 0; i < dimensions; ++i) {
    file.sizes.push_back(BigEndian(*file.content, 4 + 4 * static_cast<std::size_t>(i)));
    if (__builtin_mul_overflow(expected, file.sizes.back(), &expected))
      throw InputError(file.label + " has a header that tells of more data than there can be.");
  }
  // Not more than one byte beyond what the header tells: that it is too many is enough to know.
  file.content = Gunzip(packed, file.label, header + static_cast<std::size_t>(expected + 1));
  const std::string& bytes = *file.content;
  const auto found = static_cast<std::int64_t>(bytes.size() - header);
  if (found != expected) {
    throw InputError(
        fmt::format("{} holds {} bytes of data, but its header tells of {}. Copy or "
                    "download it again.",
                    file.label, found > expected ? "more" : Grouped(found), Grouped(expected)));
  }
  file.data = reinterpret_cast<const std::uint8_t*>(bytes.data()) + header;
  return file;
}

RawSplit MakeSplit(const IdxFile& images, const IdxFile& labels, const KnownSet* known) {
  if (images.sizes[0] != labels.sizes[0]) {
    throw InputError(fmt::format("{} has {} images, but {} has {} labels.", images.label,
                                 Grouped(images.sizes[0]), labels.label, Grouped(labels.sizes[0])));
  }
  RawSplit split;
  split.labels.assign(labels.data, labels.data + labels.sizes[0]);
  const int classes = known == nullptr ? 256 : known->classes;
  for (std::size_t i = 0; i < split.labels.size(); ++i) {
    if (split.labels[i] >= classes) {
      throw InputError(fmt::format("{}: record {} has label {}, but the labels of {} are 0 to {}.",
                                   labels.label, Grouped(static_cast<std::int64_t>(i)),
                                   split.labels[i], known->name, classes - 1));
    }
  }
  const std::int64_t image_bytes = images.sizes[1] * images.sizes[2];
  split.decode = [images, image_bytes](std::int64_t index, std::uint8_t* pixels) {
    std::memcpy(pixels, images.data + index * image_bytes, static_cast<std::size_t>(image_bytes));
  };
  return split;
}

}  // namespace

std::optional<RawDataset> ReadIdx(const Files& files, const KnownSet* known) {
  if (FindFile(*files, "train-images", 3).empty() && FindFile(*files, "t10k-images", 3).empty()) {
    return std::nullopt;
  }
  const IdxFile train = ReadFileOf(*files, "train-images", 3);
  const IdxFile test = ReadFileOf(*files, "t10k-images", 3);
  if (train.sizes[1] != test.sizes[1] || train.sizes[2] != test.sizes[2]) {
    throw InputError(fmt::format("{} has images of {} x {} pixels, but {} of {} x {}.", train.label,
                                 train.sizes[1], train.sizes[2], test.label, test.sizes[1],
                                 test.sizes[2]));
  }
  RawDataset raw;
  raw.origin = "idx";
  raw.channels = 1;
  raw.height = static_cast<int>(train.sizes[1]);
  raw.width = static_cast<int>(train.sizes[2]);
  raw.train = MakeSplit(train, ReadFileOf(*files, "train-labels", 1), known);
  raw.test = MakeSplit(test, ReadFileOf(*files, "t10k-labels", 1), known);
  if (known != nullptr) {
    raw.class_names = known->class_names;
  } else {
    int classes = 0;
    for (const RawSplit* split : {&raw.train, &raw.test}) {
      for (const std::uint16_t label : split->labels) classes = std::max(classes, label + 1);
    }
    for (int i = 0; i < classes; ++i) raw.class_names.push_back(std::to_string(i));
  }
  return raw;
}

}  // namespace plasticity
