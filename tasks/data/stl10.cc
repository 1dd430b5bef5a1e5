// STL-10 in the official binary form: images of 9216 red, 9216 green and 9216 blue bytes, each
// plane column by column; labels from 1 in files of their own; further images without labels; and
// the training images' published folds, a line of indices from 0 each. Source: Coates, Ng & Lee
// 2011, An Analysis of Single-Layer Networks in Unsupervised Feature Learning.

#include <fmt/format.h>

#include <sstream>

#include "suite/base/error.h"
#include "suite/base/text.h"
#include "tasks/data/readers.h"

namespace plasticity {
namespace {

constexpr std::int64_t kSide = 96;
constexpr std::int64_t kPlane = kSide * kSide;
constexpr std::int64_t kImageBytes = 3 * kPlane;

const KnownSet& Known() { return *FindKnownSet("stl10"); }

std::shared_ptr<const std::string> Read(const FileSet& files, const std::string& path) {
  if (files.Has(path)) return files.Read(path);
  throw InputError(files.Label(path) + " is missing. " + Known().how_to_get);
}

// A file of images: how many, and what writes one row by row.
struct ImagesFile {
  std::int64_t count = 0;
  ImageDecoder decode;
};

ImagesFile ReadImages(const FileSet& files, const std::string& path) {
  const std::shared_ptr<const std::string> content = Read(files, path);
  const auto bytes = static_cast<std::int64_t>(content->size());
  if (bytes % kImageBytes != 0) {
    throw InputError(fmt::format(
        "{} ends inside an image: {} bytes are {} images of {} bytes and {} bytes more. {}",
        files.Label(path), Grouped(bytes), Grouped(bytes / kImageBytes), Grouped(kImageBytes),
        Grouped(bytes % kImageBytes), Known().how_to_get));
  }
  return {bytes / kImageBytes, [content](std::int64_t index, std::uint8_t* pixels) {
            const char* plane = content->data() + index * kImageBytes;
            for (int c = 0; c < 3; ++c, plane += kPlane, pixels += kPlane) {
              for (std::int64_t y = 0; y < kSide; ++y) {
                for (std::int64_t x = 0; x < kSide; ++x)
                  pixels[y * kSide + x] = static_cast<std::uint8_t>(plane[x * kSide + y]);
              }
            }
          }};
}

// "train" or "test".
RawSplit ReadSplit(const FileSet& files, const std::string& folder, const std::string& split) {
  const std::string labels_path = folder + split + "_y.bin";
  const ImagesFile images = ReadImages(files, folder + split + "_X.bin");
  const std::shared_ptr<const std::string> labels = Read(files, labels_path);
  const auto label_count = static_cast<std::int64_t>(labels->size());
  if (label_count != images.count) {
    throw InputError(fmt::format("{} has {} labels for the {} images of {}_X.bin. {}",
                                 files.Label(labels_path), Grouped(label_count),
                                 Grouped(images.count), split, Known().how_to_get));
  }
  RawSplit raw{.labels = {}, .decode = images.decode};
  for (const char byte : *labels) {
    const int value = static_cast<unsigned char>(byte);
    if (value < 1 || value > Known().classes) {
      throw InputError(fmt::format(
          "{}: image {} has label {}, but the labels of {} are 1 to {}. {}",
          files.Label(labels_path), Grouped(static_cast<std::int64_t>(raw.labels.size())), value,
          Known().name, Known().classes, Known().how_to_get));
    }
    raw.labels.push_back(static_cast<std::uint16_t>(value - 1));
  }
  return raw;
}

std::vector<std::vector<std::int64_t>> ReadFolds(const FileSet& files, const std::string& path,
                                                 std::int64_t train_images) {
  std::vector<std::vector<std::int64_t>> folds;
  if (!files.Has(path)) return folds;
  std::istringstream text(*files.Read(path));
  int line_number = 0;
  for (std::string line; std::getline(text, line);) {
    ++line_number;
    std::istringstream words(line);
    std::vector<std::int64_t> fold;
    for (std::string word; words >> word;) {
      std::istringstream number(word);
      std::int64_t index = -1;
      if (!(number >> index) || !number.eof() || index < 0 || index >= train_images) {
        throw InputError(fmt::format(
            "{}: line {} has '{}', but the {} training images are 0 to {}. {}", files.Label(path),
            line_number, word, Grouped(train_images), train_images - 1, Known().how_to_get));
      }
      fold.push_back(index);
    }
    if (!fold.empty()) folds.push_back(std::move(fold));
  }
  return folds;
}

}  // namespace

std::optional<RawDataset> ReadStl10(const Files& files) {
  std::string path = files->Find("train_X.bin");
  if (path.empty()) path = files->Find("test_X.bin");
  if (path.empty()) return std::nullopt;
  const std::string folder = FolderOf(path);
  RawDataset raw;
  raw.channels = 3;
  raw.height = raw.width = kSide;
  raw.class_names = ClassNamesIn(*files, folder + "class_names.txt", Known());
  raw.train = ReadSplit(*files, folder, "train");
  raw.test = ReadSplit(*files, folder, "test");
  raw.origin = BinaryOrigin(raw, Known());
  if (files->Has(folder + "unlabeled_X.bin")) {
    ImagesFile images = ReadImages(*files, folder + "unlabeled_X.bin");
    raw.unlabelled_count = images.count;
    raw.decode_unlabelled = std::move(images.decode);
  }
  raw.folds = ReadFolds(*files, folder + Known().folds_file,
                        static_cast<std::int64_t>(raw.train.labels.size()));
  return raw;
}

}  // namespace plasticity
