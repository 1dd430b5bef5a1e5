#include "tasks/data/streamed.h"

#include <algorithm>
#include <atomic>
#include <catch2/catch.hpp>
#include <chrono>
#include <numeric>
#include <sstream>
#include <thread>

#include "tasks/data/cache.h"
#include "tasks/data/commands.h"
#include "tasks/data/image_codec.h"
#include "tasks/data/sources.h"
#include "tests/data/support.h"

using namespace plasticity;
using namespace plasticity::testing;
using Catch::Matchers::Contains;
using Catch::Matchers::EndsWith;

namespace {

constexpr std::int64_t kImage = std::int64_t{3} * 32 * 32;  // bytes of ImageTree's

std::vector<std::int64_t> Shuffled(std::int64_t count) {
  std::vector<std::int64_t> order(static_cast<std::size_t>(count));
  for (std::int64_t i = 0; i < count; ++i) order[static_cast<std::size_t>(i)] = i * 7919 % count;
  return order;
}

void CheckSame(const Dataset& streamed, const Dataset& mapped) {
  CHECK(streamed.fingerprint == mapped.fingerprint);
  CHECK(streamed.mean == mapped.mean);
  CHECK(streamed.stddev == mapped.stddev);
  CHECK(streamed.class_names == mapped.class_names);
  CHECK(streamed.origin == mapped.origin);
  CHECK(streamed.shape == mapped.shape);
  CHECK(streamed.folds == mapped.folds);
  CHECK(streamed.groupings == mapped.groupings);
  for (const auto& [one, other] :
       {std::pair(streamed.train, mapped.train), std::pair(streamed.test, mapped.test),
        std::pair(streamed.unlabelled, mapped.unlabelled)}) {
    REQUIRE((one == nullptr) == (other == nullptr));
    if (one == nullptr) continue;
    CHECK(one->Mapped() == nullptr);
    REQUIRE(one->count() == other->count());
    std::vector<std::int64_t> order(static_cast<std::size_t>(one->count()));
    std::iota(order.rbegin(), order.rend(), 0);
    one->Expect(order);
    for (const std::int64_t index : order) {
      CHECK(one->Label(index) == other->Label(index));
      CHECK(Image(*one, index) == Image(*other, index));
    }
  }
}

// Images of eight bytes that tell their index, and how many are begun.
class Counted final : public ImageSource {
 public:
  explicit Counted(std::int64_t count) : ImageSource({1, 1, 8}, count) {}
  std::int64_t Label(std::int64_t index) const override { return index % 3; }
  void Decode(std::int64_t index, std::uint8_t* pixels) const override {
    ++begun;
    if (index == broken) throw InputError("image 13 is damaged.");
    std::copy_n(reinterpret_cast<const std::uint8_t*>(&index), 8, pixels);
  }
  mutable std::atomic<std::int64_t> begun = 0;
  std::int64_t broken = -1;
};

Dataset SetOf(std::shared_ptr<const ImageSource> train, std::shared_ptr<const ImageSource> test) {
  Dataset set;
  set.shape = train->shape();
  set.train = std::move(train);
  set.test = std::move(test);
  return set;
}

std::int64_t IndexIn(const ImageSource& images, std::int64_t index) {
  std::int64_t found = -1;
  images.Decode(index, reinterpret_cast<std::uint8_t*>(&found));
  return found;
}

// Waits until `condition` holds, ten seconds at most.
bool Soon(const std::function<bool()>& condition) {
  for (int i = 0; i < 1000 && !condition(); ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  return condition();
}

}  // namespace

TEST_CASE("A set that is streamed is the one in memory, whatever holds its files") {
  const Sandbox sandbox;
  WriteFolder(sandbox.path("folder"), ImageTree("mine/"));
  WriteArchive(sandbox.path("plain.tar"), ImageTree("mine/"));
  Tree train, test;
  for (const auto& [path, content] : ImageTree("")) {
    (path.starts_with("train") ? train : test)[path] = content;
  }
  WriteArchive(sandbox.path("shards/1.tar"), train);
  WriteArchive(sandbox.path("shards/2.tar"), test);
  const fs::path source =
      sandbox.path(GENERATE(as<std::string>{}, "folder", "plain.tar", "shards"));
  const std::int64_t memory = GENERATE(1, 4 * kImage, 29 * kImage);
  const auto streamed = OpenDataset("mine", source, memory);
  const std::vector<std::string> files = CacheFiles();
  REQUIRE(files.size() == 1);
  CHECK_THAT(files[0], EndsWith(".header"));
  const auto written = fs::last_write_time(streamed->cache_file);
  const auto again = OpenDataset("mine", source, memory);
  CHECK(fs::last_write_time(again->cache_file) == written);
  const auto mapped = OpenDataset("mine", source);
  CheckSame(*streamed, *mapped);
  CheckSame(*again, *mapped);
  CHECK(Fingerprint(*again) == mapped->fingerprint);
}

TEST_CASE("A set that fits is in memory; one that was decoded is streamed from there") {
  const Sandbox sandbox;
  WriteFolder(sandbox.path("tree"), ImageTree(""));
  const auto mapped = OpenDataset("mine", sandbox.path("tree"), 30 * kImage);
  CHECK(mapped->train->Mapped() != nullptr);
  // Images that would be decoded from their files now could not be.
  for (const auto& [path, content] : ImageTree("")) {
    std::ofstream(sandbox.path("tree") / path, std::ios::in | std::ios::out) << "?";
  }
  CheckSame(*OpenDataset("mine", sandbox.path("tree"), 30 * kImage - 1), *mapped);
  CHECK(CacheFiles().size() == 1);
}

TEST_CASE(
    "Files that hold pixels are decoded first, and a compressed archive that is too large is "
    "refused") {
  const Sandbox sandbox;
  WriteFolder(sandbox.path("cifar"), Cifar10Tree());
  const auto streamed = OpenDataset("cifar10", sandbox.path("cifar"), 4 * kImage);
  CheckSame(*streamed, *OpenDataset("cifar10", sandbox.path("cifar")));
  WriteArchive(sandbox.path("a.tar.gz"), Cifar10Tree());
  CHECK_THAT(Message([&] { OpenDataset("cifar10", sandbox.path("a.tar.gz"), 4 * kImage); }),
             Contains((sandbox.path("a.tar.gz")).string() + " is a compressed archive") &&
                 Contains("Unpack it"));
  CHECK(CacheFiles().size() == 1);
}

TEST_CASE("STL-10 is streamed with its images without labels, and so are its folds") {
  const Sandbox sandbox;
  constexpr std::int64_t kStl10Image = std::int64_t{3} * 96 * 96;  // bytes
  WriteFolder(sandbox.path("data"), Stl10Tree());
  const auto mapped = OpenDataset("stl10", sandbox.path("data"), 60 * kStl10Image);
  CHECK(mapped->unlabelled->Mapped() != nullptr);
  const std::int64_t memory = kStl10Image * GENERATE(1, 59);  // the labelled images alone are 30
  const auto streamed = OpenDataset("stl10", sandbox.path("data"), memory);
  CheckSame(*streamed, *mapped);
  CHECK(Fingerprint(*streamed) == mapped->fingerprint);
  CheckSame(*OpenDataset("stl10:fold3", sandbox.path("data"), memory),
            *OpenDataset("stl10:fold3", sandbox.path("data")));
  CHECK(CacheFiles().size() == 1);
}

TEST_CASE("A grouping's set is streamed as the set is") {
  const Sandbox sandbox;
  WriteFolder(sandbox.path("data"), Cifar100Tree());
  const auto mapped = OpenDataset("cifar100:coarse", sandbox.path("data"));
  CheckSame(*OpenDataset("cifar100:coarse", sandbox.path("data"), kImage), *mapped);
}

TEST_CASE("A source that changed is looked through again") {
  const Sandbox sandbox;
  WriteFolder(sandbox.path("tree"), ImageTree(""));
  const auto before = OpenDataset("mine", sandbox.path("tree"), kImage);
  WriteText(sandbox.path("tree/train/class4/0002.png"), Png(32, 3, 9));
  const auto after = OpenDataset("mine", sandbox.path("tree"), kImage);
  CHECK(after->train->count() == before->train->count() + 1);
  CHECK(after->fingerprint != before->fingerprint);
  CHECK(CacheFiles().size() == 1);
}

TEST_CASE("Never more is decoded ahead than the memory holds") {
  constexpr std::int64_t kPlaces = 10;
  const auto train = std::make_shared<Counted>(500), test = std::make_shared<Counted>(100);
  const auto set = Streamed(SetOf(train, test), kPlaces * 8 + 7);
  set->train->Expect(Shuffled(500));
  REQUIRE(Soon([&] { return train->begun == kPlaces; }));
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  CHECK(train->begun == kPlaces);
  // Each that is looked at makes room for one.
  for (std::int64_t i = 0; i < 20; ++i)
    CHECK(IndexIn(*set->train, i * 7919 % 500) == i * 7919 % 500);
  CHECK(Soon([&] { return train->begun == kPlaces + 20; }));
  // One that is not expected yet is decoded by who asks for it.
  CHECK(IndexIn(*set->train, 499 * 7919 % 500) == 499 * 7919 % 500);
  CHECK(train->begun == kPlaces + 21);
  // What is expected of the other split takes the places.
  set->test->Expect(Shuffled(100));
  CHECK(Soon([&] { return test->begun == kPlaces; }));
  CHECK(IndexIn(*set->train, 3) == 3);
  CHECK(IndexIn(*set->test, 0) == 0);
}

TEST_CASE("Many threads look at images in any order") {
  const auto train = std::make_shared<Counted>(20000), test = std::make_shared<Counted>(1);
  const auto set = Streamed(SetOf(train, test), GENERATE(0, 8, 8 * 100));
  const std::vector<std::int64_t> order = Shuffled(20000);
  for (int epoch = 0; epoch < 2; ++epoch) {
    set->train->Expect(order);
    std::atomic<std::int64_t> wrong = 0;
    {
      std::vector<std::jthread> threads;
      for (std::size_t thread = 0; thread < 8; ++thread) {
        threads.emplace_back([&, thread] {
          for (std::size_t i = thread; i < order.size(); i += 8)
            wrong += IndexIn(*set->train, order[i]) != order[i];
        });
      }
    }
    CHECK(wrong == 0);
  }
  CHECK(train->begun >= 40000);
}

TEST_CASE("Each expected image is decoded once, but for those looked at before their turn") {
  const auto train = std::make_shared<Counted>(1000), test = std::make_shared<Counted>(1);
  const auto set = Streamed(SetOf(train, test), 400);
  const std::vector<std::int64_t> order = Shuffled(1000);
  set->train->Expect(order);
  for (const std::int64_t index : order) CHECK(IndexIn(*set->train, index) == index);
  CHECK(train->begun == 1000);
}

TEST_CASE("Images without labels are decoded ahead, too") {
  const auto train = std::make_shared<Counted>(10), test = std::make_shared<Counted>(10),
             unlabelled = std::make_shared<Counted>(100);
  Dataset set = SetOf(train, test);
  set.unlabelled = unlabelled;
  const auto streamed = Streamed(set, 1000 * 8);
  streamed->unlabelled->Expect(Shuffled(100));
  CHECK(Soon([&] { return unlabelled->begun == 100; }));
  CHECK(IndexIn(*streamed->unlabelled, 7) == 7);
  CHECK(unlabelled->begun == 100);
  const auto decode = [](std::int64_t, std::uint8_t*) {};
  CHECK(OnDemand({1, 1, 8}, 3, decode)->Label(2) == -1);
  CHECK(OnDemand({1, 1, 8}, 3, decode, {5, 6, 7})->Label(2) == 7);
}

TEST_CASE("An image that cannot be decoded is told of where it is looked at") {
  const auto train = std::make_shared<Counted>(100), test = std::make_shared<Counted>(1);
  train->broken = 13;
  const auto set = Streamed(SetOf(train, test), 8 * GENERATE(0, 200));
  set->train->Expect(Shuffled(100));
  for (const std::int64_t index : Shuffled(100)) {
    if (index == 13) {
      CHECK(Message([&] { IndexIn(*set->train, index); }) == "image 13 is damaged.");
    } else {
      CHECK(IndexIn(*set->train, index) == index);
    }
  }
}

TEST_CASE("An image that goes while it is streamed is named") {
  const Sandbox sandbox;
  WriteFolder(sandbox.path("tree"), ImageTree(""));
  const auto set = OpenDataset("mine", sandbox.path("tree"), 2 * kImage);
  const fs::path image = sandbox.path("tree/train/class0/0000.png");
  fs::remove(image);
  CHECK(Message([&] { Image(*set->train, 0); }) ==
        "cannot read " + image.string() + ": no such file.");
  WriteText(image, "no image");
  CHECK(Message([&] { Image(*set->train, 0); }) ==
        image.string() + " is neither a JPEG nor a PNG image.");
}

TEST_CASE("A tar in a folder stands for what it holds") {
  const Sandbox sandbox;
  const std::string a = Png(8, 3, 1), b = Png(8, 3, 2), c = Png(8, 3, 3);
  WriteFolder(
      sandbox.path("tree"),
      {{"train/a/0.png", a}, {"train/b/0.png", b}, {"test/a/0.png", c}, {"test/b/0.png", c}});
  const auto expected = OpenDataset("mine", sandbox.path("tree"), 1)->fingerprint;
  const std::string long_name = std::string(120, 'x') + ".png";  // needs a header of its own
  // Classes as tars, shards of classes, shards of the whole; a file beside the tar that it is from.
  WriteArchive(sandbox.path("classes/train/a.tar"), {{long_name, a}});
  WriteArchive(sandbox.path("classes/train/b.tar"), {{"./0.png", b}});
  WriteFolder(sandbox.path("classes"), {{"test/a/0.png", c}, {"test/b/0.png", c}});
  WriteArchive(sandbox.path("shards/train/0.tar"), {{"a/0.png", a}});
  WriteArchive(sandbox.path("shards/train/1.tar"), {{"b/0.png", b}});
  WriteArchive(sandbox.path("shards/test/0.tar"), {{"a/0.png", c}, {"b/0.png", c}});
  WriteArchive(sandbox.path("whole/0.tar"), {{"train/a/0.png", a}, {"test/a/0.png", c}});
  WriteArchive(sandbox.path("whole/1.tar"), {{"train/b/0.png", b}, {"test/b/0.png", b}});
  WriteFolder(sandbox.path("whole"), {{"test/b/0.png", c}});
  for (const char* name : {"classes", "shards", "whole"}) {
    CAPTURE(name);
    CHECK(OpenDataset("mine", sandbox.path(name), 1)->fingerprint == expected);
  }
}

TEST_CASE("Tars in a folder that cannot be used are named") {
  const Sandbox sandbox;
  WriteFolder(sandbox.path("tree"), ImageTree(""));
  const fs::path tar = sandbox.path("tree/train/more.tar");
  WriteText(tar, "no tar");
  CHECK_THAT(OpenMessage("mine", sandbox.path("tree")),
             Contains(tar.string() + " is neither a folder nor an archive"));
  WriteArchive(sandbox.path("more.tar.gz"), {{"class0/2.png", Png(32, 3, 0)}});
  fs::rename(sandbox.path("more.tar.gz"), tar);
  CHECK_THAT(OpenMessage("mine", sandbox.path("tree")),
             Contains(tar.string() + " is a compressed archive"));
  WriteArchive(tar, {{"class0/2.png", Png(32, 3, 0)}});
  fs::resize_file(tar, 700);
  CHECK_THAT(OpenMessage("mine", sandbox.path("tree")),
             Contains(tar.string() + " is cut short or damaged"));
  WriteArchive(tar, {{"class0/2.png", Png(16, 3, 0)}});
  CHECK_THAT(
      OpenMessage("mine", sandbox.path("tree")),
      Contains(tar.string() + ": train/class0/2.png is 16 x 16 pixels") && Contains("--size N"));
  WriteArchive(sandbox.path("tree/train/other.tar"), {{"class0/2.png", Png(32, 3, 0)}});
  CHECK_THAT(OpenMessage("mine", sandbox.path("tree")), Contains("both hold train/class0/2.png"));
  CHECK(CacheFiles().empty());
}

TEST_CASE("Where there is no test folder, val is the test split") {
  const Sandbox sandbox;
  Tree tree = {{"train/a/0.png", Png(8, 3, 1)}, {"val/a/0.png", Png(8, 3, 5)}};
  WriteFolder(sandbox.path("val"), tree);
  const auto val = OpenDataset("mine", sandbox.path("val"));
  CHECK((val->train->count() == 1 && val->test->count() == 1));
  CHECK(Image(*val->test, 0)[0] == 5);
  tree["test/a/0.png"] = Png(8, 3, 7);
  WriteFolder(sandbox.path("both"), tree);
  CHECK(Image(*OpenDataset("mine", sandbox.path("both"))->test, 0)[0] == 7);
  WriteFolder(sandbox.path("other"),
              {{"train/a/0.png", Png(8, 3, 1)}, {"val/b/0.png", Png(8, 3, 5)}});
  CHECK_THAT(OpenMessage("mine", sandbox.path("other")), Contains("class 'b' in val but not"));
}

TEST_CASE("Images of any size are brought to one") {
  const Sandbox sandbox;
  WriteFolder(sandbox.path("tree"), {{"train/a/0.png", Png(8, 3, 100)},
                                     {"train/a/1.jpg", Jpeg(100, 3, 90)},
                                     {"train/b/0.png", Png(24, 3, 40)},
                                     {"train/b/1.jpg", Jpeg(5, 1, 60)},
                                     {"test/a/0.png", Png(8, 1, 9)},
                                     {"test/b/0.png", Png(16, 1, 9)}});
  CHECK_THAT(OpenMessage("mine", sandbox.path("tree")), Contains("--size N"));
  std::ostringstream out;
  ImportData("mine", sandbox.path("tree"), {.size = 8}, out);
  const auto set = OpenDataset("mine");
  CHECK(set->shape == ImageShape{3, 8, 8});
  // As it is; a flat one, from a half; gray and too small.
  CHECK(Image(*set->train, 0)[3 * 8 + 2] == 105);
  for (std::size_t i = 0; i < 64; ++i) {
    CHECK(std::abs(Image(*set->train, 2)[64 + i] - 106) <= 2);
    CHECK(std::abs(Image(*set->train, 3)[128 + i] - 60) <= 2);
  }
  // A ramp stays a ramp: pixel (y, x) covers rows 3 y to 3 y + 2.
  const auto ramp = Image(*set->train, 1);
  for (int y = 1; y < 7; ++y) {
    for (int x = 1; x < 7; ++x)
      CHECK(std::abs(ramp[static_cast<std::size_t>(8 * y + x)] - (40 + 3 * y + 3 * x + 2)) <= 1);
  }
  WriteFolder(sandbox.path("cifar"), Cifar10Tree());
  CHECK_THAT(Message([&] { ImportData("mine", sandbox.path("cifar"), {.size = 8}, out); }),
             Contains("holds no image files") && Contains("Nothing was imported"));
}

TEST_CASE("The centre is kept of images that are wider than high") {
  const Sandbox sandbox;
  // 4 x 12: three squares, of which the middle one stays.
  std::vector<std::uint8_t> pixels;
  for (int i = 0; i < 3 * 4 * 12; ++i)
    pixels.push_back(static_cast<std::uint8_t>(i % 12 / 4 * 100));
  const std::string wide = EncodePng({3, 4, 12}, pixels.data());
  WriteFolder(sandbox.path("tree"), {{"train/a/0.png", wide}, {"test/a/0.png", wide}});
  std::ostringstream out;
  ImportData("mine", sandbox.path("tree"), {.size = 4}, out);
  CHECK(Image(*OpenDataset("mine")->train, 0) == std::vector<std::uint8_t>(48, 100));
}

TEST_CASE("An import in place keeps no pixels and streams from its path") {
  const Sandbox sandbox;
  WriteFolder(sandbox.path("tree"), ImageTree("", 24));
  std::ostringstream out;
  const int size = GENERATE(0, 16);
  ImportData("kept", sandbox.path("tree"), {.size = size}, out);
  out.str("");
  ImportData("mine", sandbox.path("tree"), {.size = size, .in_place = true}, out);
  CHECK_THAT(out.str(), Contains("imported mine in place: 20 train, 10 test"));
  CHECK(fs::file_size(ImportedFile("mine")) < 4096);
  CheckSame(*OpenDataset("mine"), *OpenDataset("kept"));
  CheckSame(*OpenDataset("mine", {}, 3 * kImage), *OpenDataset("kept"));
  out.str("");
  CHECK(VerifyData("mine", out));
  ListData(out);
  CHECK_THAT(out.str(), Contains("ready, 20 train, 10 test") && Contains("imported in place from"));
  out.str("");
  InfoData("mine", {}, out);
  CHECK_THAT(out.str(), Contains("20 train, 10 test"));

  WriteText(sandbox.path("tree/train/class0/2.png"), Png(24, 3, 0));
  CHECK_THAT(OpenMessage("mine"),
             Contains(sandbox.path("tree").string()) && Contains("has changed since") &&
                 EndsWith("Import it again: plasticity data import mine PATH --in-place" +
                          std::string(size > 0 ? " --size 16." : ".")));
  fs::remove_all(sandbox.path("tree"));
  CHECK_THAT(OpenMessage("mine"), Contains("is gone"));
  ListData(out);
  CHECK_THAT(out.str(), Contains("imported in place from what is gone or has changed"));
}

TEST_CASE("What cannot be streamed is not imported in place") {
  const Sandbox sandbox;
  std::ostringstream out;
  WriteArchive(sandbox.path("tree.tar.gz"), ImageTree(""));
  WriteFolder(sandbox.path("cifar"), Cifar10Tree());
  CHECK_THAT(
      Message([&] { ImportData("mine", sandbox.path("tree.tar.gz"), {.in_place = true}, out); }),
      Contains("is a compressed archive") && EndsWith("Nothing was imported."));
  CHECK_THAT(Message([&] { ImportData("mine", sandbox.path("cifar"), {.in_place = true}, out); }),
             Contains("holds no image files") && EndsWith("Nothing was imported."));
  CHECK(CacheFiles().empty());
}
