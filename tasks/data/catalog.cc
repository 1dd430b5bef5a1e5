#include "tasks/data/catalog.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <sstream>

#include "suite/base/digest.h"
#include "suite/base/error.h"

namespace plasticity {
namespace {

constexpr char kCifar10Classes[] = "airplane automobile bird cat deer dog frog horse ship truck";

constexpr char kCifar100Classes[] =
    "apple aquarium_fish baby bear beaver bed bee beetle bicycle bottle bowl boy "
    "bridge bus butterfly camel can castle caterpillar cattle chair chimpanzee clock "
    "cloud cockroach couch crab crocodile cup dinosaur dolphin elephant flatfish "
    "forest fox girl hamster house kangaroo keyboard lamp lawn_mower leopard lion "
    "lizard lobster man maple_tree motorcycle mountain mouse mushroom oak_tree orange "
    "orchid otter palm_tree pear pickup_truck pine_tree plain plate poppy porcupine "
    "possum rabbit raccoon ray road rocket rose sea seal shark shrew skunk skyscraper "
    "snail snake spider squirrel streetcar sunflower sweet_pepper table tank telephone "
    "television tiger tractor train trout tulip turtle wardrobe whale willow_tree wolf "
    "woman worm";

// Krizhevsky 2009: a superclass, and its five classes.
constexpr const char* kCifar100Superclasses[] = {
    "aquatic_mammals beaver dolphin otter seal whale",
    "fish aquarium_fish flatfish ray shark trout",
    "flowers orchid poppy rose sunflower tulip",
    "food_containers bottle bowl can cup plate",
    "fruit_and_vegetables apple mushroom orange pear sweet_pepper",
    "household_electrical_devices clock keyboard lamp telephone television",
    "household_furniture bed chair couch table wardrobe",
    "insects bee beetle butterfly caterpillar cockroach",
    "large_carnivores bear leopard lion tiger wolf",
    "large_man-made_outdoor_things bridge castle house road skyscraper",
    "large_natural_outdoor_scenes cloud forest mountain plain sea",
    "large_omnivores_and_herbivores camel cattle chimpanzee elephant kangaroo",
    "medium_mammals fox porcupine possum raccoon skunk",
    "non-insect_invertebrates crab lobster snail spider worm",
    "people baby boy girl man woman",
    "reptiles crocodile dinosaur lizard snake turtle",
    "small_mammals hamster mouse rabbit shrew squirrel",
    "trees maple_tree oak_tree palm_tree pine_tree willow_tree",
    "vehicles_1 bicycle bus motorcycle pickup_truck train",
    "vehicles_2 lawn_mower rocket streetcar tank tractor"};

constexpr char kFashionClasses[] =
    "t-shirt trouser pullover dress coat sandal shirt sneaker bag ankle-boot";

constexpr char kStl10Classes[] = "airplane bird car cat deer dog horse monkey ship truck";

constexpr char kDigits[] = "0 1 2 3 4 5 6 7 8 9";

std::vector<std::string> Words(const char* text) {
  std::istringstream stream(text);
  std::vector<std::string> words;
  for (std::string word; stream >> word;) words.push_back(word);
  return words;
}

std::vector<std::pair<std::string, std::vector<std::string>>> Superclasses() {
  std::vector<std::pair<std::string, std::vector<std::string>>> groups;
  for (const char* line : kCifar100Superclasses) {
    std::vector<std::string> words = Words(line);
    const std::string name = words.front();
    words.erase(words.begin());
    groups.emplace_back(name, std::move(words));
  }
  return groups;
}

std::vector<KnownSet> MakeKnownSets() {
  return {
      {.name = "cifar10",
       .summary = "CIFAR-10: 10 classes of 32 x 32 colour images",
       .classes = 10,
       .channels = 3,
       .height = 32,
       .width = 32,
       .images = 60000,
       .class_names = Words(kCifar10Classes),
       .exact = {"cifar-10-batches-bin", "cifar-10-binary.tar.gz"},
       .reencoded = {"cifar10.tar.gz", "cifar10"},
       .url = "https://www.cs.toronto.edu/~kriz",
       .archive = "cifar-10-binary.tar.gz",
       .archive_bytes = 170052171,
       .archive_md5 = "c32a1d4ab5d03f1284b67883e8d87530",
       .how_to_get = "Get it: plasticity data fetch cifar10."},
      {.name = "cifar100",
       .summary =
           "CIFAR-100: 100 fine classes of 32 x 32 colour images; cifar100:coarse has its 20 "
           "superclasses",
       .classes = 100,
       .channels = 3,
       .height = 32,
       .width = 32,
       .images = 60000,
       .class_names = Words(kCifar100Classes),
       .exact = {"cifar-100-binary", "cifar-100-binary.tar.gz"},
       .reencoded = {"cifar100.tar.gz", "cifar100"},
       .url = "https://www.cs.toronto.edu/~kriz",
       .archive = "cifar-100-binary.tar.gz",
       .archive_bytes = 168513733,
       .archive_md5 = "03b5dce01913d631647c71ecec9e9cb8",
       .how_to_get = "Get it: plasticity data fetch cifar100.",
       .groupings = {{"coarse", Superclasses()}}},
      {.name = "fashion-mnist",
       .summary = "Fashion-MNIST: 10 classes of 28 x 28 gray images",
       .classes = 10,
       .channels = 1,
       .height = 28,
       .width = 28,
       .class_names = Words(kFashionClasses),
       .exact = {"fashion-mnist", "FashionMNIST/raw"},
       .system_folders = {"/usr/share/datasets/fashion-mnist"},
       .how_to_get = "It is Debian's package dataset-fashion-mnist: apt-get install "
                     "dataset-fashion-mnist."},
      {.name = "mnist",
       .summary = "MNIST: 10 classes of 28 x 28 gray images",
       .classes = 10,
       .channels = 1,
       .height = 28,
       .width = 28,
       .class_names = Words(kDigits),
       .exact = {"mnist", "MNIST/raw"},
       .system_folders = {"/usr/share/datasets/mnist"},
       .how_to_get =
           "Import a folder with its four IDX files: plasticity data import mnist FOLDER."},
      {.name = "stl10",
       .summary =
           "STL-10: 10 classes of 96 x 96 colour images, and many without labels; stl10:fold0 to "
           "stl10:fold9 are its published folds",
       .classes = 10,
       .channels = 3,
       .height = 96,
       .width = 96,
       .images = 13000,
       .class_names = Words(kStl10Classes),
       .exact = {"stl10_binary", "stl10_binary.tar.gz"},
       .url = "http://ai.stanford.edu/~acoates/stl10",
       .archive = "stl10_binary.tar.gz",
       .archive_bytes = 2640397119,
       .archive_md5 = "91f7769df0f17e558f3565bffb0c7dfb",
       .how_to_get = "Get it: plasticity data fetch stl10.",
       .folds_file = "fold_indices.txt"},
      {.name = "tiny-imagenet-200",
       .summary = "Tiny-ImageNet-200: 200 classes of 64 x 64 colour images; val is the test split",
       .classes = 200,
       .channels = 3,
       .height = 64,
       .width = 64,
       .exact = {"tiny-imagenet-200.zip", "tiny-imagenet-200.tar.gz", "tiny-imagenet-200"},
       .url = "http://cs231n.stanford.edu",
       .archive = "tiny-imagenet-200.zip",
       .archive_bytes = 248100043,
       .archive_md5 = "90528d7ca1a48142e341f4ef8d21d0de",
       .how_to_get = "Get it: plasticity data fetch tiny-imagenet-200."},
  };
}

}  // namespace

const std::vector<KnownSet>& KnownSets() {
  static const std::vector<KnownSet> sets = MakeKnownSets();
  return sets;
}

const KnownSet* FindKnownSet(const std::string& name) {
  const auto& sets = KnownSets();
  const auto found =
      std::find_if(sets.begin(), sets.end(), [&](const KnownSet& set) { return set.name == name; });
  return found == sets.end() ? nullptr : &*found;
}

std::string FileMd5(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw InputError("cannot read " + path.string() + ".");
  Digest digest("md5");
  std::vector<char> block(1 << 20);
  while (file) {
    file.read(block.data(), static_cast<std::streamsize>(block.size()));
    digest.Add(block.data(), static_cast<std::size_t>(file.gcount()));
  }
  if (file.bad()) throw InputError("cannot read " + path.string() + " to its end.");
  return digest.Hex();
}

}  // namespace plasticity
