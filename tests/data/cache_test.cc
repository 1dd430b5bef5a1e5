#include "tasks/data/cache.h"

#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <chrono>
#include <sstream>

#include "tasks/data/cache_format.h"
#include "tasks/data/commands.h"
#include "tasks/data/sources.h"
#include "tests/data/support.h"

using namespace plasticity;
using namespace plasticity::testing;
using Catch::Matchers::Contains;

namespace {

void Touch(const fs::path& path) {
  fs::last_write_time(path, fs::last_write_time(path) + std::chrono::seconds(7));
}

void FlipByte(const fs::path& path, std::int64_t at) {
  std::fstream file(path, std::ios::binary | std::ios::in | std::ios::out);
  file.seekg(at);
  const char old = static_cast<char>(file.get());
  file.seekp(at);
  file.put(static_cast<char>(old ^ 1));
}

}  // namespace

TEST_CASE("A source is decoded once, into one file and nothing else") {
  const Sandbox sandbox;
  WriteFolder(sandbox.path("data"), Cifar10Tree());
  const auto first = OpenDataset("cifar10", sandbox.path("data"));
  const auto written = fs::last_write_time(first->cache_file);
  CHECK(CacheFiles().size() == 1);
  const auto second = OpenDataset("cifar10", sandbox.path("data"));
  CHECK(second->cache_file == first->cache_file);
  CHECK(fs::last_write_time(second->cache_file) == written);
  CHECK(second->fingerprint == first->fingerprint);
  CHECK(second->mean == first->mean);
  CHECK(Fingerprint(*second) == first->fingerprint);
}

TEST_CASE("A changed source is decoded anew; what is open stays as it was") {
  const Sandbox sandbox;
  WriteFolder(sandbox.path("data"), Cifar10Tree());
  WriteArchive(sandbox.path("a.tar.gz"), Cifar10Tree());
  const fs::path source = sandbox.path(GENERATE(as<std::string>{}, "data", "a.tar.gz"));
  const auto before = OpenDataset("cifar10", source);
  const std::vector<std::uint8_t> image = Image(*before->train, 0);
  Tree tree = Cifar10Tree();
  tree["cifar-10-batches-bin/data_batch_1.bin"][5] = 99;
  fs::is_directory(source) ? WriteFolder(source, tree) : WriteArchive(source, tree);
  Touch(fs::is_directory(source) ? source / "cifar-10-batches-bin/data_batch_1.bin" : source);
  const auto after = OpenDataset("cifar10", source);
  CHECK(after->train->Mapped()[4] == 99);
  CHECK(after->fingerprint != before->fingerprint);
  CHECK(Image(*before->train, 0) == image);
  CHECK(CacheFiles().size() == 1);
}

TEST_CASE("A new image in a tree's class is seen") {
  const Sandbox sandbox;
  WriteFolder(sandbox.path("tree"), ImageTree("deep/"));
  CHECK(OpenDataset("mine", sandbox.path("tree"))->train->count() == 20);
  WriteText(sandbox.path("tree/deep/train/class4/0002.png"), Png(32, 3, 9));
  CHECK(OpenDataset("mine", sandbox.path("tree"))->train->count() == 21);
}

TEST_CASE("Two sources of one name lie in the cache side by side") {
  const Sandbox sandbox;
  WriteFolder(sandbox.path("exact"), Cifar10Tree());
  WriteFolder(sandbox.path("images"), ImageTree(""));
  const auto exact = OpenDataset("cifar10", sandbox.path("exact"));
  const auto images = OpenDataset("cifar10", sandbox.path("images"));
  CHECK(exact->fingerprint != images->fingerprint);
  CHECK(CacheFiles().size() == 2);
  CHECK(OpenDataset("cifar10", sandbox.path("exact"))->fingerprint == exact->fingerprint);
}

