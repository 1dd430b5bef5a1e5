#include "tasks/data/fetch.h"

#include <sys/resource.h>

#include <catch2/catch.hpp>
#include <csignal>
#include <sstream>

#include "suite/base/digest.h"
#include "tasks/data/commands.h"
#include "tasks/data/download.h"
#include "tasks/data/readers.h"
#include "tests/data/http_server.h"
#include "tests/data/support.h"

using namespace plasticity;
using namespace plasticity::testing;
using Catch::Matchers::Contains;

namespace {

constexpr char kArchive[] = "/cifar-10-binary.tar.gz";

// A server of a small CIFAR-10 archive, which is not the official one.
struct Mirror {
  Sandbox sandbox;
  HttpServer server;
  std::string content;
  fs::path file = sandbox.path("cache") / "plasticity/downloads/cifar-10-binary.tar.gz";
  fs::path part = file.string() + ".part";

  Mirror() {
    WriteArchive(sandbox.path("made.tar.gz"), Cifar10Tree());
    content = ReadText(sandbox.path("made.tar.gz"));
    server.files[kArchive] = content;
  }

  std::string Fetch(bool verify, std::string* output = nullptr) {
    std::ostringstream out;
    const std::string message = Message(
        [&] { FetchData("cifar10", {.base_url = server.url + "/", .verify = verify}, out); });
    if (output != nullptr) *output = out.str();
    return message;
  }
};

}  // namespace

TEST_CASE("A digest that is not the known one is refused, and --no-verify accepts it") {
  Mirror mirror;
  const std::string message = mirror.Fetch(true);
  Digest md5("md5");
  md5.Add(mirror.content.data(), mirror.content.size());
  CHECK_THAT(message, Contains(md5.Hex()) && Contains("c32a1d4ab5d03f1284b67883e8d87530") &&
                          Contains("--no-verify") && Contains("170,052,171"));
  CHECK(message.find('\n') == std::string::npos);
  CHECK(!fs::exists(mirror.file));
  CHECK(!HaveDataset("cifar10"));
  // What came is not downloaded again.
  std::string output;
  CHECK(mirror.Fetch(false, &output) == "");
  CHECK(mirror.server.requests().size() == 1);
  CHECK_THAT(output, Contains("digest not checked") && Contains("20 train, 10 test") &&
                         Contains("official binary format"));
  CHECK(HaveDataset("cifar10"));
  CHECK(OpenDataset("cifar10")->source == mirror.file.string());
  // It is not the known archive, so a fetch that verifies asks the server again.
  CHECK_THAT(mirror.Fetch(true), Contains("--no-verify"));
  CHECK(mirror.server.requests().size() == 2);
}

TEST_CASE("The known digest is accepted and makes the archive the official one") {
  Mirror mirror;
  Digest md5("md5");
  md5.Add(mirror.content.data(), mirror.content.size());
  KnownSet known = *FindKnownSet("cifar10");
  known.archive_md5 = md5.Hex();
  WriteText(mirror.part, mirror.content.substr(0, 777));
  std::ostringstream out;
  CHECK(FetchArchive(known, {.base_url = mirror.server.url}, out) == mirror.file);
  CHECK_THAT(out.str(), Contains("the known digest"));
  CHECK(IsOfficialArchive(mirror.file, known));
  CHECK(!IsOfficialArchive(mirror.file, *FindKnownSet("cifar10")));
  FetchArchive(known, {.base_url = mirror.server.url}, out);
  CHECK_THAT(out.str(), Contains("already here"));
  CHECK(mirror.server.requests().size() == 1);
}

TEST_CASE("--no-verify on a clean cache fetches, decodes, and does so once") {
  Mirror mirror;
  CHECK(mirror.Fetch(false) == "");
  CHECK(ReadText(mirror.file) == mirror.content);
  std::string output;
  CHECK(mirror.Fetch(false, &output) == "");
  CHECK_THAT(output, Contains("already here"));
  CHECK(mirror.server.requests().size() == 1);
  CHECK(!fs::exists(mirror.part));
}

TEST_CASE("STL-10 is fetched and decoded with its folds") {
  const Sandbox sandbox;
  HttpServer server;
  WriteArchive(sandbox.path("made.tar.gz"), Stl10Tree());
  server.files["/stl10_binary.tar.gz"] = ReadText(sandbox.path("made.tar.gz"));
  std::ostringstream out;
  CHECK_THAT(Message([&] { FetchData("stl10", {.base_url = server.url}, out); }),
             Contains("91f7769df0f17e558f3565bffb0c7dfb") && Contains("2,640,397,119"));
  FetchData("stl10", {.base_url = server.url, .verify = false}, out);
  CHECK_THAT(out.str(), Contains("20 train, 10 test, 30 without labels") &&
                            Contains("stl10:fold0 to stl10:fold9"));
  CHECK(OpenDataset("stl10:fold2")->train->count() == 3);
}

