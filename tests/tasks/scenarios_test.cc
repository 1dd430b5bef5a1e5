#include <ATen/ATen.h>

#include <catch2/catch.hpp>
#include <map>
#include <set>

#include "suite/base/error.h"
#include "suite/scenario.h"
#include "suite/task.h"
#include "tasks/changes/geometry.h"
#include "tests/one_thread.h"

namespace plasticity {
namespace {

// Image i is of class i % 10, 4 x 4 pixels that are told apart.
class Digits final : public ImageSource {
 public:
  explicit Digits(std::int64_t count) : ImageSource({1, 4, 4}, count) {}
  std::int64_t Label(std::int64_t index) const override { return index % 10; }
  void Decode(std::int64_t index, std::uint8_t* pixels) const override {
    for (int p = 0; p < 16; ++p) pixels[p] = static_cast<std::uint8_t>(10 * p + index % 10);
  }
};

Splits Ten() {
  auto set = std::make_shared<Dataset>();
  set->name = "digits";
  set->shape = {1, 4, 4};
  set->class_names.assign(10, "digit");
  set->groupings["parity"] = {0, 1, 0, 1, 0, 1, 0, 1, 0, 1};
  set->train = std::make_shared<Digits>(200);
  set->test = std::make_shared<Digits>(100);
  return {.set = set,
          .train = First(AllOf(set->train), 180),
          .validation = Slice(AllOf(set->train), 180, 200),
          .test = AllOf(set->test)};
}

Experiences Made(const std::string& scenario,
                 const nlohmann::json& params = nlohmann::json::object(), std::uint64_t seed = 1) {
  return Registry<Scenario>::Get().Make(scenario, params)->Make(Ten(), Streams(seed));
}

std::set<std::int64_t> LabelsOf(const Samples& samples) {
  return {samples.label.begin(), samples.label.end()};
}

std::int64_t Count(const at::Tensor& candidates) { return candidates.sum().item<std::int64_t>(); }

TEST_CASE("every scenario gives every setting's labels and candidates") {
  for (const std::string& name : Registry<Scenario>::Get().Names()) {
    for (const char* setting : {"task-incremental", "domain-incremental", "class-incremental"}) {
      CAPTURE(name, setting);
      const Experiences stream = Made(name, {{"experiences", 3}, {"setting", setting}});
      REQUIRE(stream.size() == 3);
      for (std::size_t k = 0; k < stream.size(); ++k) {
        const Experience& now = stream[k];
        CHECK(now.place == k);
        CHECK(now.name == std::to_string(k + 1));
        CHECK(now.train.size() > 0);
        for (const Samples& samples : {now.train, stream.Asked(k, static_cast<std::int64_t>(k))}) {
          REQUIRE(!samples.label.empty());
          for (std::size_t i = 0; i < samples.label.size(); ++i) {
            REQUIRE(samples.label[i] >= 0);
            REQUIRE(samples.label[i] < stream.classes);
          }
          CHECK(samples.candidates.defined() == (stream.setting != Increment::kDomain));
          if (!samples.candidates.defined()) continue;
          // The right answer is always among the candidates.
          const at::Tensor labels = at::tensor(samples.label, at::kLong);
          const at::Tensor each = samples.candidates.expand({labels.size(0), stream.classes});
          CHECK(each.gather(1, labels.unsqueeze(1)).all().item<bool>());
        }
      }
    }
  }
}

TEST_CASE("split deals the classes out once each, in the order of the seed or the one given") {
  const Experiences stream = Made("split");
  std::set<std::int64_t> all;
  for (const Experience& now : stream.all) {
    const std::set<std::int64_t> labels = LabelsOf(now.train);
    CHECK(labels.size() == 2);
    CHECK(labels == LabelsOf(now.test));
    all.insert(labels.begin(), labels.end());
  }
  CHECK(all.size() == 10);
  const Experiences given = Made("split", {{"order", {9, 8, 7, 6, 5, 4, 3, 2, 1, 0}}});
  CHECK(LabelsOf(given[0].train) == std::set<std::int64_t>{8, 9});
  CHECK(LabelsOf(Made("split", {}, 1)[0].train) == LabelsOf(Made("split", {}, 1)[0].train));
  bool differs = false;
  for (std::uint64_t seed = 2; seed < 6; ++seed)
    differs = differs || LabelsOf(Made("split", {}, seed)[0].train) != LabelsOf(stream[0].train);
  CHECK(differs);
  CHECK_THROWS_AS(Made("split", {{"experiences", 11}}), InputError);
  CHECK_THROWS_AS(Made("split", {{"order", {1, 2, 3}}}), InputError);
}

TEST_CASE("what is told at a test is the setting's") {
  const Experiences by_class = Made("split");
  CHECK(Count(by_class[0].train.candidates) == 2);
  CHECK(Count(by_class[4].train.candidates) == 10);
  CHECK(Count(by_class.Asked(0, -1).candidates) == 2);
  CHECK(Count(by_class.Asked(0, 2).candidates) == 6);
  CHECK(Count(by_class.Asked(4, 2).candidates) == 8);
  const Experiences by_task = Made("split", {{"setting", "task-incremental"}});
  for (const std::int64_t after : {-1, 0, 4})
    CHECK(by_task.Asked(3, after).candidates.sum(1).eq(2).all().item<bool>());
  const Experiences by_domain = Made("split", {{"setting", "domain-incremental"}});
  CHECK(by_domain.classes == 2);
  CHECK(LabelsOf(by_domain[3].test) == std::set<std::int64_t>{0, 1});
}

TEST_CASE("remembered images are told apart as the setting says, whenever they come again") {
  const Experiences by_class = Made("split"),
                    by_task = Made("split", {{"setting", "task-incremental"}});
  const at::Tensor old = at::tensor(by_class[0].train.label, at::kLong).slice(0, 0, 3);
  CHECK(Count(by_class.Candidates(old, 3)) == 8);
  const at::Tensor rows = by_task.Candidates(old, 3);
  CHECK(rows.sizes() == at::IntArrayRef({3, 10}));
  CHECK(rows.sum(1).eq(2).all().item<bool>());
  CHECK(!Made("permuted").Candidates(old, 3).defined());
}

TEST_CASE(
    "all training images of some experiences are those of each, under the last one's candidates") {
  const Experiences stream = Made("split");
  const Samples three = stream.TrainOfFirst(3);
  CHECK(three.size() == stream[0].train.size() + stream[1].train.size() + stream[2].train.size());
  CHECK(Count(three.candidates) == 6);
}

TEST_CASE("a permuted experience has the same pixels in another order, the same for every image") {
  const Experiences stream = Made("permuted", {{"experiences", 2}});
  std::vector<std::uint8_t> first(16), second(16), plain(16);
  const Samples& train = stream[1].train;
  train.images->Decode(train.index[0], first.data());
  train.images->Decode(train.index[1], second.data());
  Ten().train.images->Decode(0, plain.data());
  CHECK(first != plain);
  CHECK(std::multiset<int>(first.begin(), first.end()) ==
        std::multiset<int>(plain.begin(), plain.end()));
  for (int p = 0; p < 16; ++p) CHECK(second[p] - first[p] == 1);
  std::vector<std::uint8_t> other(16);
  stream[0].train.images->Decode(train.index[0], other.data());
  CHECK(other != first);
}

TEST_CASE("a quarter turn puts the upper right corner to the upper left, and a full one nothing") {
  std::vector<std::uint8_t> pixels(16), turned;
  for (int p = 0; p < 16; ++p) pixels[p] = static_cast<std::uint8_t>(10 * p);
  turned = pixels;
  Turned(90).Apply({1, 4, 4}, 0, turned.data());
  for (int row = 0; row < 4; ++row) {
    for (int column = 0; column < 4; ++column)
      CHECK(turned[row * 4 + column] == pixels[column * 4 + 3 - row]);
  }
  turned = pixels;
  Turned(360).Apply({1, 4, 4}, 0, turned.data());
  CHECK(turned == pixels);
}

TEST_CASE("instances deals images out once each, every class in every experience") {
  const Experiences stream = Made("instances", {{"experiences", 3}});
  std::set<std::int64_t> all;
  for (const Experience& now : stream.all) {
    CHECK(now.train.size() == 60);
    CHECK(LabelsOf(now.train).size() == 10);
    all.insert(now.train.index.begin(), now.train.index.end());
  }
  CHECK(all.size() == 180);
}

TEST_CASE("blurry gives a share of each experience's images to the others, and loses none") {
  const Experiences stream = Made("blurry", {{"share", 0.25}});
  std::size_t all = 0;
  for (const Experience& now : stream.all) {
    all += now.train.index.size();
    CHECK(LabelsOf(now.train).size() > 2);
    CHECK(LabelsOf(now.test).size() == 2);
  }
  CHECK(all == 180);
  CHECK(LabelsOf(Made("blurry", {{"share", 0}})[0].train).size() == 2);
}

TEST_CASE("superclasses ask for the same groups by other classes") {
  const Experiences stream = Made("superclasses");
  CHECK(stream.classes == 2);
  std::set<std::int64_t> pixels;
  for (const Experience& now : stream.all) {
    CHECK(LabelsOf(now.train) == std::set<std::int64_t>{0, 1});
    for (const std::int64_t index : now.train.index) pixels.insert(index % 10);
  }
  CHECK(pixels.size() == 10);
  CHECK_THROWS_AS(Made("superclasses", {{"experiences", 6}}), InputError);
}

TEST_CASE("no experience is asked about without test images, where others have some") {
  Splits few = Ten();
  few.test = Slice(few.test, 0, 5);  // classes 0 to 4
  const auto made = [&](const Splits& data) {
    return Registry<Scenario>::Get()
        .Make("split", {{"experiences", 2}, {"order", {0, 1, 2, 3, 4, 5, 6, 7, 8, 9}}})
        ->Make(data, Streams(1));
  };
  CHECK_THROWS_WITH(made(few), Catch::Contains("experience 2 has no test images") &&
                                   Catch::Contains("task.test_images"));
  few.test = Slice(few.test, 0, 0);  // a tuning's, which has validation images alone
  CHECK(made(few).Asked(1, 1).size() == few.validation.size() / 2);
}

TEST_CASE("a scenario's version is part of what is asked for") {
  nlohmann::json params;
  Registry<Task>::Get().Make("continual", {{"scenario", "rotated"}}, &params);
  CHECK(params.at("scenario").at("name") == "rotated");
  CHECK(params.at("scenario").at("version") == 1);
  nlohmann::json again;
  Registry<Task>::Get().Make("continual", params, &again);
  CHECK(again == params);
}

}  // namespace
}  // namespace plasticity
