#include <sys/mount.h>
#include <sys/resource.h>

#include <catch2/catch.hpp>
#include <csignal>
#include <sstream>

#include "tasks/data/commands.h"
#include "tests/data/support.h"

using namespace plasticity;
using namespace plasticity::testing;
using Catch::Matchers::Contains;
using Catch::Matchers::EndsWith;

namespace {

// One line, and nothing in the cache: not the set, no temporary file, no lock.
void CheckRefused(const std::string& message) {
  CHECK(!message.empty());
  CHECK(message.find('\n') == std::string::npos);
  CHECK(CacheFiles().empty());
}

std::string Cut(const std::string& bytes, double part) {
  return bytes.substr(0, static_cast<std::size_t>(static_cast<double>(bytes.size()) * part));
}

}  // namespace

TEST_CASE("A cut archive under its official name tells how much is missing") {
  const Sandbox sandbox;
  WriteArchive(sandbox.path("whole.tar.gz"), Cifar10Tree());
  const std::string whole = ReadText(sandbox.path("whole.tar.gz"));
  WriteText(sandbox.path("cifar-10-binary.tar.gz"), whole.substr(0, 2345));
  std::ostringstream out;
  const std::string message =
      Message([&] { ImportData("cifar10", sandbox.path("cifar-10-binary.tar.gz"), {}, out); });
  CheckRefused(message);
  CHECK(message ==
        "cifar-10-binary.tar.gz ends after 2,345 of 170,052,171 bytes. Fetch it again: plasticity "
        "data fetch cifar10. Nothing was imported.");
  CHECK(out.str().empty());
}

TEST_CASE("A cut or damaged archive is refused at whatever place") {
  const Sandbox sandbox;
  const std::string kind = GENERATE("tar", "tar.gz", "zip");
  const double part = GENERATE(0.02, 0.3, 0.6, 0.97);
  CAPTURE(kind, part);
  const fs::path path = sandbox.path("set." + kind);
  WriteArchive(path, Cifar10Tree());
  WriteText(path, Cut(ReadText(path), part));
  if (kind == "tar" && part > 0.9) return;  // within the blocks of zeros at the end
  const std::string message = OpenMessage("cifar10", path);
  CheckRefused(message);
  CHECK_THAT(message, Contains(path.string()));
}

TEST_CASE("A zip without its table at the end still has every file whole") {
  const Sandbox sandbox;
  WriteArchive(sandbox.path("a.zip"), Cifar10Tree());
  const std::string bytes = ReadText(sandbox.path("a.zip"));
  WriteText(sandbox.path("cut.zip"), bytes.substr(0, bytes.find("PK\x01\x02") + 20));
  CHECK(OpenDataset("cifar10", sandbox.path("cut.zip"))->fingerprint ==
        OpenDataset("cifar10", sandbox.path("a.zip"))->fingerprint);
}

TEST_CASE("A flipped byte in a compressed archive is found by its checksum") {
  const Sandbox sandbox;
  const std::string kind = GENERATE("tar.gz", "zip");
  const fs::path path = sandbox.path("set." + kind);
  WriteArchive(path, Cifar10Tree());
  std::string bytes = ReadText(path);
  bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 0x10);
  WriteText(path, bytes);
  CheckRefused(OpenMessage("cifar10", path));
}

TEST_CASE("A file that is no archive, and one that is absent") {
  const Sandbox sandbox;
  WriteText(sandbox.path("notes.md"), "hello\n");
  const std::string message = OpenMessage("cifar10", sandbox.path("notes.md"));
  CheckRefused(message);
  CHECK_THAT(message, Contains("neither a folder nor an archive"));
  WriteText(sandbox.path("empty.tar.gz"), "");
  CheckRefused(OpenMessage("cifar10", sandbox.path("empty.tar.gz")));
  CHECK_THAT(OpenMessage("cifar10", sandbox.path("nowhere")), Contains("does not exist"));
  fs::create_directories(sandbox.path("bare"));
  CHECK_THAT(OpenMessage("cifar10", sandbox.path("bare")), Contains("holds no data that we read"));
  WriteText(sandbox.path("py/cifar-10-batches-py/data_batch_1"), "pickle");
  CHECK_THAT(OpenMessage("cifar10", sandbox.path("py")), Contains("plasticity data fetch cifar10"));
}

