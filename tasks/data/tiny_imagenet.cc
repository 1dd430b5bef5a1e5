// Tiny-ImageNet-200's own layout: wnids.txt, words.txt, train/<wnid>/images/*.JPEG,
// val/images/*.JPEG with val/val_annotations.txt. test/ has no labels and is not used: val is our
// test split.

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <sstream>

#include "suite/base/error.h"
#include "tasks/data/readers.h"

namespace plasticity {
namespace {

std::vector<std::string> ClassIds(const FileSet& files, const std::string& path) {
  std::istringstream text(*files.Read(path));
  std::vector<std::string> ids;
  for (std::string id; text >> id;) ids.push_back(id);
  std::sort(ids.begin(), ids.end());
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
  return ids;
}

// "n01443537<tab>goldfish, Carassius auratus" names the class goldfish, unless another is called
// so.
std::vector<std::string> ClassNames(const FileSet& files, const std::string& words_path,
                                    const std::vector<std::string>& ids) {
  if (!files.Has(words_path)) return ids;
  std::map<std::string, std::string> words;
  std::istringstream text(*files.Read(words_path));
  for (std::string id, line; text >> id && std::getline(text >> std::ws, line);) {
    if (!std::binary_search(ids.begin(), ids.end(), id)) continue;
    words[id] = line.substr(0, line.find_first_of(",\r"));
  }
  std::map<std::string, int> uses;
  for (const auto& [id, word] : words) ++uses[word];
  std::vector<std::string> names;
  for (const std::string& id : ids) {
    const bool is_unique = words.count(id) != 0 && !words[id].empty() && uses[words[id]] == 1;
    names.push_back(is_unique ? words[id] : id);
  }
  return names;
}

std::size_t LabelOf(const std::vector<std::string>& ids, const std::string& id) {
  const auto found = std::lower_bound(ids.begin(), ids.end(), id);
  return static_cast<std::size_t>(
      found != ids.end() && *found == id ? found - ids.begin() : static_cast<long>(ids.size()));
}

ImagesByClass TrainImages(const FileSet& files, const std::string& folder,
                          const std::vector<std::string>& ids) {
  ImagesByClass by_class(ids.size());
  for (std::size_t number = 0; number < files.count(); ++number) {
    const std::string& path = files.path(number);
    if (!path.starts_with(folder) || !IsImageName(path)) continue;
    const std::string id =
        path.substr(folder.size(), path.find('/', folder.size()) - folder.size());
    const std::size_t label = LabelOf(ids, id);
    if (label == ids.size()) {
      throw InputError(files.Label(number) + " is of a class that wnids.txt does not list.");
    }
    by_class[label].push_back(number);
  }
  for (std::size_t label = 0; label < ids.size(); ++label) {
    if (by_class[label].empty()) {
      throw InputError(fmt::format("{} has no images of the class {} that wnids.txt lists.",
                                   files.Label(folder), ids[label]));
    }
  }
  return by_class;
}

ImagesByClass ValidationImages(const FileSet& files, const std::string& folder,
                               const std::vector<std::string>& ids) {
  const std::string annotations = folder + "val_annotations.txt";
  std::istringstream text(*files.Read(annotations));
  ImagesByClass by_class(ids.size());
  for (std::string line; std::getline(text, line);) {
    std::istringstream fields(line);
    std::string name;
    std::string id;
    if (!(fields >> name >> id)) continue;
    const std::size_t label = LabelOf(ids, id);
    if (label == ids.size()) {
      throw InputError(fmt::format("{}: {} has the class {}, which wnids.txt does not list.",
                                   files.Label(annotations), name, id));
    }
    const std::optional<std::size_t> number = files.Number(folder + "images/" + name);
    if (!number) {
      throw InputError(files.Label(folder + "images/" + name) +
                       " is missing, but val_annotations.txt lists it.");
    }
    by_class[label].push_back(*number);
  }
  for (auto& numbers : by_class) std::sort(numbers.begin(), numbers.end());
  return by_class;
}

}  // namespace

std::optional<RawDataset> ReadTinyImageNet(const Files& files, const ReadOptions& options) {
  const std::string ids_path = files->Find("wnids.txt");
  if (ids_path.empty()) return std::nullopt;
  const std::string root = FolderOf(ids_path);
  const std::vector<std::string> ids = ClassIds(*files, ids_path);
  RawDataset raw = MakeImageSet(files, ClassNames(*files, root + "words.txt", ids),
                                TrainImages(*files, root + "train/", ids),
                                ValidationImages(*files, root + "val/", ids), options);
  raw.origin = "official layout";
  return raw;
}

}  // namespace plasticity
