// Cells on gratings, run, stopped and resumed inside one process.
#include <ATen/ATen.h>

#include <catch2/catch.hpp>
#include <deque>
#include <set>

#include "suite/base/error.h"
#include "suite/engine/cell_lab.h"
#include "suite/engine/estimate.h"
#include "suite/strategy.h"
#include "tests/suite/engine/stops.h"
#include "tests/suite/engine/toy.h"

namespace plasticity {
namespace {

using testing::CheckStops;
using testing::Measured;
using testing::Part;
using testing::RunToy;
using testing::TemporaryFolder;
using testing::ToyCell;
using testing::ToyTask;

TEST_CASE("a cell stopped at any checkpoint ends as the unbroken one does, for every rule") {
  for (const std::string& rule : Registry<Rule>::Get().Names()) {
    DYNAMIC_SECTION(rule) {
      const nlohmann::json batch = {{"batch_size", 16}};
      CheckStops(ToyCell(Part<Rule>(rule, batch),
                         Part<Readout>("linear", {{"epochs", 2}, {"batch_size", 10}}), ToyTask()));
    }
  }
}

TEST_CASE("a cell stopped at any checkpoint ends as the unbroken one does, for every readout") {
  for (const std::string& readout : Registry<Readout>::Get().Names()) {
    DYNAMIC_SECTION(readout) {
      CheckStops(
          ToyCell(Part<Rule>("sphere", {{"batch_size", 16}}), Part<Readout>(readout), ToyTask()));
    }
  }
}

TEST_CASE("a second phase goes on from the first, and resumes: fine-tuning") {
  CheckStops(ToyCell(Part<Rule>("hebb", {{"batch_size", 16}}), Part<Readout>("online"),
                     Part<Task>("fine-tuning", {{"samples", 60},
                                                {"validation_images", 1140},
                                                {"labelled_images", 30},
                                                {"tuning_epochs", 2},
                                                {"tuning.batch_size", 8}})));
}

TEST_CASE("a cell stopped at any checkpoint ends as the unbroken one does, for every task") {
  const nlohmann::json short_tuning = {{"tuning_epochs", 1}, {"tuning.batch_size", 16}};
  const auto with = [](nlohmann::json params, const nlohmann::json& more) {
    params.update(more);
    return params;
  };
  const nlohmann::json few = {{"samples", 32}, {"validation_images", 1160}};
  const nlohmann::json efficiency = with(few, {{"shares", {10, 100}}});
  const nlohmann::json transfer = with(few, {{"target", "gratings"}});
  const auto [task, params, rule] = GENERATE_COPY(table<std::string, nlohmann::json, std::string>(
      {{"sample-efficiency", efficiency, "hebb"},
       {"sample-efficiency", efficiency, "fa"},
       {"sample-efficiency", with(with(efficiency, short_tuning), {{"adapt", "tuned"}}), "hebb"},
       {"transfer", transfer, "bcm"},
       {"transfer", with(with(transfer, short_tuning), {{"adapt", "tuned"}}), "backprop"},
       {"few-shot",
        with(few,
             {{"held_out", 2}, {"ways", 2}, {"shots", {1, 3}}, {"queries", 2}, {"episodes", 4}}),
        "hebb"},
       {"reconstruction",
        with(few, {{"decoder_images", 24},
                   {"decoder_epochs", 2},
                   {"decoder_batch", 8},
                   {"test_images", 6},
                   {"single_images", 1},
                   {"single_steps", 3}}),
        "softhebb"},
       {"robustness", with(few, {{"changed_images", 4}, {"attacked_images", 4}, {"radii", 8}}),
        "hebb"},
       {"probe", with(few, {{"images", 16}, {"angle_batch", 8}}), "softhebb"},
       {"probe", with(few, {{"images", 16}, {"angle_batch", 8}}), "fa"}}));
  CAPTURE(task, params.dump(), rule);
  Cell cell = ToyCell(Part<Rule>(rule, {{"batch_size", 16}}), Part<Readout>("ridge"),
                      Part<Task>(task, params));
  cell.other_data["gratings"] = GratingData();
  CheckStops(cell);
}

TEST_CASE("a cell stopped at any checkpoint ends as the unbroken one does: plastic strategies") {
  const nlohmann::json nothing = nlohmann::json::object();
  const nlohmann::json two = Part<Task>(
      "continual", {{"scenario.experiences", 2}, {"validation_images", 1140}, {"probe_images", 0}});
  const nlohmann::json few = {
      {"images", 32}, {"test_images", 20}, {"looked_at", 8}, {"validation_images", 1140}};
  nlohmann::json labels = few, pairs = few;
  labels.update({{"scenario.experiences", 3}, {"online", true}});
  pairs.update({{"scenario", "class-pairs"}, {"scenario.experiences", 3}, {"renew_head", true}});
  const auto [strategy, params, rule, task] =
      GENERATE_COPY(table<std::string, nlohmann::json, std::string, nlohmann::json>(
          {{"hlop", {{"share", 0.2}}, "softhebb", two},
           {"metaplastic", nothing, "sphere", two},
           {"shrink-perturb", nothing, "hebb", two},
           {"shrink-perturb", {{"when", "step"}, {"shrink", 0.99}}, "backprop", two},
           {"continual-backprop",
            {{"replacement", 0.3}, {"maturity", 1}, {"accumulate", false}},
            "backprop",
            two},
           {"finetune", nothing, "hebb", Part<Task>("plasticity", labels)},
           {"shrink-perturb", nothing, "backprop", Part<Task>("plasticity", pairs)}}));
  CAPTURE(strategy, params.dump(), rule, task.dump());
  Cell cell = ToyCell(Part<Rule>(rule, {{"batch_size", 16}}), Part<Readout>("online"), task);
  cell.request["strategy"] = Part<Strategy>(strategy, params);
  CheckStops(cell);
}

// What a lab needs to work in.
struct Bench {
  const TemporaryFolder folder;
  ProgressBar silent{"", false};
  Session session{
      {.checkpoint = folder.path / "checkpoint", .checkpoint_every_s = 1e18, .device = at::kCPU},
      silent};
};

TEST_CASE("remembered features are the features, until the learner learns") {
  Bench bench;
  const Cell cell =
      ToyCell(Part<Rule>("backprop", {{"batch_size", 16}}), Part<Readout>("ridge"), ToyTask());
  CellLab lab(cell, at::kCPU, bench.session, bench.folder.path);
  const Splits data = lab.Open(1140);
  Learner& learner = lab.NewLearner("learner", data, {});
  const Samples some = Slice(data.train, 3, 20);
  const at::Tensor before = lab.Features(learner, some);
  lab.Remember(learner, data.train);
  CHECK(at::equal(lab.Features(learner, some), before));
  lab.Train(learner, data.train, Budget::Steps(2));
  const at::Tensor after = lab.Features(learner, some);
  CHECK_FALSE(at::equal(after, before));
  CHECK(at::allclose(after, learner.Features(lab.Images(learner, some)), 1e-5, 1e-6));
}

TEST_CASE("a training that is looked at is the training that is not") {
  Bench bench;
  const Cell cell =
      ToyCell(Part<Rule>("backprop", {{"batch_size", 16}}), Part<Readout>("online"), ToyTask());
  CellLab lab(cell, at::kCPU, bench.session, bench.folder.path);
  const Splits data = lab.Open(1140);
  Learner& plain = lab.NewLearner("plain", data, {});
  lab.Train(plain, data.train, Budget::Steps(4));
  CellLab other(cell, at::kCPU, bench.session, bench.folder.path);
  Learner& watched = other.NewLearner("watched", other.Open(1140), {});
  std::vector<double> seen;
  const nlohmann::json looks = other.Train(watched, data.train, Budget::Steps(4),
                                           {.shares = {0, 0.5}, .look = [&](double share) {
                                              seen.push_back(share);
                                              return share * 10;
                                            }});
  CHECK(seen == std::vector<double>{0, 0.5});
  CHECK(looks == nlohmann::json{0.0, 5.0});
  const auto weight = [](Learner& learner) {
    return learner.network().blocks()[0].layer.weight.detach();
  };
  CHECK(at::equal(weight(plain), weight(watched)));
}

TEST_CASE(
    "a learner that starts from another leaves it alone, and takes its head for its own classes") {
  Bench bench;
  const Cell cell =
      ToyCell(Part<Rule>("backprop", {{"batch_size", 16}}), Part<Readout>("online"), ToyTask());
  CellLab lab(cell, at::kCPU, bench.session, bench.folder.path);
  const Splits data = lab.Open(1140);
  Splits elsewhere = data;
  elsewhere.set = std::make_shared<Dataset>(*data.set);  // as many classes, not the same
  Learner& first = lab.NewLearner("first", data, {});
  lab.Train(first, data.train, Budget::Steps(3));
  Learner& same = lab.NewLearner("same", data, {.of = &first});
  Learner& other = lab.NewLearner("other", elsewhere, {.of = &first});
  const auto weight = [](Learner& learner) {
    return learner.network().blocks()[0].layer.weight.detach().clone();
  };
  const at::Tensor learned = weight(first);
  CHECK(at::equal(weight(same), learned));
  CHECK(at::equal(weight(other), learned));
  CHECK(at::equal(same.network().head().weight, first.network().head().weight));
  CHECK(!at::equal(other.network().head().weight, first.network().head().weight));
  lab.Train(same, data.train, Budget::Steps(3));
  CHECK(at::equal(weight(first), learned));
  CHECK(!at::equal(weight(same), learned));
}

// A rule that notes which random streams its steps are given.
class Noting final : public Rule {
 public:
  explicit Noting(Params& params) : Rule(params, 16) {}
  StepReport Learn(const Batch& batch, const Progress& progress) override {
    draws.push_back(progress.draw);
    for (std::int64_t i = 0; i < batch.ids.numel(); ++i)
      ids.push_back(batch.ids[i].item<std::int64_t>());
    return {};
  }
  void Commit(const Progress&) override {}
  static inline std::vector<std::uint64_t> draws;
  static inline std::vector<std::int64_t> ids;
};

TEST_CASE("a second training draws anew: order and streams") {
  Params params("noting");
  RuleCell cell({.name = "noting", .locality = Locality::kNone, .descent = Descent::kNone},
                std::make_unique<Noting>(params), TinyDense(), 1, GratingData(),
                First(AllOf(GratingData()->train), 64), 16);
  Noting::draws.clear();
  Noting::ids.clear();
  cell.Train(4, 4, false);
  cell.Train(4, 4, false);
  CHECK(std::set<std::uint64_t>(Noting::draws.begin(), Noting::draws.end()).size() == 8);
  const auto half = Noting::ids.begin() + 64;
  CHECK(std::vector<std::int64_t>(Noting::ids.begin(), half) !=
        std::vector<std::int64_t>(half, Noting::ids.end()));
  CHECK(std::set<std::int64_t>(half, Noting::ids.end()).size() == 64);
}

// Counts who looks at it, and who does without having said so.
class Counted final : public ImageSource {
 public:
  explicit Counted(std::shared_ptr<const ImageSource> images)
      : ImageSource(images->shape(), images->count()), images_(std::move(images)) {}
  std::int64_t Label(std::int64_t index) const override { return images_->Label(index); }
  void Decode(std::int64_t index, std::uint8_t* pixels) const override {
    ++looks[index];
    order.push_back(this);
    const bool next = !expected.empty() && expected.front() == index;
    next ? expected.pop_front() : static_cast<void>(++surprises);
    images_->Decode(index, pixels);
  }
  void Expect(const std::vector<std::int64_t>& indices) const override {
    expected.assign(indices.begin(), indices.end());
  }
  mutable std::map<std::int64_t, int> looks;
  mutable std::deque<std::int64_t> expected;
  mutable int surprises = 0;
  static inline std::vector<const Counted*> order;