TEST_CASE("A label out of range names file, record and range") {
  const Sandbox sandbox;
  Tree tree = Cifar10Tree();
  tree["cifar-10-batches-bin/data_batch_2.bin"][3073] = 12;
  WriteFolder(sandbox.path("data"), tree);
  std::string message = OpenMessage("cifar10", sandbox.path("data"));
  CheckRefused(message);
  CHECK_THAT(message, Contains("data_batch_2.bin: record 1 has label 12") && Contains("0 to 9"));

  Tree hundred = Cifar100Tree();
  hundred["cifar-100-binary/test.bin"][1] = static_cast<char>(200);
  WriteArchive(sandbox.path("hundred.tar.gz"), hundred);
  message = OpenMessage("cifar100", sandbox.path("hundred.tar.gz"));
  CheckRefused(message);
  CHECK_THAT(message,
             Contains("hundred.tar.gz: cifar-100-binary/test.bin: record 0 has label 200"));

  Tree idx = IdxTree(false);
  idx["t10k-labels-idx1-ubyte"][8 + 4] = 10;
  WriteFolder(sandbox.path("idx"), idx);
  message = OpenMessage("mnist", sandbox.path("idx"));
  CheckRefused(message);
  CHECK_THAT(message, Contains("t10k-labels-idx1-ubyte: record 4 has label 10"));
}

TEST_CASE("A .bin file that ends inside a record, and one that is missing") {
  const Sandbox sandbox;
  Tree tree = Cifar10Tree();
  tree["cifar-10-batches-bin/data_batch_5.bin"].pop_back();
  WriteFolder(sandbox.path("a"), tree);
  std::string message = OpenMessage("cifar10", sandbox.path("a"));
  CheckRefused(message);
  CHECK_THAT(message, Contains("data_batch_5.bin ends inside a record: 12,291 bytes"));
  tree.erase("cifar-10-batches-bin/data_batch_5.bin");
  WriteFolder(sandbox.path("b"), tree);
  message = OpenMessage("cifar10", sandbox.path("b"));
  CheckRefused(message);
  CHECK_THAT(message, Contains("data_batch_5.bin is missing"));
}

TEST_CASE("STL-10's files that are cut, contradict each other, or are missing") {
  const Sandbox sandbox;
  const auto message_of = [&](const std::function<void(Tree&)>& change) {
    static int number = 0;
    const fs::path folder = sandbox.path("stl" + std::to_string(++number));
    Tree tree = Stl10Tree("");
    change(tree);
    WriteFolder(folder, tree);
    const std::string message = OpenMessage("stl10", folder);
    CheckRefused(message);
    CHECK_THAT(message, EndsWith("Get it: plasticity data fetch stl10."));
    return message;
  };
  CHECK_THAT(message_of([](Tree& tree) { tree["unlabeled_X.bin"].pop_back(); }),
             Contains("unlabeled_X.bin ends inside an image: 829,439 bytes are 29 images of 27,648 "
                      "bytes and 27,647 bytes more"));
  CHECK_THAT(message_of([](Tree& tree) { tree.erase("test_X.bin"); }),
             Contains("test_X.bin is missing"));
  CHECK_THAT(message_of([](Tree& tree) { tree.erase("train_y.bin"); }),
             Contains("train_y.bin is missing"));
  CHECK_THAT(message_of([](Tree& tree) { tree["train_y.bin"] += '\1'; }),
             Contains("train_y.bin has 21 labels for the 20 images of train_X.bin"));
  CHECK_THAT(message_of([](Tree& tree) { tree["test_y.bin"][4] = 0; }),
             Contains("test_y.bin: image 4 has label 0") && Contains("1 to 10"));
  CHECK_THAT(message_of([](Tree& tree) { tree["train_y.bin"][2] = 11; }),
             Contains("train_y.bin: image 2 has label 11"));
  CHECK_THAT(message_of([](Tree& tree) { tree["class_names.txt"] = "cat\n"; }),
             Contains("names 1 classes instead of 10"));
  for (const char* word : {"20", "-1", "1.5", "x", "99999999999999999999"}) {
    CHECK_THAT(
        message_of([&](Tree& tree) { tree["fold_indices.txt"] = std::string("0 1\n\n2 ") + word; }),
        Contains(std::string("fold_indices.txt: line 3 has '") + word + "'") &&
            Contains("0 to 19"));
  }
}

TEST_CASE("Class names have to be as many as the classes") {
  const Sandbox sandbox;
  Tree tree = Cifar10Tree();
  tree["cifar-10-batches-bin/batches.meta.txt"] = "cat\ndog\n";
  WriteFolder(sandbox.path("a"), tree);
  const std::string message = OpenMessage("cifar10", sandbox.path("a"));
  CheckRefused(message);
  CHECK_THAT(message, Contains("names 2 classes instead of 10"));
}

