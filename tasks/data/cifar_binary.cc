// CIFAR-10 and CIFAR-100 in the official binary form: records of one label byte (CIFAR-100: a
// coarse and a fine one) and 1024 red, 1024 green and 1024 blue bytes.

#include <fmt/format.h>

#include <cstring>

#include "suite/base/error.h"
#include "suite/base/text.h"
#include "tasks/data/readers.h"

namespace plasticity {
namespace {

constexpr std::int64_t kSide = 32;
constexpr std::int64_t kImageBytes = 3 * kSide * kSide;

struct Layout {
  const char* known_name;
  std::vector<std::string> train;
  std::string test;
  std::string names_file;
  std::int64_t label_bytes;
};

const Layout& Cifar10() {
  static const Layout layout = {"cifar10",
                                {"data_batch_1.bin", "data_batch_2.bin", "data_batch_3.bin",
                                 "data_batch_4.bin", "data_batch_5.bin"},
                                "test_batch.bin",
                                "batches.meta.txt",
                                1};
  return layout;
}

const Layout& Cifar100() {
  static const Layout layout = {"cifar100", {"train.bin"}, "test.bin", "fine_label_names.txt", 2};
  return layout;
}

// Where a file of the layout is, if any: all lie in one folder.
std::string FindAny(const FileSet& files, const Layout& layout) {
  std::string path = files.Find(layout.test);
  for (const std::string& name : layout.train) {
    if (path.empty()) path = files.Find(name);
  }
  return path;
}

RawSplit ReadSplit(const Files& files, const std::string& folder,
                   const std::vector<std::string>& names, const Layout& layout) {
  const KnownSet& known = *FindKnownSet(layout.known_name);
  const std::int64_t record = layout.label_bytes + kImageBytes;
  auto contents = std::make_shared<std::vector<std::shared_ptr<const std::string>>>();
  auto images = std::make_shared<std::vector<const char*>>();
  RawSplit split;
  for (const std::string& name : names) {
    const std::string label = files->Label(folder + name);
    if (!files->Has(folder + name)) throw InputError(label + " is missing. " + known.how_to_get);
    const auto& content = contents->emplace_back(files->Read(folder + name));
    const auto bytes = static_cast<std::int64_t>(content->size());
    if (bytes % record != 0) {
      throw InputError(fmt::format(
          "{} ends inside a record: {} bytes are {} records of {} bytes and {} bytes more. {}",
          label, Grouped(bytes), Grouped(bytes / record), Grouped(record), bytes % record,
          known.how_to_get));
    }
    for (std::int64_t i = 0; i < bytes / record; ++i) {
      const char* start = content->data() + i * record;
      const int value = static_cast<unsigned char>(start[layout.label_bytes - 1]);
      if (value >= known.classes) {
        throw InputError(
            fmt::format("{}: record {} has label {}, but the labels of {} are 0 to {}. {}", label,
                        Grouped(i), value, known.name, known.classes - 1, known.how_to_get));
      }
      split.labels.push_back(static_cast<std::uint16_t>(value));
      images->push_back(start + layout.label_bytes);
    }
  }
  split.decode = [contents, images](std::int64_t index, std::uint8_t* pixels) {
    std::memcpy(pixels, (*images)[static_cast<std::size_t>(index)], kImageBytes);
  };
  return split;
}

}  // namespace

std::optional<RawDataset> ReadCifarBinary(const Files& files, const KnownSet* known) {
  const std::string ten = FindAny(*files, Cifar10());
  const std::string hundred = FindAny(*files, Cifar100());
  if (ten.empty() && hundred.empty()) return std::nullopt;
  // Where a folder has both, the name decides.
  const bool prefer_hundred = known != nullptr && known->name == Cifar100().known_name;
  const bool use_ten = hundred.empty() || (!ten.empty() && !prefer_hundred);
  const Layout& layout = use_ten ? Cifar10() : Cifar100();
  const std::string folder = FolderOf(use_ten ? ten : hundred);
  RawDataset raw;
  raw.channels = 3;
  raw.height = raw.width = kSide;
  raw.class_names =
      ClassNamesIn(*files, folder + layout.names_file, *FindKnownSet(layout.known_name));
  raw.train = ReadSplit(files, folder, layout.train, layout);
  raw.test = ReadSplit(files, folder, {layout.test}, layout);
  raw.origin = BinaryOrigin(raw, *FindKnownSet(layout.known_name));
  return raw;
}

}  // namespace plasticity