 private:
  std::shared_ptr<const ImageSource> images_;
};

// Images that have no labels.
class Unlabelled final : public ImageSource {
 public:
  explicit Unlabelled(std::shared_ptr<const ImageSource> images)
      : ImageSource(images->shape(), 100), images_(std::move(images)) {}
  std::int64_t Label(std::int64_t) const override { return -1; }
  void Decode(std::int64_t index, std::uint8_t* pixels) const override {
    images_->Decode(index, pixels);
  }

 private:
  std::shared_ptr<const ImageSource> images_;
};

// A toy cell whose data set has 100 images without labels, and who counts its looks at them.
Cell UnlabelledCell(const nlohmann::json& rule, const nlohmann::json& readout,
                    const nlohmann::json& task, std::shared_ptr<Counted>* counted = nullptr) {
  Cell cell = ToyCell(rule, readout, task);
  auto data = std::make_shared<Dataset>(*cell.data);
  const auto images = std::make_shared<Counted>(std::make_shared<Unlabelled>(data->train));
  data->unlabelled = images;
  if (counted != nullptr) *counted = images;
  cell.data = data;
  cell.other_data["gratings"] = data;
  return cell;
}

TEST_CASE("who needs no labels learns from unlabelled images, and the Result says from how many") {
  at::set_num_threads(1);
  const auto [rule, readout, asked, learns] =
      GENERATE(table<std::string, std::string, bool, bool>({{"hebb", "ridge", true, true},
                                                            {"hebb", "ridge", false, false},
                                                            {"hebb", "online", true, false},
                                                            {"backprop", "online", true, false},
                                                            {"backprop", "ridge", true, false}}));
  CAPTURE(rule, readout, asked);
  std::shared_ptr<Counted> unlabelled;
  const Cell cell = UnlabelledCell(Part<Rule>(rule, {{"batch_size", 16}}), Part<Readout>(readout),
                                   ToyTask({{"samples", 0}, {"unlabelled", asked}}), &unlabelled);
  const TemporaryFolder folder;
  Result result;
  REQUIRE(RunToy(cell, folder.path, 0, &result));
  CHECK(unlabelled->looks.size() == (learns ? 100 : 0));
  CHECK(result.cost.samples_seen == (learns ? 160 : 60));
  const nlohmann::json& sizes = result.dataset.at("split_sizes");
  CHECK(sizes.at("train") == 60);
  CHECK(sizes.value("unlabelled", 0) == (learns ? 100 : 0));
}

TEST_CASE("learning from unlabelled images is what a request without a word of it asks for") {
  CHECK(ToyTask() == ToyTask({{"unlabelled", true}}));
  CHECK(ToyTask() != ToyTask({{"unlabelled", false}}));
}

TEST_CASE("mirrored images make a pass twice as long, and another Result") {
  CHECK(ToyTask() == ToyTask({{"mirrored", false}}));
  std::map<bool, Result> results;
  for (const bool mirrored : {false, true}) {
    const TemporaryFolder folder;
    const Cell cell = ToyCell(Part<Rule>("hebb", {{"batch_size", 16}}), Part<Readout>("ridge"),
                              ToyTask({{"samples", 0}, {"mirrored", mirrored}}));
    REQUIRE(RunToy(cell, folder.path, 0, &results[mirrored]));
  }
  CHECK(results[false].cost.samples_seen == 60);
  CHECK(results[true].cost.samples_seen == 120);
  CHECK(Measured(results[false]) != Measured(results[true]));
}

TEST_CASE("images without labels never reach what needs labels") {
  Bench bench;
  const Cell cell = UnlabelledCell(Part<Rule>("backprop", {{"batch_size", 16}}),
                                   Part<Readout>("ridge"), ToyTask());
  CellLab lab(cell, at::kCPU, bench.session, bench.folder.path);
  const Splits data = lab.Open(1140);
  Learner& learner = lab.NewLearner("learner", data, {});
  const Samples mixed = Join(data.train, data.unlabelled);
  CHECK_THROWS_AS(lab.Train(learner, mixed, Budget::Epochs(1)), RunError);
  CHECK_THROWS_AS(lab.Fit(learner, mixed), RunError);
  CHECK_THROWS_AS(lab.Probe(learner, Part<Readout>("ridge"), mixed, data.test), RunError);
  CHECK_THROWS_AS(lab.Probe(learner, Part<Readout>("ridge"), data.train, mixed), RunError);
  Experiences stream;
  stream.setting = Increment::kDomain;
  stream.all.push_back({.name = "1", .train = mixed});
  CHECK_THROWS_WITH(lab.Train(learner, stream[0], stream, Budget::Epochs(1)),
                    Catch::Contains("learner needs one"));
  // Its rule may learn from them; its readout is not fitted on them.
  Learner& hebb = lab.NewLearner("hebb", data, {.rule = Part<Rule>("hebb", {{"batch_size", 16}})});
  CHECK_THROWS_WITH(lab.Train(hebb, stream[0], stream, Budget::Epochs(1)),
                    Catch::Contains("ridge needs one"));
  CHECK_THROWS_WITH(lab.Judge(learner, data.unlabelled), Catch::Contains("image 0 has no label"));
  CHECK(lab.Features(learner, data.unlabelled).size(0) == 100);
}

TEST_CASE("a cell that learns from unlabelled images resumes, in every task that does") {
  const nlohmann::json few = {{"samples", 48}, {"validation_images", 1160}};
  const auto with = [&](const nlohmann::json& more) {
    nlohmann::json params = few;
    params.update(more);
    return params;
  };
  const auto [task, params] = GENERATE_COPY(table<std::string, nlohmann::json>(
      {{"classification", few},
       {"fine-tuning", with({{"tuning_epochs", 1}, {"tuning.batch_size", 16}})},
       {"sample-efficiency", with({{"shares", {10, 100}}})},
       {"transfer", with({{"target", "gratings"}})},
       {"reconstruction", with({{"decoder_images", 24},
                                {"decoder_epochs", 1},
                                {"decoder_batch", 8},
                                {"test_images", 4},
                                {"single_images", 1},
                                {"single_steps", 2}})},
       {"robustness", with({{"changed_images", 4}, {"attacked_images", 4}, {"radii", 8}})},
       {"learning-curve", with({{"looks", {50, 100}}, {"labelled_images", 32}})},
       {"probe", with({{"images", 16}, {"angle_batch", 8}})}}));
  CAPTURE(task);
  std::shared_ptr<Counted> unlabelled;
  const Cell cell = UnlabelledCell(Part<Rule>("hebb", {{"batch_size", 16}}), Part<Readout>("ridge"),
                                   Part<Task>(task, params), &unlabelled);
  at::set_num_threads(1);
  CheckStops(cell);
  CHECK_FALSE(unlabelled->looks.empty());
}

TEST_CASE("the test split is read once, at the end, and validation is never the test split") {
  for (const std::string readout : {"linear", "online"}) {
    Cell cell =
        ToyCell(Part<Rule>("sphere", {{"batch_size", 16}}), Part<Readout>(readout), ToyTask());
    auto data = std::make_shared<Dataset>(*cell.data);
    const auto train = std::make_shared<Counted>(cell.data->train);
    const auto test = std::make_shared<Counted>(cell.data->train);
    data->train = train;
    data->test = test;
    cell.data = data;
    Counted::order.clear();
    at::set_num_threads(1);
    const TemporaryFolder folder;
    Result result;
    REQUIRE(RunToy(cell, folder.path, 0, &result));
    CHECK(test->looks.size() == 1200);
    for (const auto& [index, times] : test->looks) REQUIRE(times == 1);
    // Nothing that learns, chooses or is judged comes after; what is described at the very end
    // looks at training images alone.
    const auto first = std::find(Counted::order.begin(), Counted::order.end(), test.get());
    CHECK(std::count(first, Counted::order.end(), test.get()) == 1200);
    CHECK(std::all_of(first, first + 1200, [&](const Counted* who) { return who == test.get(); }));
    CHECK(result.dataset.at("split_sizes").at("validation") == 1140);
  }
}

TEST_CASE("what is learned from and judged was expected in its order, after a stop too") {
  for (const std::string readout : {"ridge", "online"}) {
    Cell cell =
        ToyCell(Part<Rule>("sphere", {{"batch_size", 16}}), Part<Readout>(readout), ToyTask());
    auto data = std::make_shared<Dataset>(*cell.data);
    const auto train = std::make_shared<Counted>(cell.data->train);
    const auto test = std::make_shared<Counted>(cell.data->train);
    data->train = train;
    data->test = test;
    cell.data = data;
    at::set_num_threads(1);
    const TemporaryFolder folder;
    Result result;
    CHECK_FALSE(RunToy(cell, folder.path, 7, &result));
    CHECK(train->surprises == 0);
    REQUIRE(RunToy(cell, folder.path, 0, &result));
    CHECK(test->surprises == 0);
    CHECK(train->surprises <= 500);  // a description's few, at the end
  }
}

TEST_CASE("a cell that tunes has no test images at all") {
  Cell cell = ToyCell(Part<Rule>("hebb", {{"batch_size", 16}}), Part<Readout>("ridge"), ToyTask());
  cell.request["tuning"] = true;
  auto data = std::make_shared<Dataset>(*cell.data);
  const auto test = std::make_shared<Counted>(cell.data->train);
  data->test = test;
  cell.data = data;
  const TemporaryFolder folder;
  Result result;
  REQUIRE(RunToy(cell, folder.path, 0, &result));
  CHECK(test->looks.empty());
  CHECK_FALSE(result.metrics.at("accuracy.test").value);
  CHECK_FALSE(result.metrics.at("accuracy.test").reason.empty());
  CHECK(result.metrics.at("accuracy.validation").value > 0.3);
}

TEST_CASE("a diverged cell shows how it came") {
  const Cell cell = ToyCell(
      Part<Rule>("hebb", {{"batch_size", 16}, {"learning_rate", 1e30}, {"constraint", "none"}}),
      Part<Readout>("ridge"), ToyTask());
  ProgressBar silent("", false);
  Session session({.checkpoint = {}, .checkpoint_every_s = 1e9}, silent);
  CellLab lab(cell, at::kCPU, session, {});
  CHECK_THROWS_AS(lab.task().Run(lab), Diverged);
  const auto& records = session.result.records;
  REQUIRE(records.count("divergence.weight_size.block1") == 1);
  const std::vector<double> sizes = records.at("divergence.weight_size.block1").values.flat();
  REQUIRE(sizes.size() >= 2);
  CHECK(sizes[1] > sizes[0]);
}

TEST_CASE(
    "phases add up to the true time, resumed or not, and random features count what they saw") {
  const Cell cell = ToyCell(Part<Rule>("random", {{"batch_size", 2}}),
                            Part<Readout>("linear", {{"epochs", 3}}), ToyTask({{"samples", 800}}));
  const TemporaryFolder folder;
  Result result;
  CHECK_FALSE(RunToy(cell, folder.path, 340, &result));
  REQUIRE(RunToy(cell, folder.path, 0, &result));
  double sum = 0;
  for (const auto& [phase, seconds] : result.cost.wall_s) {
    if (phase != "total") sum += seconds;
  }
  CHECK(sum == Approx(result.cost.wall_s.at("total")).epsilon(0.02));
  CHECK(result.cost.wall_s.count("readout") == 1);
  CHECK(result.cost.samples_seen == 600);  // the last 300 batches of 400
}

TEST_CASE("a budget is images, epochs, steps or seconds") {
  CHECK(Schedule::Of(100, 30, Budget::Epochs(2)).steps == 8);
  CHECK(Schedule::Of(100, 30, Budget::Samples(130)).steps == 5);
  CHECK(Schedule::Of(100, 30, Budget::Samples(130)).last == 30);
  const Schedule steps = Schedule::Of(100, 30, Budget::Steps(6));
  CHECK((steps.steps == 6 && steps.epochs == 2 && steps.last == 60));
  CHECK(Schedule::Of(100, 30, Budget::Epochs(0)).steps == 0);
  CHECK_THROWS_AS(Schedule::Of(100, 30, Budget::Seconds(1)), RunError);
}

TEST_CASE("an estimate leaves nothing behind and is of the right size") {
  const Cell cell = ToyCell(Part<Rule>("sphere", {{"batch_size", 16}}), Part<Readout>("linear"),
                            ToyTask({{"samples", 900}}));
  const double seconds = EstimateSeconds(cell, at::kCPU);
  CHECK(seconds > 0);
  CHECK(seconds < 60);
}

TEST_CASE("what does not fit is refused in one sentence") {
  const Cell narrow = ToyCell(Part<Rule>("cwc"), Part<Readout>("ridge"), ToyTask(),
                              nlohmann::json::parse(R"({"name": "narrow", "blocks": [
                                {"ops": [{"op": "conv", "out": 2}]}]})"));
  ProgressBar silent("", false);
  Session session({.checkpoint = {}, .checkpoint_every_s = 1e9}, silent);
  CellLab lab(narrow, at::kCPU, session, {});
  CHECK_THROWS_AS(lab.task().Run(lab), InputError);
  const Cell pixels = ToyCell(Part<Rule>("pixels"), Part<Readout>("online"),
                              Part<Task>("fine-tuning", {{"validation_images", 1140}}));
  Session another({.checkpoint = {}, .checkpoint_every_s = 1e9}, silent);
  CellLab lab_of_pixels(pixels, at::kCPU, another, {});
  CHECK_THROWS_WITH(lab_of_pixels.task().Run(lab_of_pixels), Catch::Contains("has no network"));
}

}  // namespace
}  // namespace plasticity