TEST_CASE("An image of another size, and ones that cannot be decoded, are named") {
  const Sandbox sandbox;
  const std::string jpeg = Jpeg(32, 3, 40);
  const std::string png = Png(32, 3, 40);
  const auto [content, expected] = GENERATE_COPY(table<std::string, std::string>({
      {Png(33, 3, 0), "is 33 x 33 pixels, and the images before it are 32 x 32"},
      {Jpeg(16, 3, 0), "is 16 x 16 pixels"},
      {"", "is empty"},
      {"hello", "is neither a JPEG nor a PNG image"},
      {jpeg.substr(0, 40), "is damaged"},
      {jpeg.substr(0, jpeg.size() - 20), "is damaged"},
      {png.substr(0, 20), "is damaged"},
      {png.substr(0, png.size() - 30), "is damaged"},
  }));
  Tree tree = ImageTree("");
  tree["train/class7/0001.png"] = content;
  WriteFolder(sandbox.path("tree"), tree);
  const std::string message = OpenMessage("mine", sandbox.path("tree"));
  CheckRefused(message);
  CHECK_THAT(message,
             Contains((sandbox.path("tree") / "train/class7/0001.png").string() + " " + expected));
}

TEST_CASE("A tree without test images, with a class of its own in test, or two trees") {
  const Sandbox sandbox;
  WriteFolder(sandbox.path("a"), {{"train/x/0.png", Png(4, 3, 1)}});
  CHECK_THAT(OpenMessage("mine", sandbox.path("a")), Contains("has no test images"));
  WriteFolder(sandbox.path("b"), {{"train/x/0.png", Png(4, 3, 1)}, {"test/y/0.png", Png(4, 3, 1)}});
  CHECK_THAT(OpenMessage("mine", sandbox.path("b")), Contains("class 'y'"));
  WriteFolder(sandbox.path("c"), ImageTree("one/"));
  WriteFolder(sandbox.path("c"), ImageTree("two/"));
  CHECK_THAT(OpenMessage("mine", sandbox.path("c")), Contains("more than one image tree"));
  CHECK(CacheFiles().empty());
}

TEST_CASE("Tiny-ImageNet with a class that is not listed, a missing image, a missing class") {
  const Sandbox sandbox;
  Tree tree = TinyTree();
  tree["tiny-imagenet-200/val/val_annotations.txt"] += "val_0.JPEG\tn77\t0\t0\t1\t1\n";
  WriteFolder(sandbox.path("a"), tree);
  CHECK_THAT(OpenMessage("tiny-imagenet-200", sandbox.path("a")),
             Contains("val_annotations.txt: val_0.JPEG has the class n77"));
  tree = TinyTree();
  tree.erase("tiny-imagenet-200/val/images/val_2.JPEG");
  WriteFolder(sandbox.path("b"), tree);
  CHECK_THAT(OpenMessage("tiny-imagenet-200", sandbox.path("b")),
             Contains("val_2.JPEG is missing, but val_annotations.txt lists it"));
  tree = TinyTree();
  tree["tiny-imagenet-200/wnids.txt"] += "n50\n";
  WriteFolder(sandbox.path("c"), tree);
  CHECK_THAT(OpenMessage("tiny-imagenet-200", sandbox.path("c")), Contains("class n50"));
  CHECK(CacheFiles().empty());
}

TEST_CASE("IDX files that are cut, contradict each other, or are missing") {
  const Sandbox sandbox;
  const auto message_of = [&](const Tree& tree) {
    static int number = 0;
    const fs::path folder = sandbox.path("idx" + std::to_string(++number));
    WriteFolder(folder, tree);
    const std::string message = OpenMessage("mnist", folder);
    CheckRefused(message);
    return message;
  };
  Tree tree = IdxTree(false);
  tree["train-images-idx3-ubyte"].pop_back();
  CHECK_THAT(message_of(tree),
             Contains("holds 15,679 bytes of data, but its header tells of 15,680"));
  tree = IdxTree(true);
  std::string& packed = tree["train-images-idx3-ubyte.gz"];
  packed.resize(packed.size() / 2);
  CHECK_THAT(message_of(tree), Contains("train-images-idx3-ubyte.gz is cut short or damaged"));
  tree = IdxTree(false);
  tree["train-labels-idx1-ubyte"] = tree["t10k-labels-idx1-ubyte"];
  CHECK_THAT(message_of(tree), Contains("20 images") && Contains("10 labels"));
  tree = IdxTree(false);
  tree["t10k-labels-idx1-ubyte"] = "?";
  CHECK_THAT(message_of(tree), Contains("is no IDX file"));
  tree = IdxTree(false);
  tree.erase("t10k-images-idx3-ubyte");
  CHECK_THAT(message_of(tree), Contains("t10k-images-idx3-ubyte"));
}

