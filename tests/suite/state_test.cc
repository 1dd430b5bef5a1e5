#include "suite/state.h"

#include <ATen/ATen.h>

#include <catch2/catch.hpp>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <limits>

#include "suite/base/error.h"
#include "suite/base/files.h"
#include "tests/one_thread.h"

namespace plasticity {
namespace {

namespace fs = std::filesystem;

class Folder {
 public:
  Folder() {
    std::string name = (fs::temp_directory_path() / "plasticity-state-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder");
    path_ = name;
  }
  ~Folder() { fs::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  fs::path operator/(const std::string& name) const { return path_ / name; }

 private:
  fs::path path_;
};

Snapshot Sample() {
  Snapshot snapshot;
  snapshot.tensors["odd"] =
      at::tensor({0.0f, -0.0f, 1e-45f, std::numeric_limits<float>::quiet_NaN(),
                  -std::numeric_limits<float>::infinity(), 3.4e38f});
  snapshot.tensors["cube"] = at::arange(24, at::kDouble).view({2, 3, 4}) / 7;
  snapshot.tensors["counts"] =
      at::tensor({std::numeric_limits<std::int64_t>::min(), std::int64_t{-1}});
  snapshot.tensors["narrow"] = at::tensor({0.1f, 2.0f}).to(at::kBFloat16);
  snapshot.tensors["flags"] = at::tensor({1, 0, 1}).to(at::kBool);
  snapshot.tensors["bytes"] = at::tensor({0, 255, 10}).to(at::kByte);
  snapshot.tensors["short"] = at::tensor({-3, 300}).to(at::kShort);
  snapshot.tensors["int"] = at::tensor({-3, 70000}).to(at::kInt);
  snapshot.tensors["scalar"] = at::scalar_tensor(2.5f);
  snapshot.tensors["empty"] = at::empty({0, 3});
  snapshot.values["step"] = 12345678901234;
  snapshot.values["text"] = "line\nbreak";
  snapshot.values["nested"] = {{"a", {1, 2.5, nullptr}}};
  return snapshot;
}

TEST_CASE("a snapshot comes back bit for bit") {
  const Folder folder;
  const Snapshot before = Sample();
  WriteSnapshot(folder / "checkpoint", before);
  const Snapshot after = ReadSnapshot(folder / "checkpoint");
  CHECK(after.values == before.values);
  REQUIRE(after.tensors.size() == before.tensors.size());
  for (const auto& [name, tensor] : before.tensors) {
    CAPTURE(name);
    const at::Tensor& read = after.tensors.at(name);
    CHECK(read.sizes() == tensor.sizes());
    REQUIRE(read.scalar_type() == tensor.scalar_type());
    CHECK((tensor.nbytes() == 0 ||
           std::memcmp(read.const_data_ptr(), tensor.const_data_ptr(), tensor.nbytes()) == 0));
  }
}

TEST_CASE("a snapshot cut short anywhere is an error that names the file") {
  const Folder folder;
  const fs::path whole = folder / "whole", cut = folder / "cut";
  WriteSnapshot(whole, Sample());
  const std::string bytes = ReadFile(whole);
  for (std::size_t size = 0; size < bytes.size(); size += 1 + size / 20) {
    CAPTURE(size, bytes.size());
    std::ofstream(cut, std::ios::binary).write(bytes.data(), static_cast<std::streamsize>(size));
    CHECK_THROWS_AS(ReadSnapshot(cut), RunError);
    CHECK_THROWS_WITH(ReadSnapshot(cut), Catch::Contains(cut.string()));
  }
  std::ofstream(cut, std::ios::binary)
      .write(bytes.data(), static_cast<std::streamsize>(bytes.size() - 1));
  CHECK_THROWS_AS(ReadSnapshot(cut), RunError);
}

TEST_CASE("a snapshot with any bit changed, or with more behind it, is an error") {
  const Folder folder;
  const fs::path file = folder / "file";
  WriteSnapshot(file, Sample());
  const std::string bytes = ReadFile(file);
  const auto refused = [&](const std::string& changed) {
    std::ofstream(file, std::ios::binary) << changed;
    CHECK_THROWS_AS(ReadSnapshot(file), RunError);
  };
  for (std::size_t at = 0; at < bytes.size(); at += 7) {
    CAPTURE(at, bytes.size());
    std::string changed = bytes;
    changed[at] = static_cast<char>(changed[at] ^ (1 << at % 8));
    refused(changed);
  }
  refused(bytes + "0");
}

TEST_CASE("what is no snapshot is refused") {
  const Folder folder;
  CHECK_THROWS_AS(ReadSnapshot(folder / "absent"), RunError);
  for (const std::string text :
       {"hello\n", "{}\n", "5\n", "[]\n", "{\"format\": \"plasticity checkpoint 0\"}\n",
        "{\"format\": 7}\n", "{\"format\": \"plasticity checkpoint 3\"}\n"}) {
    CAPTURE(text);
    std::ofstream(folder / "file") << text;
    CHECK_THROWS_AS(ReadSnapshot(folder / "file"), RunError);
  }
}

// A state of one tensor and one number under a prefix.
struct Part {
  at::Tensor tensor;
  std::int64_t count = 0;
  void Visit(StateVisitor& visitor) {
    ScopedVisitor scoped(visitor, "part");
    scoped.Tensor("tensor", tensor);
    scoped.Value("count", count);
  }
};

TEST_CASE("the same walk saves and loads") {
  const bool transposed = GENERATE(false, true);
  const at::Tensor values = at::arange(6, at::kFloat);
  Part saved{transposed ? values.view({2, 3}).t() : values.view({3, 2}), 42};
  Snapshot snapshot;
  StateSaver saver(snapshot);
  saved.Visit(saver);
  CHECK(snapshot.tensors.count("part.tensor") == 1);
  CHECK(snapshot.values.at("part.count") == 42);
  const at::Tensor copy = saved.tensor.clone();
  saved.tensor.zero_();  // a snapshot is a copy

  Part into{at::zeros({3, 2}), 0}, fresh;
  const at::Tensor alias = into.tensor;
  for (Part* part : {&into, &fresh}) {
    StateLoader loader(snapshot);
    part->Visit(loader);
    CHECK(at::equal(part->tensor, copy));
    CHECK(part->count == 42);
  }
  CHECK(at::equal(alias, copy));  // filled in place: others that hold the tensor see it
}

TEST_CASE("loading refuses what does not fit") {
  Snapshot snapshot;
  snapshot.tensors["part.tensor"] = at::zeros({2});
  StateLoader loader(snapshot);
  Part other_shape{at::zeros({3}).requires_grad_(), 0};
  CHECK_THROWS_WITH(other_shape.Visit(loader), Catch::Contains("part.tensor"));
  Part no_count{at::zeros({2}), 0};
  CHECK_THROWS_WITH(no_count.Visit(loader), Catch::Contains("part.count"));
  const Snapshot nothing;
  StateLoader empty(nothing);
  Part missing{at::zeros({2}), 0};
  CHECK_THROWS_AS(missing.Visit(empty), RunError);
}

TEST_CASE("what had grown is loaded in place, and what was not made yet is made on the device") {
  Part saved{at::arange(6, at::kFloat), 1}, grown{at::zeros({2}), 0}, unmade{at::Tensor(), 0};
  Snapshot snapshot;
  StateSaver saver(snapshot);
  saved.Visit(saver);
  StateLoader loader(snapshot, at::kMeta);
  const at::Tensor alias = grown.tensor;
  grown.Visit(loader);
  CHECK(at::equal(alias, saved.tensor));
  unmade.Visit(loader);
  CHECK(unmade.tensor.device() == at::kMeta);
  CHECK(unmade.tensor.sizes() == saved.tensor.sizes());
}

TEST_CASE("a counter adds up what is kept, and parts of a snapshot can be told and dropped") {
  Part part{at::zeros({3, 4}), 1};
  StateCounter counter;
  part.Visit(counter);
  CHECK(counter.bytes() == 48);
  Snapshot snapshot;
  StateSaver saver(snapshot);
  part.Visit(saver);
  snapshot.values["partial"] = 1;
  CHECK(snapshot.Has("part."));
  CHECK_FALSE(snapshot.Has("part.x"));
  snapshot.Drop("part.");
  CHECK_FALSE(snapshot.Has("part."));
  CHECK(snapshot.Has("partial"));
}

TEST_CASE("a parameter that a gradient trains is loaded in place") {
  Part saved{at::ones({2}), 1}, into{at::zeros({2}).requires_grad_(), 0};
  Snapshot snapshot;
  StateSaver saver(snapshot);
  saved.Visit(saver);
  StateLoader loader(snapshot);
  into.Visit(loader);
  CHECK(into.tensor.requires_grad());
  CHECK(into.tensor.is_leaf());
  CHECK(at::equal(into.tensor.detach(), at::ones({2})));
}

}  // namespace
}  // namespace plasticity