TEST_CASE("Labels alone change the fingerprint") {
  const Sandbox sandbox;
  Tree tree = Cifar10Tree();
  WriteFolder(sandbox.path("a"), tree);
  tree["cifar-10-batches-bin/test_batch.bin"][0] = 7;
  WriteFolder(sandbox.path("b"), tree);
  CHECK(OpenDataset("cifar10", sandbox.path("a"))->fingerprint !=
        OpenDataset("cifar10", sandbox.path("b"))->fingerprint);
}

TEST_CASE("A cache file with a damaged header, text or size is decoded anew") {
  const Sandbox sandbox;
  WriteFolder(sandbox.path("data"), Cifar10Tree());
  const auto set = OpenDataset("cifar10", sandbox.path("data"));
  const std::string fingerprint = set->fingerprint;
  const fs::path file = set->cache_file;
  const auto size = static_cast<std::int64_t>(fs::file_size(file));
  const int damage = GENERATE(0, 8, 17, 25, 33, 60, -10, -1, 1000, 1001);
  CAPTURE(damage);
  if (damage == 1000) {
    fs::resize_file(file, static_cast<std::uintmax_t>(size - 100));
  } else if (damage == 1001) {
    fs::resize_file(file, 50);
  } else {
    FlipByte(file, damage < 0 ? size + damage : damage);
  }
  const CacheLookup lookup = OpenCache(file);
  CHECK(lookup.dataset == nullptr);
  CHECK(!lookup.problem.empty());
  const auto again = OpenDataset("cifar10", sandbox.path("data"));
  CHECK(again->fingerprint == fingerprint);
  CHECK(Fingerprint(*again) == fingerprint);
}

TEST_CASE("Verify finds a single changed pixel or label") {
  const Sandbox sandbox;
  WriteFolder(sandbox.path("data"), Cifar10Tree());
  const Environment data("PLASTICITY_DATA", sandbox.path("data").string());
  std::ostringstream out;
  CHECK(VerifyData("cifar10", out));
  CHECK_THAT(out.str(), Contains("30 images match the fingerprint"));
  const auto set = OpenDataset("cifar10");
  const auto* start = set->train->Mapped();
  const bool label = GENERATE(false, true);
  const CacheLayout layout(set->shape.bytes(), set->train->count(), set->test->count());
  const auto offset = static_cast<std::int64_t>(
      label ? layout.test_labels + 3 * sizeof(std::uint16_t) - layout.train_pixels : 12345);
  std::int64_t first_pixel = 0;
  const std::string bytes = ReadText(set->cache_file);
  while (bytes.compare(static_cast<std::size_t>(first_pixel), 64,
                       reinterpret_cast<const char*>(start), 64) != 0) {
    ++first_pixel;
  }
  FlipByte(set->cache_file, first_pixel + offset);
  out.str("");
  CHECK(!VerifyData("cifar10", out));
  CHECK_THAT(out.str(), Contains("damaged") && Contains(set->cache_file.string()));
}

TEST_CASE("Verify counts the test images that are training images") {
  const Sandbox sandbox;
  WriteFolder(sandbox.path("data"), Cifar10Tree());
  const Environment data("PLASTICITY_DATA", sandbox.path("data").string());
  std::ostringstream out;
  const auto set = OpenDataset("cifar10");
  const std::int64_t before = TestImagesInTrain(*set);
  auto leaky = std::make_shared<Dataset>(*set);
  leaky->test = set->train;
  CHECK(before == 0);
  CHECK(TestImagesInTrain(*leaky) == set->train->count());
  CHECK(VerifyData("cifar10", out));
  CHECK_THAT(out.str(), Contains("none of 10 test images are in the training split"));
}

TEST_CASE("Verify finds a changed pixel of an unlabelled image") {
  const Sandbox sandbox;
  WriteFolder(sandbox.path("data"), Stl10Tree());
  const Environment data("PLASTICITY_DATA", sandbox.path("data").string());
  const auto set = OpenDataset("stl10");
  std::ostringstream out;
  CHECK(VerifyData("stl10", out));
  const CacheLayout layout(set->shape.bytes(), 20, 10, 30);
  FlipByte(set->cache_file, static_cast<std::int64_t>(layout.unlabelled_pixels) + 29 * 27648);
  CHECK(!VerifyData("stl10", out));
}

