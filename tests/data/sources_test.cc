#include "tasks/data/sources.h"

#include <catch2/catch.hpp>
#include <sstream>

#include "tasks/data/commands.h"
#include "tests/data/support.h"

using namespace plasticity;
using namespace plasticity::testing;
using Catch::Matchers::Contains;

namespace {

fs::path Found(const std::string& name) {
  const auto found = FindSource(name);
  return found ? found->path : fs::path();
}

}  // namespace

TEST_CASE("Exact data in any folder comes before images in any folder") {
  const Sandbox sandbox;
  const Environment data("PLASTICITY_DATA",
                         sandbox.path("one").string() + "::" + sandbox.path("two").string());
  WriteFolder(sandbox.path("one"), ImageTree("cifar10/"));
  CHECK(Found("cifar10") == sandbox.path("one/cifar10"));
  CHECK(OpenDataset("cifar10")->origin == "re-encoded images");
  WriteArchive(sandbox.path("one/cifar10.tar.gz"), ImageTree("cifar10/"));
  CHECK(Found("cifar10") == sandbox.path("one/cifar10.tar.gz"));
  WriteFolder(sandbox.path("two/lossless-unpacked"), Cifar10Tree());
  CHECK(Found("cifar10") == sandbox.path("two/lossless-unpacked/cifar-10-batches-bin"));
  WriteArchive(sandbox.path("one/cifar-10-binary.tar.gz"), Cifar10Tree());
  CHECK(Found("cifar10") == sandbox.path("one/cifar-10-binary.tar.gz"));
  CHECK(OpenDataset("cifar10")->origin == "official binary format, 30 of 60,000 images");
}

TEST_CASE("Every known set is found under its usual names") {
  const Sandbox sandbox;
  const Environment data("PLASTICITY_DATA", sandbox.path("d").string());
  WriteFolder(sandbox.path("d"), Cifar100Tree());
  WriteArchive(sandbox.path("d/stl10_binary.tar.gz"), Stl10Tree());
  WriteArchive(sandbox.path("d/tiny-imagenet-200.tar.gz"), TinyTree());
  WriteFolder(sandbox.path("d/fashion-mnist"), IdxTree(true));
  WriteFolder(sandbox.path("d/mnist"), IdxTree(false));
  for (const char* name :
       {"cifar100", "stl10", "stl10:fold7", "tiny-imagenet-200", "fashion-mnist", "mnist"}) {
    CAPTURE(name);
    CHECK(HaveDataset(name));
    CHECK_THAT(OpenDataset(name)->source, Contains(sandbox.path("d").string()));
  }
  WriteArchive(sandbox.path("d/tiny-imagenet-200.zip"), TinyTree());
  CHECK(Found("tiny-imagenet-200") == sandbox.path("d/tiny-imagenet-200.zip"));
}

TEST_CASE("The folder of PLASTICITY_DATA may be the data's own") {
  const Sandbox sandbox;
  WriteFolder(sandbox.path("data"), Cifar10Tree());
  const Environment data("PLASTICITY_DATA", sandbox.path("data/cifar-10-batches-bin").string());
  CHECK(OpenDataset("cifar10")->train->count() == 20);
}

TEST_CASE("After PLASTICITY_DATA come downloads, then imports, then what was decoded before") {
  const Sandbox sandbox;
  WriteFolder(sandbox.path("data"), Cifar10Tree());
  std::ostringstream out;
  {
    const Environment data("PLASTICITY_DATA", sandbox.path("data").string());
    OpenDataset("cifar10");
  }
  CHECK(FindSource("cifar10")->kind == FoundSource::Kind::kDecoded);
  CHECK(OpenDataset("cifar10")->train->count() == 20);
  // Not when the source has other content now.
  fs::last_write_time(sandbox.path("data/cifar-10-batches-bin/test_batch.bin"),
                      fs::file_time_type::clock::now() + std::chrono::hours(1));
  CHECK(!FindSource("cifar10"));
  fs::remove_all(sandbox.path("data"));
  CHECK(FindSource("cifar10")->kind == FoundSource::Kind::kDecoded);

  WriteFolder(sandbox.path("tree"), ImageTree(""));
  ImportData("cifar10", sandbox.path("tree"), {}, out);
  CHECK(FindSource("cifar10")->kind == FoundSource::Kind::kImported);
  WriteArchive(DownloadFolder() / "cifar-10-binary.tar.gz", Cifar10Tree());
  CHECK(Found("cifar10") == DownloadFolder() / "cifar-10-binary.tar.gz");
}

