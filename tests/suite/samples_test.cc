#include "suite/samples.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <map>
#include <set>

#include "suite/base/error.h"
#include "tests/one_thread.h"

namespace plasticity {
namespace {

// Images of one pixel, whose value is their place; three of class 0 to each of class 1.
class Numbered final : public ImageSource {
 public:
  explicit Numbered(std::int64_t count, int side = 1)
      : ImageSource({.channels = 1, .height = side, .width = side}, count) {}
  std::int64_t Label(std::int64_t index) const override { return index % 4 == 3 ? 1 : 0; }
  void Decode(std::int64_t index, std::uint8_t* pixels) const override {
    std::fill_n(pixels, shape().bytes(), static_cast<std::uint8_t>(index));
  }
  void Expect(const std::vector<std::int64_t>& indices) const override {
    static int calls = 0;
    expected = indices;
    call = ++calls;
  }
  mutable std::vector<std::int64_t> expected;
  mutable int call = 0;  // of all sources' calls
};

Samples Hundred() { return AllOf(std::make_shared<Numbered>(100)); }

// What sample `place` shows.
int Pixel(const Samples& samples, std::size_t place) {
  std::uint8_t pixel = 0;
  samples.images->Decode(samples.index[place], &pixel);
  return pixel;
}

TEST_CASE("slices keep order, labels and candidates") {
  Samples all = Hundred();
  all.candidates = at::eye(100, at::kFloat).slice(1, 0, 2).to(at::kBool);  // [100, 2]
  const Samples middle = Slice(all, 10, 14);
  CHECK(middle.index == std::vector<std::int64_t>{10, 11, 12, 13});
  CHECK(middle.label == std::vector<std::int64_t>{0, 1, 0, 0});
  CHECK(at::equal(middle.candidates, all.candidates.slice(0, 10, 14)));
  CHECK(First(all, 1000).size() == 100);
  CHECK(Slice(all, 5, 5).size() == 0);
  CHECK(OfClasses(all, {1}).size() == 25);
  CHECK(OfClasses(all, {1}).index[0] == 3);
}

TEST_CASE("a balanced choice takes as many of each class, and a smaller one is part of it") {
  const Samples all = Hundred();
  const Stream stream(7);
  const Samples forty = Balanced(all, 40, stream), ten = Balanced(all, 10, stream);
  std::map<std::int64_t, int> of_class;
  for (const std::int64_t label : forty.label) ++of_class[label];
  CHECK(of_class == std::map<std::int64_t, int>{{0, 20}, {1, 20}});
  const std::set<std::int64_t> larger(forty.index.begin(), forty.index.end());
  CHECK(larger.size() == 40);
  for (const std::int64_t index : ten.index) CHECK(larger.count(index) == 1);
  // When the rarer class is used up, the other fills the rest.
  CHECK(Balanced(all, 90, stream).size() == 90);
  CHECK(Balanced(all, 40, Stream(8)).index != forty.index);
}

TEST_CASE("samples join within a source and across sources") {
  const Samples all = Hundred();
  const Samples one = Join(Slice(all, 0, 2), Slice(all, 50, 52));
  CHECK(one.images == all.images);
  CHECK(one.index == std::vector<std::int64_t>{0, 1, 50, 51});
  const Samples other = AllOf(std::make_shared<Numbered>(8));
  const Samples both = Join(Slice(all, 20, 22), Slice(other, 3, 5));
  CHECK(both.size() == 4);
  CHECK(both.label == std::vector<std::int64_t>{0, 0, 1, 0});
  CHECK(std::vector<int>{Pixel(both, 0), Pixel(both, 1), Pixel(both, 2), Pixel(both, 3)} ==
        std::vector<int>{20, 21, 3, 4});
  for (std::size_t i = 0; i < 4; ++i) CHECK(both.images->Label(both.index[i]) == both.label[i]);
  CHECK_THROWS_AS(Join(all, AllOf(std::make_shared<Numbered>(3, 2))), InputError);
  CHECK(Join(Slice(all, 0, 0), other).images == other.images);
}

TEST_CASE("joined samples keep each its candidates") {
  Samples a = Slice(Hundred(), 0, 2), b = Slice(Hundred(), 0, 1);
  a.candidates = at::tensor({1, 0, 1}, at::kFloat).to(at::kBool);
  const Samples open = Join(a, b);
  CHECK(at::equal(open.candidates.to(at::kInt),
                  at::tensor({1, 0, 1, 1, 0, 1, 1, 1, 1}, at::kInt).view({3, 3})));
  b.candidates = a.candidates.clone();
  CHECK(Join(a, b).candidates.dim() == 1);
}

TEST_CASE("a change reaches the pixels and leaves the source alone") {
  class Inverted final : public ImageChange {
   public:
    void Apply(const ImageShape& shape, std::int64_t index, std::uint8_t* pixels) const override {
      for (std::int64_t i = 0; i < shape.bytes(); ++i)
        pixels[i] = static_cast<std::uint8_t>(255 - pixels[i] + (index == 9));
    }
  };
  const Samples all = Hundred();
  const Samples changed = Changed(all, std::make_shared<Inverted>());
  CHECK(Pixel(changed, 5) == 250);
  CHECK(Pixel(changed, 9) == 247);
  CHECK(Pixel(all, 5) == 5);
  CHECK(Pixel(Join(Slice(all, 5, 6), Slice(changed, 5, 6)), 1) == 250);
}

// Changes nothing.
class NoChange final : public ImageChange {
 public:
  void Apply(const ImageShape& /*shape*/, std::int64_t /*index*/,
             std::uint8_t* /*pixels*/) const override {}
};

TEST_CASE("what is expected of joined and changed images reaches their sources") {
  const auto a = std::make_shared<Numbered>(10), b = std::make_shared<Numbered>(10);
  const Samples joined = Join(AllOf(a), Changed(AllOf(b), std::make_shared<NoChange>()));
  joined.images->Expect({3, 12, 10, 0});
  CHECK(a->expected == std::vector<std::int64_t>{3, 0});
  CHECK(b->expected == std::vector<std::int64_t>{2, 0});
  // Who has more to expect comes last.
  joined.images->Expect({3, 12, 10});
  CHECK(a->call < b->call);
  joined.images->Expect({3, 12, 0});
  CHECK(b->call < a->call);
}

}  // namespace
}  // namespace plasticity