TEST_CASE("PLASTICITY_MIRROR names the server too") {
  Mirror mirror;
  const Environment variable("PLASTICITY_MIRROR", mirror.server.url);
  std::ostringstream out;
  FetchData("cifar10", {.verify = false}, out);
  CHECK(mirror.server.requests().size() == 1);
}

TEST_CASE("A fetch goes on where an earlier one stopped") {
  Mirror mirror;
  WriteText(mirror.part, mirror.content.substr(0, 1000));
  CHECK(mirror.Fetch(false) == "");
  REQUIRE(mirror.server.requests().size() == 1);
  CHECK(mirror.server.requests()[0].range_start == 1000);
  CHECK(ReadText(mirror.file) == mirror.content);
}

TEST_CASE("A broken connection is taken up again") {
  Mirror mirror;
  mirror.server.cuts = 2;
  mirror.server.cut_after = 1500;
  CHECK(mirror.Fetch(false) == "");
  REQUIRE(mirror.server.requests().size() == 3);
  CHECK(mirror.server.requests()[0].range_start == -1);
  CHECK(mirror.server.requests()[1].range_start == 1500);
  CHECK(mirror.server.requests()[2].range_start == 3000);
  CHECK(ReadText(mirror.file) == mirror.content);
}

TEST_CASE("A server without ranges sends the whole again") {
  Mirror mirror;
  mirror.server.knows_ranges = false;
  WriteText(mirror.part, std::string(1000, 'x'));
  CHECK(mirror.Fetch(false) == "");
  CHECK(ReadText(mirror.file) == mirror.content);
}

TEST_CASE("A part that is complete, and one that is longer than the archive") {
  Mirror mirror;
  WriteText(mirror.part, mirror.content + GENERATE("", "and more"));
  CHECK(mirror.Fetch(false) == "");
  CHECK(ReadText(mirror.file) == mirror.content);
}

TEST_CASE("A part of another file is found by the digest") {
  Mirror mirror;
  WriteText(mirror.part, std::string(1000, 'x'));
  CHECK_THAT(mirror.Fetch(true), Contains("MD5"));
  CHECK(!fs::exists(mirror.file));
}

TEST_CASE("Servers that refuse or are not there") {
  Mirror mirror;
  mirror.server.files.clear();
  std::string message = mirror.Fetch(false);
  CHECK_THAT(message,
             Contains("the server answered 404") && Contains(mirror.server.url + kArchive));
  CHECK(message.find('\n') == std::string::npos);
  CHECK(!fs::exists(mirror.file));
  std::ostringstream out;
  message = Message(
      [&] { FetchData("cifar10", {.base_url = "http://127.0.0.1:9", .verify = false}, out); });
  CHECK_THAT(message, Contains("cannot fetch http://127.0.0.1:9/cifar-10-binary.tar.gz"));
}

TEST_CASE("A fetched archive that cannot be read does not take the name") {
  Mirror mirror;
  mirror.server.files[kArchive] = mirror.content.substr(0, 2000);
  CHECK_THAT(mirror.Fetch(false), Contains("ends after 2,000 of 170,052,171 bytes"));
  CHECK(!fs::exists(mirror.file));
  CHECK(!HaveDataset("cifar10"));
}

TEST_CASE("A disk that fills up during a fetch keeps what came") {
  const Sandbox sandbox;
  HttpServer server({{"/big", std::string(100000, 'b')}});
  const int code = Wait(Start([&] {
    ::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit = {50000, 50000};
    if (::setrlimit(RLIMIT_FSIZE, &limit) != 0) return 2;
    const std::string message =
        Message([&] { Download(server.url + "/big", sandbox.path("big.part"), false); });
    return message.find("50,000 bytes are kept") != std::string::npos ? 0 : 1;
  }));
  CHECK(code == 0);
  CHECK(fs::file_size(sandbox.path("big.part")) == 50000);
  Download(server.url + "/big", sandbox.path("big.part"), false);
  CHECK(ReadText(sandbox.path("big.part")) == server.files["/big"]);
}

TEST_CASE("What is not fetched says where it comes from") {
  const Sandbox sandbox;
  std::ostringstream out;
  CHECK_THAT(Message([&] { FetchData("fashion-mnist", {}, out); }),
             Contains("dataset-fashion-mnist"));
  CHECK_THAT(Message([&] { FetchData("mnist", {}, out); }),
             Contains("plasticity data import mnist"));
  CHECK_THAT(Message([&] { FetchData("cifar11", {}, out); }), Contains("Nearest: cifar10"));
}
