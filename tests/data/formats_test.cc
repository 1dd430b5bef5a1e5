#include <catch2/catch.hpp>
#include <cmath>

#include "suite/base/digest.h"
#include "tests/data/support.h"

using namespace plasticity;
using namespace plasticity::testing;

namespace {

// The fingerprint as image_source.h defines it, computed apart from the code under test.
std::string ExpectedFingerprint(const Dataset& set) {
  std::string all =
      "plasticity-data 1 classes=" + std::to_string(set.class_names.size()) +
      " channels=" + std::to_string(set.shape.channels) +
      " height=" + std::to_string(set.shape.height) + " width=" + std::to_string(set.shape.width) +
      " train=" + std::to_string(set.train->count()) + " test=" + std::to_string(set.test->count());
  if (set.unlabelled) all += " unlabelled=" + std::to_string(set.unlabelled->count());
  all += "\n";
  for (const auto& split : {set.train, set.test}) {
    for (std::int64_t i = 0; i < split->count() * set.shape.bytes(); ++i) {
      all += static_cast<char>(split->Mapped()[i]);
    }
    for (std::int64_t i = 0; i < split->count(); ++i) {
      all += static_cast<char>(split->Label(i) & 255);
      all += static_cast<char>(split->Label(i) >> 8);
    }
  }
  for (std::int64_t i = 0; set.unlabelled && i < set.unlabelled->count(); ++i) {
    for (const std::uint8_t value : Image(*set.unlabelled, i)) all += static_cast<char>(value);
  }
  return Sha256(all);
}

void CheckCifarSplit(const ImageSource& split, int first, int classes) {
  for (std::int64_t i = 0; i < split.count(); ++i) {
    REQUIRE(split.Label(i) == (first + i) % classes);
    const std::vector<std::uint8_t> image = Image(split, i);
    for (std::int64_t p = 0; p < 3072; ++p) {
      if (image[p] != CifarPixel(first + i, p)) FAIL("image " << i << " pixel " << p);
    }
  }
}

// Image i of the split is number `first` + i of Stl10Tree's.
void CheckStl10Images(const ImageSource& split, int first) {
  for (int i = 0; i < split.count(); ++i) {
    const std::vector<std::uint8_t> image = Image(split, i);
    for (int c = 0; c < 3; ++c) {
      for (int y = 0; y < 96; ++y) {
        for (int x = 0; x < 96; ++x) {
          if (image[static_cast<std::size_t>((c * 96 + y) * 96 + x)] !=
              Stl10Pixel(first + i, c, y, x))
            FAIL("image " << i << ", channel " << c << ", row " << y << ", column " << x);
        }
      }
    }
  }
}

}  // namespace

TEST_CASE("CIFAR-10 in its official form opens from a folder, its parent and an archive") {
  const Sandbox sandbox;
  WriteFolder(sandbox.path("data"), Cifar10Tree());
  WriteArchive(sandbox.path("some.tar.gz"), Cifar10Tree());
  WriteArchive(sandbox.path("reverse.zip"), Cifar10Tree(), true);
  const fs::path source = sandbox.path(GENERATE(
      as<std::string>{}, "data", "data/cifar-10-batches-bin", "some.tar.gz", "reverse.zip"));
  const auto set = OpenDataset("cifar10", source);
  CHECK(set->name == "cifar10");
  CHECK(set->origin == "official binary format, 30 of 60,000 images");
  CHECK((set->shape.channels == 3 && set->shape.height == 32 && set->shape.width == 32));
  CHECK(set->class_names.size() == 10);
  CHECK(set->class_names[1] == "automobile");
  REQUIRE(set->train->count() == 20);
  REQUIRE(set->test->count() == 10);
  CheckCifarSplit(*set->train, 0, 10);
  CheckCifarSplit(*set->test, 100, 10);
  CHECK(set->fingerprint == ExpectedFingerprint(*set));
}

TEST_CASE("CIFAR-10's class names come from batches.meta.txt where it is") {
  const Sandbox sandbox;
  Tree tree = Cifar10Tree();
  tree["cifar-10-batches-bin/batches.meta.txt"] = "a\nb\nc\nd\ne\nf\ng\nh\ni\nj\n\n";
  WriteFolder(sandbox.path("data"), tree);
  CHECK(OpenDataset("cifar10", sandbox.path("data"))->class_names[9] == "j");
}

