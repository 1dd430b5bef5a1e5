// Data sets: archives, CIFAR's and STL-10's binary files, IDX files. The input's first byte says
// what it is a file of; all images of what is taken are decoded.
#include <iterator>
#include <vector>

#include "suite/base/files.h"
#include "tasks/data/readers.h"
#include "tests/fuzz/fuzz.h"

namespace {

// Where the input lies, and for which data set.
struct Place {
  const char* file;
  const char* set;
};
constexpr Place kPlaces[] = {{"set.tar", "cifar10"},
                             {"set.tar.gz", "cifar10"},
                             {"set.zip", "mine"},
                             {"cifar-10-batches-bin/data_batch_1.bin", "cifar10"},
                             {"cifar-100-binary/train.bin", "cifar100"},
                             {"stl10_binary/train_X.bin", "stl10"},
                             {"train-images-idx3-ubyte", "fashion-mnist"},
                             {"train-images-idx3-ubyte.gz", "fashion-mnist"},
                             {"train-labels-idx1-ubyte", "fashion-mnist"},
                             {"train/a/1.png", "mine"}};

void DecodeAll(const plasticity::RawDataset& raw) {
  std::vector<std::uint8_t> pixels(static_cast<std::size_t>(raw.channels) * raw.height * raw.width);
  if (pixels.size() > 1 << 22) return;
  for (const plasticity::RawSplit* split : {&raw.train, &raw.test}) {
    for (std::size_t i = 0; i < split->labels.size(); ++i)
      plasticity::testing::Try([&] { split->decode(static_cast<std::int64_t>(i), pixels.data()); });
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const Place place = kPlaces[data[0] % std::size(kPlaces)];
  const plasticity::testing::MemoryFolder folder;
  const std::filesystem::path file =
      folder.Write(place.file, plasticity::testing::Text(data + 1, size - 1));
  const bool archive = std::string_view(place.file).substr(0, 4) == "set.";
  // What goes with the file, so that its reader comes to it.
  if (std::string_view(place.file).substr(0, 5) == "train" && !archive) {
    const std::string label("\0\0\x08\x01\0\0\0\x01\x03", 9);
    folder.Write("t10k-labels-idx1-ubyte", label);
    folder.Write("t10k-images-idx3-ubyte",
                 std::string("\0\0\x08\x03\0\0\0\x01\0\0\0\x01\0\0\0\x01\x07", 17));
    if (place.file[6] == 'i') folder.Write("train-labels-idx1-ubyte", label);
  }
  plasticity::testing::Try([&] {
    DecodeAll(plasticity::ReadSource(place.set, archive ? file : folder.path(),
                                     {.size = 0, .memory = std::int64_t{1} << 26}));
  });
  return 0;
}