TEST_CASE("An import lives without its source, and is replaced by the next one") {
  const Sandbox sandbox;
  WriteArchive(sandbox.path("tree.zip"), ImageTree("x/"));
  std::ostringstream out;
  ImportData("my-images", sandbox.path("tree.zip"), {}, out);
  CHECK_THAT(out.str(), Contains("imported my-images: 20 train, 10 test, 3 x 32 x 32, 10 classes"));
  fs::remove(sandbox.path("tree.zip"));
  const auto set = OpenDataset("my-images");
  CHECK(set->train->count() == 20);
  CHECK(set->name == "my-images");
  CHECK(HaveDataset("my-images"));
  CHECK(VerifyData("my-images", out));
  WriteFolder(sandbox.path("idx"), IdxTree(true));
  ImportData("my-images", sandbox.path("idx"), {}, out);
  CHECK(OpenDataset("my-images")->shape.channels == 1);
  CHECK(CacheFiles().size() == 1);
  // A failed import leaves the one that was there.
  CHECK_THAT(Message([&] { ImportData("my-images", sandbox.path("nowhere"), {}, out); }),
             Contains("does not exist") && Contains("Nothing was imported."));
  CHECK(OpenDataset("my-images")->shape.channels == 1);
  // A damaged one says what to do: there is no source to decode it from.
  fs::resize_file(ImportedFile("my-images"), 500);
  CHECK_THAT(OpenMessage("my-images"),
             Contains("Import it again: plasticity data import my-images"));
}

TEST_CASE("Import checks names, and says when another source comes first") {
  const Sandbox sandbox;
  WriteFolder(sandbox.path("data"), Cifar10Tree());
  std::ostringstream out;
  for (const char* name : {"", "Mine", "a/b", "../x", "a_b"}) {
    CHECK_THAT(Message([&] { ImportData(name, sandbox.path("data"), {}, out); }),
               Contains("is no name"));
  }
  CHECK(CacheFiles().empty());
  const Environment data("PLASTICITY_DATA", sandbox.path("data").string());
  ImportData("cifar10", sandbox.path("data"), {}, out);
  CHECK_THAT(out.str(), Contains("note: ") && Contains("comes first"));
}

TEST_CASE("list and info tell where things are") {
  const Sandbox sandbox;
  WriteFolder(sandbox.path("data"), Cifar10Tree());
  const Environment data("PLASTICITY_DATA", sandbox.path("data").string());
  std::ostringstream list;
  ListData(list);
  CHECK_THAT(list.str(),
             Contains("found, decoded at first use: " + sandbox.path("data").string()) &&
                 Contains("absent. Get it: plasticity data fetch cifar100."));
  std::ostringstream info;
  InfoData("cifar10", {}, info);
  const auto set = OpenDataset("cifar10");
  CHECK_THAT(info.str(), Contains("20 train, 10 test, 3 x 32 x 32") && Contains(set->fingerprint) &&
                             Contains("10: airplane, automobile") && Contains(set->source) &&
                             Contains(set->cache_file.string()));
  std::ostringstream again;
  ImportData("zoo", sandbox.path("data"), {}, again);
  ListData(again);
  CHECK_THAT(again.str(), Contains("ready, 20 train, 10 test") && Contains("imported from"));
}

TEST_CASE("What an import has of unlabelled images and folds stays, and is told") {
  const Sandbox sandbox;
  WriteFolder(sandbox.path("data"), Stl10Tree());
  std::ostringstream out;
  ImportData("birds", sandbox.path("data"), {}, out);
  fs::remove_all(sandbox.path("data"));
  InfoData("birds", {}, out);
  ListData(out);
  CHECK_THAT(out.str(),
             Contains("images       20 train, 10 test, 30 without labels, 3 x 96 x 96") &&
                 Contains("birds:fold0 to birds:fold9, 3 train images in the first") &&
                 Contains("ready, 20 train, 10 test, 30 without labels"));
  CHECK(OpenDataset("birds:fold9")->train->count() == 3);
  CHECK(OpenDataset("birds:fold9")->unlabelled->count() == 30);
  CHECK(VerifyData("birds", out));
  CHECK_THAT(out.str(), Contains("60 images match"));
}