TEST_CASE("CIFAR-100 uses the fine labels") {
  const Sandbox sandbox;
  WriteArchive(sandbox.path("a.tar.gz"), Cifar100Tree());
  WriteFolder(sandbox.path("b"), Cifar100Tree());
  const auto set = OpenDataset("cifar100", sandbox.path("a.tar.gz"));
  REQUIRE(set->train->count() == 200);
  REQUIRE(set->test->count() == 100);
  CHECK(set->class_names.size() == 100);
  CHECK(set->class_names[99] == "worm");
  CheckCifarSplit(*set->train, 0, 100);
  CheckCifarSplit(*set->test, 500, 100);
  CHECK(OpenDataset("cifar100", sandbox.path("b"))->fingerprint == set->fingerprint);
}

TEST_CASE("CIFAR-100 under its superclasses has the same images and other labels") {
  const Sandbox sandbox;
  WriteFolder(sandbox.path("b"), Cifar100Tree());
  const auto fine = OpenDataset("cifar100", sandbox.path("b"));
  const auto coarse = OpenDataset("cifar100:coarse", sandbox.path("b"));
  CHECK(coarse->name == "cifar100:coarse");
  CHECK(coarse->fingerprint != fine->fingerprint);
  REQUIRE(coarse->class_names.size() == 20);
  CHECK(std::equal(coarse->train->Mapped(), coarse->train->Mapped() + 200 * 3072,
                   fine->train->Mapped()));
  std::vector<int> members(20);
  for (std::int64_t i = 0; i < 100; ++i) {  // one image of each class
    const auto group = static_cast<std::size_t>(coarse->train->Label(i));
    ++members.at(group);
    if (fine->class_names[static_cast<std::size_t>(fine->train->Label(i))] == "rocket")
      CHECK(coarse->class_names[group] == "vehicles_2");
  }
  CHECK(members == std::vector<int>(20, 5));
  CHECK_THROWS_WITH(OpenDataset("cifar100:fine", sandbox.path("b")), Catch::Contains("coarse"));
}

TEST_CASE("CIFAR-100 knows its superclasses, where it has its own class names") {
  const Sandbox sandbox;
  Tree tree = Cifar100Tree();
  WriteFolder(sandbox.path("known"), tree);
  const auto fine = OpenDataset("cifar100", sandbox.path("known"));
  const auto coarse = OpenDataset("cifar100:coarse", sandbox.path("known"));
  REQUIRE(fine->groupings.size() == 1);
  const std::vector<std::int64_t>& group_of = fine->groupings.at("coarse");
  REQUIRE(group_of.size() == 100);
  for (std::int64_t i = 0; i < 200; ++i)
    CHECK(coarse->train->Label(i) == group_of[static_cast<std::size_t>(fine->train->Label(i))]);
  CHECK(coarse->groupings.empty());

  std::string& names = tree["cifar-100-binary/fine_label_names.txt"];
  for (int label = 0; label < 100; ++label) names += "class" + std::to_string(label) + "\n";
  WriteFolder(sandbox.path("renamed"), tree);
  CHECK(OpenDataset("cifar100", sandbox.path("renamed"))->groupings.empty());
  CHECK_THROWS_WITH(
      OpenDataset("cifar100:coarse", sandbox.path("renamed")),
      Catch::Contains("names its classes otherwise than cifar100's grouping 'coarse'"));
  WriteFolder(sandbox.path("cifar10"), Cifar10Tree());
  CHECK(OpenDataset("cifar10", sandbox.path("cifar10"))->groupings.empty());
}