TEST_CASE("A file without pixels knows images without labels and folds") {
  const Sandbox sandbox;
  WriteFolder(sandbox.path("data"), Stl10Tree());
  const RawDataset raw = ReadSource("stl10", sandbox.path("data"));
  WriteCache(sandbox.path("whole"), "stl10", raw, "source", "stamp");
  WriteCache(sandbox.path("header"), "stl10", raw, "source", "stamp", {.pixels = false});
  CHECK(fs::file_size(sandbox.path("header")) < 4096);
  const CacheLookup whole = OpenCache(sandbox.path("whole")),
                    header = OpenCache(sandbox.path("header"));
  REQUIRE(header.dataset != nullptr);
  CHECK(header.problem.empty());
  CHECK(!header.content.pixels);
  CHECK((header.train == 20 && header.test == 10 && header.unlabelled == 30));
  CHECK(header.bytes() == 60 * 27648);
  CHECK(header.bytes() == whole.bytes());
  CHECK(header.dataset->unlabelled == nullptr);
  CHECK(header.dataset->folds == whole.dataset->folds);
  CHECK(header.dataset->folds.size() == 10);
  CHECK(header.dataset->fingerprint == whole.dataset->fingerprint);
}

TEST_CASE("Processes that start at once decode once and see the same data") {
  const Sandbox sandbox;
  // Large enough that decoding takes a while: 6,000 records.
  Tree tree = Cifar10Tree();
  for (auto& [path, content] : tree) {
    if (path.ends_with(".bin")) content = CifarRecords(0, 1000, 10, false);
  }
  WriteArchive(sandbox.path("a.tar.gz"), tree);
  const fs::path results = sandbox.path("results");
  fs::create_directories(results);
  std::vector<pid_t> children;
  for (int i = 0; i < 6; ++i) {
    children.push_back(Start([&, i] {
      const auto set = OpenDataset("cifar10", sandbox.path("a.tar.gz"));
      if (Fingerprint(*set) != set->fingerprint || set->train->count() != 5000) return 1;
      struct stat status = {};
      ::stat(set->cache_file.c_str(), &status);
      WriteText(results / std::to_string(i),
                set->fingerprint + " " + std::to_string(status.st_ino));
      return 0;
    }));
  }
  for (const pid_t child : children) CHECK(Wait(child) == 0);
  for (int i = 1; i < 6; ++i) {
    CHECK(ReadText(results / std::to_string(i)) ==
          ReadText(results / "0"));  // one inode: one decoding
  }
  CHECK(CacheFiles().size() == 1);
}

TEST_CASE("What a killed process left is cleared away") {
  const Sandbox sandbox;
  WriteFolder(sandbox.path("data"), Cifar10Tree());
  const fs::path file = DecodedFile("cifar10", sandbox.path("data/cifar-10-batches-bin"));
  WriteText(file.string() + ".tmp123", "half");
  WriteText(file.string() + ".lock", "");
  CHECK(OpenDataset("cifar10", sandbox.path("data"))->train->count() == 20);
  CHECK(CacheFiles().size() == 1);
}

TEST_CASE("A cache that cannot be written still opens") {
  const Sandbox sandbox;
  WriteFolder(sandbox.path("data"), Cifar10Tree());
  const auto set = OpenDataset("cifar10", sandbox.path("data"));
  fs::permissions(set->cache_file.parent_path(), fs::perms::owner_read | fs::perms::owner_exec);
  CHECK(OpenDataset("cifar10", sandbox.path("data"))->fingerprint == set->fingerprint);
  fs::permissions(set->cache_file.parent_path(), fs::perms::owner_all);
}