TEST_CASE("A known name is not given to other data") {
  const Sandbox sandbox;
  WriteFolder(sandbox.path("a"), Cifar100Tree());
  std::string message = OpenMessage("cifar10", sandbox.path("a"));
  CheckRefused(message);
  CHECK_THAT(message, Contains("has 100 classes") && Contains("cifar10 has 10"));
  WriteFolder(sandbox.path("b"), ImageTree("", 16));
  message = OpenMessage("cifar10", sandbox.path("b"));
  CheckRefused(message);
  CHECK_THAT(message, Contains("3 x 16 x 16") && Contains("plasticity data import NAME"));
  WriteFolder(sandbox.path("c"), IdxTree(false, 14));
  CheckRefused(OpenMessage("mnist", sandbox.path("c")));
}

// What opening CIFAR-10 says when its cache cannot be written for this reason: 0 when it is told
// well and nothing is left.
int TellsOfFullDisk(const fs::path& data, const std::string& reason) {
  std::string message = "no RunError, which a full disk is";
  try {
    OpenDataset("cifar10", data);
  } catch (const RunError& error) {
    message = error.what();
  }
  const bool told = message.find("cannot write the decoded images") != std::string::npos &&
                    message.find(reason) != std::string::npos &&
                    message.find("XDG_CACHE_HOME") != std::string::npos &&
                    message.find('\n') == std::string::npos;
  if (!told) WARN(message);
  return told && CacheFiles().empty() ? 0 : 1;
}

TEST_CASE("A limit on file size leaves nothing behind and says what to do") {
  const Sandbox sandbox;
  WriteFolder(sandbox.path("data"), Cifar10Tree());
  CHECK(Wait(Start([&] {
          ::signal(SIGXFSZ, SIG_IGN);
          const rlimit limit = {8192, 8192};
          if (::setrlimit(RLIMIT_FSIZE, &limit) != 0) return 2;
          return TellsOfFullDisk(sandbox.path("data"), "File too large");
        })) == 0);
  // With room again, the same call works.
  CHECK(OpenDataset("cifar10", sandbox.path("data"))->train->count() == 20);
}

TEST_CASE("A full disk leaves nothing behind and says what to do", "[mount]") {
  const Sandbox sandbox;
  WriteFolder(sandbox.path("data"), Cifar10Tree());
  const int code = Wait(Start([&] {
    fs::create_directories(sandbox.path("cache"));
    const std::string user = std::to_string(::getuid());
    if (::unshare(CLONE_NEWNS) != 0) {
      if (::unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0) return 77;
      std::ofstream("/proc/self/uid_map") << "0 " + user + " 1\n";
    }
    if (::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
        ::mount("tmpfs", sandbox.path("cache").c_str(), "tmpfs", 0, "size=64k") != 0) {
      return 77;
    }
    return TellsOfFullDisk(sandbox.path("data"), "No space left on device");
  }));
  if (code == 77) {
    WARN("skipped: no file system may be mounted here");
    return;
  }
  CHECK(code == 0);
  CHECK(OpenDataset("cifar10", sandbox.path("data"))->train->count() == 20);
}

TEST_CASE("A cache folder that cannot be made is told of") {
  const Sandbox sandbox;
  WriteFolder(sandbox.path("data"), Cifar10Tree());
  WriteText(sandbox.path("file"), "");
  const Environment cache("XDG_CACHE_HOME", sandbox.path("file").string());
  CHECK_THAT(OpenMessage("cifar10", sandbox.path("data")), Contains("Set XDG_CACHE_HOME"));
}

TEST_CASE("Unknown and absent names") {
  const Sandbox sandbox;
  CHECK_THAT(OpenMessage("cifar01"), Contains("no data set named 'cifar01'. Nearest: cifar10"));
  CHECK_THAT(OpenMessage("../x"), Contains("no data set named"));
  CHECK_THAT(OpenMessage("../x", sandbox.folder.path), Contains("is no name"));
  CHECK(!HaveDataset("cifar01"));
  CHECK(!HaveDataset("cifar10"));
  std::string message = OpenMessage("cifar10");
  CHECK_THAT(message, Contains("PLASTICITY_DATA (not set)") &&
                          Contains((sandbox.path("cache") / "plasticity/downloads").string()) &&
                          EndsWith("plasticity data fetch cifar10."));
  const Environment data("PLASTICITY_DATA",
                         sandbox.path("one").string() + ":" + sandbox.folder.path.string());
  message = OpenMessage("cifar10");
  CHECK_THAT(message, Contains("/one (no such folder), " + sandbox.folder.path.string()));
  CHECK(CacheFiles().empty());
}