TEST_CASE("STL-10 in its official form has its rows, its unlabelled images and its folds") {
  const Sandbox sandbox;
  WriteFolder(sandbox.path("data"), Stl10Tree());
  WriteArchive(sandbox.path("some.tar.gz"), Stl10Tree());
  const fs::path source =
      sandbox.path(GENERATE(as<std::string>{}, "data", "data/stl10_binary", "some.tar.gz"));
  const auto set = OpenDataset("stl10", source);
  CHECK(set->origin == "official binary format, 30 of 13,000 images");
  CHECK((set->shape == ImageShape{.channels = 3, .height = 96, .width = 96}));
  CHECK(set->class_names[2] == "car");
  REQUIRE(set->train->count() == 20);
  REQUIRE(set->test->count() == 10);
  REQUIRE(set->unlabelled != nullptr);
  REQUIRE(set->unlabelled->count() == 30);
  CheckStl10Images(*set->train, 0);
  CheckStl10Images(*set->test, 100);
  CheckStl10Images(*set->unlabelled, 200);
  for (int i = 0; i < 20; ++i) CHECK(set->train->Label(i) == i % 10);
  for (int i = 0; i < 30; ++i) CHECK(set->unlabelled->Label(i) == -1);
  CHECK(set->fingerprint == ExpectedFingerprint(*set));
  REQUIRE(set->folds.size() == 10);
  CHECK(set->folds[3] == std::vector<std::int64_t>{3, 8, 13});
}

TEST_CASE("A fold of STL-10 is a set of its own with the same test and unlabelled images") {
  const Sandbox sandbox;
  WriteFolder(sandbox.path("data"), Stl10Tree());
  const auto whole = OpenDataset("stl10", sandbox.path("data"));
  const auto fold = OpenDataset("stl10:fold3", sandbox.path("data"));
  CHECK(fold->name == "stl10:fold3");
  REQUIRE(fold->train->count() == 3);
  CHECK(Image(*fold->train, 1) == Image(*whole->train, 8));
  CHECK(fold->train->Label(1) == 8);
  CHECK(fold->test->count() == 10);
  CHECK(Image(*fold->test, 9) == Image(*whole->test, 9));
  CHECK(fold->unlabelled->count() == 30);
  CHECK(fold->mean == whole->mean);
  CHECK(fold->fingerprint != whole->fingerprint);
  CHECK(fold->fingerprint != OpenDataset("stl10:fold4", sandbox.path("data"))->fingerprint);
  for (const char* unknown : {"stl10:fold10", "stl10:fold01", "stl10:coarse", "stl10:"}) {
    CHECK_THROWS_WITH(OpenDataset(unknown, sandbox.path("data")),
                      Catch::Contains("; it has fold0 to fold9."));
  }
}

TEST_CASE("STL-10 without its unlabelled images or folds is another set, and says what it lacks") {
  const Sandbox sandbox;
  Tree tree = Stl10Tree();
  WriteFolder(sandbox.path("whole"), tree);
  tree.erase("stl10_binary/unlabeled_X.bin");
  tree.erase("stl10_binary/fold_indices.txt");
  tree.erase("stl10_binary/class_names.txt");
  WriteFolder(sandbox.path("part"), tree);
  const auto set = OpenDataset("stl10", sandbox.path("part"));
  CHECK(set->unlabelled == nullptr);
  CHECK(set->class_names[9] == "truck");
  CHECK(set->fingerprint == ExpectedFingerprint(*set));
  CHECK(set->fingerprint != OpenDataset("stl10", sandbox.path("whole"))->fingerprint);
  CHECK_THROWS_WITH(
      OpenDataset("stl10:fold0", sandbox.path("part")),
      Catch::Contains("has no fold_indices.txt") && Catch::Contains("plasticity data fetch stl10"));
}

TEST_CASE("Where a folder holds both CIFARs, the name decides") {
  const Sandbox sandbox;
  WriteFolder(sandbox.path("both"), Cifar10Tree());
  WriteFolder(sandbox.path("both"), Cifar100Tree());
  CHECK(OpenDataset("cifar10", sandbox.path("both"))->class_names.size() == 10);
  CHECK(OpenDataset("cifar100", sandbox.path("both"))->class_names.size() == 100);
}

