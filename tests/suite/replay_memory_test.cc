#include "suite/replay_memory.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <map>
#include <set>

#include "suite/base/error.h"
#include "tests/one_thread.h"

namespace plasticity {
namespace {

// Images of one pixel, whose value is their place and `first`; as many of each of four classes.
class OfOnePixel final : public ImageSource {
 public:
  explicit OfOnePixel(int first)
      : ImageSource({.channels = 1, .height = 1, .width = 1}, 40), first_(first) {}
  std::int64_t Label(std::int64_t index) const override { return index % 4; }
  void Decode(std::int64_t index, std::uint8_t* pixels) const override {
    *pixels = static_cast<std::uint8_t>(first_ + index);
  }

 private:
  int first_;
};

Batch LoadPixels(const Samples& samples) {
  std::vector<float> pixels;
  for (const std::int64_t index : samples.index) {
    std::uint8_t pixel = 0;
    samples.images->Decode(index, &pixel);
    pixels.push_back(pixel);
  }
  return {.images = at::tensor(pixels).view({-1, 1, 1, 1}),
          .labels = at::tensor(samples.label, at::kLong),
          .candidates = samples.candidates,
          .ids = at::tensor(samples.index, at::kLong)};
}

// Two experiences of two sources; pixels of the second start at 100.
struct TwoSources {
  TwoSources() {
    for (const int first : {0, 100})
      stream.all.push_back(
          {.place = stream.size(), .train = AllOf(std::make_shared<OfOnePixel>(first))});
    stream.setting = Increment::kDomain;
    stream.classes = 4;
  }
  Surroundings At(std::size_t place) const {
    return {.experiences = &stream, .now = &stream[place], .load = LoadPixels};
  }
  Experiences stream;
};

ReplayMemory Memory(const nlohmann::json& given,
                    ReplayMemory::Selection selection = ReplayMemory::Selection::kReservoir) {
  Params params("memory", given);
  return ReplayMemory::Declare(params, selection);
}

TEST_CASE("a reservoir holds every image as likely, whenever it came") {
  const TwoSources two;
  std::map<std::size_t, int> from;
  for (std::uint64_t seed = 0; seed < 400; ++seed) {
    ReplayMemory memory = Memory({{"memory", 10}});
    for (const std::size_t place : {0, 1})
      memory.Offer(LoadPixels(two.stream[place].train), two.At(place), Stream(seed * 2 + place));
    CHECK(memory.size() == 10);
    for (const std::size_t place : {0, 1})
      from[place] += static_cast<int>(memory.EntriesFrom(place).size());
  }
  CHECK(from[0] + from[1] == 4000);
  CHECK(std::abs(from[0] - 2000) < 130);  // about four deviations
}

TEST_CASE("a balanced memory and a greedy one hold as many of each class") {
  const TwoSources two;
  for (const char* selection : {"balanced", "greedy"}) {
    CAPTURE(selection);
    ReplayMemory memory = Memory({{"memory", 8}, {"selection", selection}});
    const Samples& all = two.stream[0].train;
    memory.Offer(LoadPixels(OfClasses(all, {0})), two.At(0), Stream(1));
    CHECK(memory.size() == 8);
    const std::vector<std::int64_t> first = memory.labels();
    CHECK(std::count(first.begin(), first.end(), 0) == 8);
    memory.Offer(LoadPixels(OfClasses(all, {1, 2, 3})), two.At(0), Stream(2));
    std::map<std::int64_t, int> of;
    for (const std::int64_t label : memory.labels()) ++of[label];
    CHECK(of == std::map<std::int64_t, int>{{0, 2}, {1, 2}, {2, 2}, {3, 2}});
  }
}

TEST_CASE("a greedy memory keeps what came first of a class with its share") {
  const TwoSources two;
  ReplayMemory memory = Memory({{"memory", 4}, {"selection", "greedy"}});
  memory.Offer(LoadPixels(two.stream[0].train), two.At(0), Stream(1));
  memory.Offer(LoadPixels(two.stream[1].train), two.At(1), Stream(2));
  CHECK(memory.EntriesFrom(0).size() == 4);
}

TEST_CASE("remembered images come in the order of their entries, from all sources") {
  const TwoSources two;
  ReplayMemory memory = Memory({{"memory", 80}});
  memory.Offer(LoadPixels(two.stream[0].train), two.At(0), Stream(1));
  const at::Tensor pixels = LoadPixels(two.stream[1].train).images.flatten().unsqueeze(1);
  ReplayMemory beside = Memory({{"memory", 40}});
  beside.Offer(LoadPixels(two.stream[1].train), two.At(1), Stream(2), {{"pixel", pixels}});
  CHECK(at::equal(beside.Beside("pixel", {7, 3}), pixels.index_select(0, at::tensor({7, 3}))));
  memory.Offer(LoadPixels(two.stream[1].train), two.At(1), Stream(2));
  const std::vector<std::int64_t> entries = {41, 3, 79, 0, 40};
  const Batch loaded = memory.Load(entries, two.At(1));
  CHECK(at::equal(loaded.images.flatten(), at::tensor({101.f, 3.f, 139.f, 0.f, 100.f})));
  CHECK(at::equal(loaded.labels, at::tensor({1, 3, 3, 0, 0}, at::kLong)));
  CHECK(memory.AsSamples(two.At(1)).size() == 80);
  const std::vector<std::int64_t> drawn = memory.Draw(30, Stream(5));
  CHECK(std::set<std::int64_t>(drawn.begin(), drawn.end()).size() == 30);
  CHECK(memory.Draw(30, Stream(5)) == drawn);
  CHECK(memory.Draw(1000, Stream(5)).size() == 80);
}

TEST_CASE("a memory in bytes counts images and what is beside them") {
  const TwoSources two;
  ReplayMemory memory = Memory({{"memory_bytes", 54}});
  CHECK(memory.Capacity(two.At(0)) == 54);
  memory.Offer(LoadPixels(two.stream[0].train), two.At(0), Stream(1),
               {{"scores", at::zeros({40, 2})}});
  CHECK(memory.size() == 6);  // a pixel and two floats each
  CHECK(memory.image_bytes() == 6);
  ReplayMemory none = Memory({{"memory_bytes", 8}});
  CHECK_THROWS_WITH(none.Offer(LoadPixels(two.stream[0].train), two.At(0), Stream(1),
                               {{"scores", at::zeros({40, 2})}}),
                    Catch::Contains("memory_bytes = 8 holds no image: one takes 9 bytes"));
}

TEST_CASE("what is put into a memory stays in order, and is cut as it is told") {
  const TwoSources two;
  ReplayMemory memory = Memory({}, ReplayMemory::Selection::kGiven);
  memory.Put(Chosen(two.stream[0].train, {5, 2, 9}), two.At(0));
  memory.Put(Chosen(two.stream[1].train, {4}), two.At(1));
  memory.Keep({3, 0});
  CHECK(at::equal(memory.Load({0, 1}, two.At(1)).images.flatten(), at::tensor({104.f, 5.f})));
}

TEST_CASE("a memory that is saved and loaded is the same, with what is beside") {
  const TwoSources two;
  ReplayMemory memory = Memory({{"memory", 6}});
  const at::Tensor scores = at::arange(80, at::kFloat).view({40, 2});
  memory.Offer(LoadPixels(two.stream[0].train), two.At(0), Stream(1), {{"scores", scores}});
  Snapshot snapshot;
  StateSaver saver(snapshot);
  memory.Visit(saver);
  ReplayMemory other = Memory({{"memory", 6}});
  StateLoader loader(snapshot);
  other.Visit(loader);
  for (ReplayMemory* each : {&memory, &other})
    each->Offer(LoadPixels(two.stream[1].train), two.At(1), Stream(2), {{"scores", scores}});
  CHECK(other.labels() == memory.labels());
  CHECK(at::equal(other.Beside("scores", {0, 5}), memory.Beside("scores", {0, 5})));
  CHECK(at::equal(other.Load({0, 1, 2, 3, 4, 5}, two.At(1)).images,
                  memory.Load({0, 1, 2, 3, 4, 5}, two.At(1)).images));
}

}  // namespace
}  // namespace plasticity
