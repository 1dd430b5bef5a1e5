// Sets of image files: {train,test}/<class>/<file>, and what Tiny-ImageNet's layout shares with it.

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "suite/base/error.h"
#include "tasks/data/image_codec.h"
#include "tasks/data/readers.h"

namespace plasticity {
namespace {

ImageShape ShapeOf(const FileSet& files, const std::string& path) {
  try {
    return ReadImageShape(*files.Read(path));
  } catch (const InputError& error) {
    throw InputError(files.Label(path) + " " + error.what() + ".");
  }
}

// The first image tells the size. One colour image makes the set a colour set.
ImageShape CommonShape(const FileSet& files, const std::vector<std::string>& train,
                       const std::vector<std::string>& test) {
  ImageShape shape;
  for (const auto* paths : {&train, &test}) {
    for (const std::string& path : *paths) {
      const ImageShape found = ShapeOf(files, path);
      if (shape.channels == 0) shape = found;
      shape.channels = std::max(shape.channels, found.channels);
      if (shape.channels == 3) return shape;
    }
  }
  return shape;
}

// Record i of each class in turn.
std::vector<std::string> Interleave(const ImagesByClass& by_class,
                                    std::vector<std::uint16_t>* labels) {
  std::size_t longest = 0;
  for (const auto& paths : by_class) longest = std::max(longest, paths.size());
  std::vector<std::string> order;
  for (std::size_t i = 0; i < longest; ++i) {
    for (std::size_t label = 0; label < by_class.size(); ++label) {
      if (i >= by_class[label].size()) continue;
      order.push_back(by_class[label][i]);
      labels->push_back(static_cast<std::uint16_t>(label));
    }
  }
  return order;
}

auto Decoder(const Files& files, std::vector<std::string> order, const ImageShape& shape) {
  return [files, order = std::move(order), shape](std::int64_t index, std::uint8_t* pixels) {
    const std::string& path = order[static_cast<std::size_t>(index)];
    try {
      DecodeImage(*files->Read(path), shape, pixels);
    } catch (const InputError& error) {
      throw InputError(files->Label(path) + " " + error.what() + ".");
    }
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
  if (class_name.empty() || (split != "train" && split != "test")) return std::nullopt;
  return TreePath{prefix, split, class_name};
}

}  // namespace

RawDataset MakeImageSet(const Files& files, std::vector<std::string> class_names,
                        const ImagesByClass& train, const ImagesByClass& test) {
  RawDataset raw;
  std::vector<std::string> train_order = Interleave(train, &raw.train.labels);
  std::vector<std::string> test_order = Interleave(test, &raw.test.labels);
  const ImageShape shape = CommonShape(*files, train_order, test_order);
  raw.channels = shape.channels;
  raw.height = shape.height;
  raw.width = shape.width;
  raw.class_names = std::move(class_names);
  raw.train.decode = Decoder(files, std::move(train_order), shape);
  raw.test.decode = Decoder(files, std::move(test_order), shape);
  return raw;
}

std::optional<RawDataset> ReadImageTree(const Files& files, const KnownSet* known) {
  std::map<std::string, std::map<std::string, std::vector<std::string>>> found;  // split, class
  std::optional<std::string> prefix;
  for (const std::string& path : files->paths()) {
    const std::optional<TreePath> tree = Parse(path);
    if (!tree) continue;
    if (prefix && *prefix != tree->prefix) {
      throw InputError(fmt::format("{} holds more than one image tree ('{}' and '{}'). Name one.",
                                   files->root().string(), *prefix, tree->prefix));
    }
    prefix = tree->prefix;
    found[tree->split][tree->class_name].push_back(path);  // in the order of names
  }
  if (!prefix) return std::nullopt;
  std::vector<std::string> class_names;
  ImagesByClass train;
  ImagesByClass test;
  for (auto& [class_name, paths] : found["train"]) {
    class_names.push_back(class_name);
    train.push_back(std::move(paths));
    test.push_back(std::move(found["test"][class_name]));
    found["test"].erase(class_name);
  }
  if (!found["test"].empty()) {
    throw InputError(fmt::format("{} has the class '{}' in {}test but not in {}train.",
                                 files->root().string(), found["test"].begin()->first, *prefix,
                                 *prefix));
  }
  RawDataset raw = MakeImageSet(files, std::move(class_names), train, test);
  raw.origin = known == nullptr ? "image tree" : "re-encoded images";
  return raw;
}

}  // namespace plasticity