TEST_CASE("Mean and deviation are those of the train split") {
  const Sandbox sandbox;
  WriteFolder(sandbox.path("data"), Cifar10Tree());
  const auto set = OpenDataset("cifar10", sandbox.path("data"));
  for (int c = 0; c < 3; ++c) {
    double sum = 0;
    double squares = 0;
    for (int i = 0; i < 20; ++i) {
      for (int p = 0; p < 1024; ++p) {
        const double value = CifarPixel(i, c * 1024 + p) / 255.0;
        sum += value;
        squares += value * value;
      }
    }
    const double mean = sum / (20 * 1024);
    CHECK(set->mean[c] == Approx(mean).epsilon(1e-6));
    CHECK(set->stddev[c] == Approx(std::sqrt(squares / (20 * 1024) - mean * mean)).epsilon(1e-5));
  }
}

TEST_CASE("An image tree is sorted by name and takes the classes in turn") {
  const Sandbox sandbox;
  WriteFolder(sandbox.path("tree"), ImageTree("mine/"));
  WriteArchive(sandbox.path("tree.tar.gz"), ImageTree("mine/"), true);
  WriteArchive(sandbox.path("tree.zip"), ImageTree(""));
  const auto set = OpenDataset("mine", sandbox.path("tree"));
  CHECK(set->origin == "image tree");
  REQUIRE(set->train->count() == 20);
  REQUIRE(set->test->count() == 10);
  CHECK(set->class_names[3] == "class3");
  for (int i = 0; i < 20; ++i) {
    CHECK(set->train->Label(i) == i % 10);
    const auto image = Image(*set->train, i);
    // [channel 2, y 3, x 5] of record i / 10 of class i % 10
    CHECK(image[2 * 1024 + 3 * 32 + 5] == 10 * (i % 10) + i / 10 + 32 + 3 + 5);
  }
  for (int i = 0; i < 10; ++i) CHECK(Image(*set->test, i)[0] == 10 * i + 2);
  CHECK(OpenDataset("mine", sandbox.path("tree.tar.gz"))->fingerprint == set->fingerprint);
  CHECK(OpenDataset("mine", sandbox.path("tree.zip"))->fingerprint == set->fingerprint);
  CHECK(OpenDataset("cifar10", sandbox.path("tree"))->origin == "re-encoded images");
}

TEST_CASE("Classes of unequal size keep all their images") {
  const Sandbox sandbox;
  WriteFolder(sandbox.path("tree"), {{"train/a/0.png", Png(4, 3, 1)},
                                     {"train/b/0.png", Png(4, 3, 2)},
                                     {"train/b/1.png", Png(4, 3, 3)},
                                     {"test/b/0.png", Png(4, 3, 4)},
                                     {"train/a/.hidden.png", "no image"},
                                     {"train/a/notes.txt", "no image"}});
  const auto set = OpenDataset("uneven", sandbox.path("tree"));
  REQUIRE(set->train->count() == 3);
  CHECK((set->train->Label(0) == 0 && set->train->Label(1) == 1 && set->train->Label(2) == 1));
  CHECK(set->test->Label(0) == 1);
}

TEST_CASE("Gray images expand to RGB where others are in colour") {
  const Sandbox sandbox;
  const bool gray_first = GENERATE(true, false);
  WriteFolder(sandbox.path("tree"), {{"train/a/0.png", Png(8, gray_first ? 1 : 3, 7)},
                                     {"train/b/0.jpg", Jpeg(8, gray_first ? 3 : 1, 90)},
                                     {"test/a/0.png", Png(8, 1, 9, true)}});
  const auto set = OpenDataset("mixed", sandbox.path("tree"));
  CHECK(set->shape.channels == 3);
  const auto gray = Image(*(gray_first ? set->train : set->test), 0);
  for (int c = 0; c < 3; ++c) CHECK(gray[c * 64 + 9] == (gray_first ? 7 : 9) + 2);
  const auto flat = Image(*set->train, 1);
  for (int c = 0; c < 3; ++c)
    CHECK(std::abs(flat[c * 64 + 20] - (90 + (gray_first ? 16 * c : 0))) <= 2);
}

