// Sets of image files: {train,test}/<class>/<file> or {train,val}, and what Tiny-ImageNet's layout
// shares with it.

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "suite/base/error.h"
#include "tasks/data/image_codec.h"
#include "tasks/data/readers.h"

namespace plasticity {
namespace {

// What `use` makes of an image file's content; its errors, which give the reason alone, with the
// file's name.
template <typename Use>
auto OfFile(const FileSet& files, std::size_t number, const Use& use) {
  const std::shared_ptr<const std::string> content = files.Read(number);
  try {
    return use(*content);
  } catch (const InputError& error) {
    throw InputError(files.Label(number) + " " + error.what() + ".");
  }
}

// The first image tells the size. One colour image makes the set a colour set.
ImageShape CommonShape(const FileSet& files, const std::vector<std::size_t>& train,
                       const std::vector<std::size_t>& test) {
  ImageShape shape;
  for (const auto* numbers : {&train, &test}) {
    for (const std::size_t number : *numbers) {
      const ImageShape found = OfFile(files, number, ReadImageShape);
      if (shape.channels == 0) shape = found;
      shape.channels = std::max(shape.channels, found.channels);
      if (shape.channels == 3) return shape;
    }
  }
  return shape;
}

// Record i of each class in turn.
std::vector<std::size_t> Interleave(const ImagesByClass& by_class,
                                    std::vector<std::uint16_t>* labels) {
  std::size_t longest = 0;
  for (const auto& numbers : by_class) longest = std::max(longest, numbers.size());
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < longest; ++i) {
    for (std::size_t label = 0; label < by_class.size(); ++label) {
      if (i >= by_class[label].size()) continue;
      order.push_back(by_class[label][i]);
      labels->push_back(static_cast<std::uint16_t>(label));
    }
  }
  return order;
}

auto Decoder(const Files& files, std::vector<std::size_t> order, const ImageShape& shape,
             bool any_size) {
  return [=, order = std::move(order)](std::int64_t index, std::uint8_t* pixels) {
    OfFile(*files, order[static_cast<std::size_t>(index)], [&](const std::string& encoded) {
      any_size ? DecodeToSize(encoded, shape, pixels) : DecodeImage(encoded, shape, pixels);
    });
  };
}

// The parts of PREFIX/SPLIT/CLASS/FILE.
struct TreePath {
  std::string prefix;
  std::string split;
  std::string class_name;
};

std::optional<TreePath> Parse(const std::string& path) {
  if (!IsImageName(path)) return std::nullopt;
  const auto parent = [](const std::string& folder) {  // "a/b/" gives "a/", "b"
    const std::string inner = folder.substr(0, folder.empty() ? 0 : folder.size() - 1);
    return std::pair(FolderOf(inner), BaseName(inner));
  };
  const auto [above_class, class_name] = parent(FolderOf(path));
  const auto [prefix, split] = parent(above_class);
  if (class_name.empty() || (split != "train" && split != "test" && split != "val"))
    return std::nullopt;
  return TreePath{prefix, split, class_name};
}

}  // namespace

RawDataset MakeImageSet(const Files& files, std::vector<std::string> class_names,
                        const ImagesByClass& train, const ImagesByClass& test,
                        const ReadOptions& options) {
  RawDataset raw;
  std::vector<std::size_t> train_order = Interleave(train, &raw.train.labels);
  std::vector<std::size_t> test_order = Interleave(test, &raw.test.labels);
  ImageShape shape = options.shape;
  if (shape.channels == 0) shape = CommonShape(*files, train_order, test_order);
  if (options.size > 0) shape.height = shape.width = options.size;
  raw.channels = shape.channels;
  raw.height = shape.height;
  raw.width = shape.width;
  raw.class_names = std::move(class_names);
  raw.train.decode = Decoder(files, std::move(train_order), shape, options.size > 0);
  raw.test.decode = Decoder(files, std::move(test_order), shape, options.size > 0);
  raw.is_streamable = files->stays_on_disk();
  return raw;
}

std::optional<RawDataset> ReadImageTree(const Files& files, const KnownSet* known,
                                        const ReadOptions& options) {
  std::map<std::string, std::map<std::string, std::vector<std::size_t>>> found;  // split, class
  std::optional<std::string> prefix;
  for (std::size_t number = 0; number < files->count(); ++number) {
    const std::optional<TreePath> tree = Parse(files->path(number));
    if (!tree) continue;
    if (prefix && *prefix != tree->prefix) {
      throw InputError(fmt::format("{} holds more than one image tree ('{}' and '{}'). Name one.",
                                   files->root().string(), *prefix, tree->prefix));
    }
    prefix = tree->prefix;
    found[tree->split][tree->class_name].push_back(number);  // in the order of names
  }
  if (!prefix) return std::nullopt;
  const std::string tested = found.count("test") > 0 ? "test" : "val";
  std::vector<std::string> class_names;
  ImagesByClass train;
  ImagesByClass test;
  for (auto& [class_name, numbers] : found["train"]) {
    class_names.push_back(class_name);
    train.push_back(std::move(numbers));
    test.push_back(std::move(found[tested][class_name]));
    found[tested].erase(class_name);
  }
  if (!found[tested].empty()) {
    throw InputError(fmt::format("{} has the class '{}' in {}{} but not in {}train.",
                                 files->root().string(), found[tested].begin()->first, *prefix,
                                 tested, *prefix));
  }
  RawDataset raw = MakeImageSet(files, std::move(class_names), train, test, options);
  raw.origin = known == nullptr ? "image tree" : "re-encoded images";
  return raw;
}

}  // namespace plasticity