TEST_CASE("A tree of gray images alone has one channel; alpha is dropped") {
  const Sandbox sandbox;
  WriteFolder(sandbox.path("tree"),
              {{"train/a/0.jpg", Jpeg(8, 1, 50)}, {"test/a/0.png", Png(8, 1, 60, true)}});
  const auto set = OpenDataset("gray", sandbox.path("tree"));
  CHECK(set->shape.channels == 1);
  CHECK(set->train->Mapped()[0] == 50);
  CHECK(set->test->Mapped()[0] == 60);
  WriteFolder(sandbox.path("alpha"),
              {{"train/a/0.png", Png(8, 3, 50, true)}, {"test/a/0.png", Png(8, 3, 60)}});
  const auto alpha = OpenDataset("alpha", sandbox.path("alpha"));
  CHECK(alpha->shape.channels == 3);
  CHECK(alpha->train->Mapped()[64] == 66);
}

TEST_CASE("A JPEG of printing inks is seen in colours") {
  const Sandbox sandbox;
  WriteFolder(sandbox.path("tree"),
              {{"train/a/0.jpg", Jpeg(8, 4, 100)}, {"test/a/0.jpg", Jpeg(8, 3, 100)}});
  const auto set = OpenDataset("inks", sandbox.path("tree"));
  REQUIRE(set->shape.channels == 3);
  // Cyan, magenta and yellow are 100, 116 and 132, black 148, each as what of it is missing.
  for (int c = 0; c < 3; ++c)
    CHECK(std::abs(Image(*set->train, 0)[c * 64 + 20] - (100 + 16 * c) * 148 / 255) <= 2);
}

TEST_CASE("Tiny-ImageNet's own layout: val is the test split, gray images expand") {
  const Sandbox sandbox;
  WriteFolder(sandbox.path("data"), TinyTree());
  WriteArchive(sandbox.path("tiny-imagenet-200.zip"), TinyTree());
  WriteArchive(sandbox.path("t.tar.gz"), TinyTree("./tiny-imagenet-200/"), true);
  const fs::path source = sandbox.path(GENERATE(as<std::string>{}, "data", "data/tiny-imagenet-200",
                                                "tiny-imagenet-200.zip", "t.tar.gz"));
  const auto set = OpenDataset("tiny-imagenet-200", source);
  CHECK(set->origin == "official layout");
  CHECK((set->shape.channels == 3 && set->shape.height == 64 && set->shape.width == 64));
  CHECK(set->class_names == std::vector<std::string>{"goldfish", "n02", "n03"});
  REQUIRE(set->train->count() == 6);
  REQUIRE(set->test->count() == 3);
  const auto near = [&](const ImageSource& split, int index, int channel, int value) {
    return std::abs(Image(split, index)[channel * 4096 + 2000] - value) <= 2;
  };
  for (int label = 0; label < 3; ++label) {
    CHECK(set->train->Label(label) == label);
    CHECK(set->train->Label(3 + label) == label);
    CHECK(set->test->Label(label) == label);
    CHECK(near(*set->train, label, 2, 50 * label + 10));           // gray
    CHECK(near(*set->train, 3 + label, 2, 50 * label + 20 + 32));  // in colour
    CHECK(near(*set->test, label, 1, 50 * label + 30 + 16));
  }
}

TEST_CASE("IDX files open plain and gzipped, from a folder and an archive") {
  const Sandbox sandbox;
  WriteFolder(sandbox.path("plain"), IdxTree(false));
  WriteFolder(sandbox.path("packed"), IdxTree(true));
  WriteArchive(sandbox.path("idx.tar"), IdxTree(true));
  const fs::path source = sandbox.path(GENERATE(as<std::string>{}, "plain", "packed", "idx.tar"));
  const auto set = OpenDataset("mnist", source);
  CHECK(set->origin == "idx");
  CHECK((set->shape.channels == 1 && set->shape.height == 28 && set->shape.width == 28));
  REQUIRE(set->train->count() == 20);
  REQUIRE(set->test->count() == 10);
  CHECK(set->train->Label(13) == 3);
  CHECK(Image(*set->train, 13)[200] == CifarPixel(13, 200));
  CHECK(set->class_names[9] == "9");
  CHECK(OpenDataset("fashion-mnist", source)->class_names[9] == "ankle-boot");
  CHECK(OpenDataset("my-digits", source)->class_names.size() == 10);
}
