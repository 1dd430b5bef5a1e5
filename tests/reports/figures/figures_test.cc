#include <catch2/catch.hpp>

#include "reports/figure_kind.h"
#include "reports/statistics/summary.h"
#include "suite/base/error.h"
#include "tests/reports/seen.h"

namespace plasticity {
namespace {

using Catch::Matchers::Contains;

std::vector<Figure> DrawnOf(std::vector<Result> results, const std::string& kind,
                            const FigureOptions& options = {}) {
  return FiguresOf(kind, ResultSet(std::move(results)), options);
}

Figure DrawnOne(std::vector<Result> results, const std::string& kind,
                const FigureOptions& options = {}) {
  const std::vector<Figure> figures = DrawnOf(std::move(results), kind, options);
  REQUIRE(figures.size() == 1);
  return figures.front();
}

const Series& SeriesNamed(const Figure& figure, const std::string& label) {
  for (const Series& series : figure.series) {
    if (series.label == label) return series;
  }
  FAIL("no series " << label);
  return figure.series.front();
}

std::string NotesOf(const Figure& figure) {
  std::string notes;
  for (const std::string& note : figure.notes) notes += note + "\n";
  return notes;
}

// A stream of two experiences, with the row from before the first.
Result Streamed(const std::string& rule, int seed, double first, double final) {
  return EditedSample(rule, seed, final, [&](Result& result) {
    result.request["task"] = {{"name", "continual"}, {"version", 1}};
    result.headline = "acc.final";
    result.metrics["acc.final"] = {final, true, "fraction", ""};
    result.records["accuracy"] = {
        {"after", "on"}, "fraction", {{0.1, 0.1}, {first, 0.0}, {0.2, final}}};
  });
}

TEST_CASE("a learning curve is the mean over seeds, with Student's interval from three on") {
  std::vector<Result> results;
  for (const int seed : {1, 2, 3}) {
    results.push_back(SampleResult("sphere", seed, 0.4 + 0.1 * seed));
  }
  const Figure figure = DrawnOne(results, "learning-curves");
  CHECK(figure.title == "classification on cifar10");
  CHECK(figure.x.label == "epoch");
  CHECK(figure.x.low == 1);
  CHECK(figure.x.high == 2);
  CHECK(figure.y.label == "accuracy.validation");
  CHECK(figure.y.unit == "fraction");
  const Series& sphere = SeriesNamed(figure, "sphere");
  REQUIRE(sphere.points.size() == 2);
  CHECK(sphere.points[0].y == 0.25);
  CHECK(sphere.points[0].halfwidth == 0);
  CHECK(sphere.points[1].y == Approx(0.6));
  CHECK(*sphere.points[1].halfwidth ==
        Approx(ConfidenceInterval({0.5, 0.6, 0.7}).halfwidth).epsilon(1e-12));
  CHECK_THAT(figure.caption, Contains("95 % confidence interval"));

  results.pop_back();
  const Figure two = DrawnOne(results, "learning-curves");
  CHECK_FALSE(two.series.front().points.front().halfwidth);
  CHECK_THAT(two.caption, Contains("too few for a band"));
}

TEST_CASE("a cell that was looked at while it learned has its accuracy by images") {
  std::vector<Result> results;
  for (const int seed : {1, 2}) {
    results.push_back(EditedSample("oja", seed, 0.5, [&](Result& result) {
      result.records["look.images"] = {{"look"}, "images", {100, 500, 1000}};
      result.records["look.accuracy"] = {{"look"}, "fraction", {0.1 * seed, 0.3, 0.4}};
    }));
  }
  const Figure figure = DrawnOne(results, "learning-curves");
  CHECK(figure.x.label == "images learned from");
  CHECK(figure.x.logarithmic);
  CHECK(figure.x.high == 1000);
  REQUIRE(SeriesNamed(figure, "oja").points.size() == 3);
  CHECK(SeriesNamed(figure, "oja").points[0].y == Approx(0.15));
  CHECK(DrawnOne(results, "learning-curves", {.metric = "accuracy.validation"}).x.label == "epoch");
}

TEST_CASE("a row that lost a seed has no curve, and a curve ends where a seed's does") {
  std::vector<Result> results = Usual(2);
  results.push_back(SampleResult("bcm", 1, 0.3));
  results.push_back(LostSample("bcm", 2, "diverged", "not finite"));
  for (Result& result : results) {
    auto& values = result.records["accuracy.validation"].values;
    if (result.request["seed"] == 1) values.push_back(0.5);
  }
  const Figure figure = DrawnOne(results, "learning-curves");
  CHECK(SeriesNamed(figure, "oja").points.size() == 2);
  CHECK_THAT(NotesOf(figure), Contains("Not drawn: bcm.") && Contains("1 diverged of 2 seeds"));
}

TEST_CASE("of many rows the best, ceiling and floor are told apart, the same in every figure") {
  std::vector<Result> results = Usual(1);
  for (int i = 0; i < 10; ++i) {
    results.push_back(SampleResult("rule" + std::to_string(i), 1, 0.4 + 0.01 * i));
  }
  const Figure figure = DrawnOne(results, "learning-curves");
  int faint = 0;
  for (const Series& series : figure.series) faint += series.look == kFaint;
  CHECK(faint == 7);
  CHECK(figure.series.front().label == "7 others");
  CHECK(SeriesNamed(figure, "backprop").look == 0);
  CHECK(SeriesNamed(figure, "random").look == 1);  // the floor, though the worst
  CHECK(SeriesNamed(figure, "rule9").look > 1);
}

TEST_CASE("sample efficiency draws accuracy by the share of labels") {
  std::vector<Result> results = Usual(1);
  for (Result& result : results) {
    const double accuracy = *result.metrics["accuracy.test"].value;
    result.metrics["accuracy.labels.1"] = {accuracy / 2, true, "fraction", ""};
    result.metrics["accuracy.labels.2.5"] = {accuracy / 1.5, true, "fraction", ""};
    result.metrics["accuracy.labels.100"] = {accuracy, true, "fraction", ""};
  }
  const Figure figure = DrawnOne(results, "sample-efficiency");
  CHECK(figure.x.logarithmic);
  CHECK(figure.x.ticks == std::vector<double>{0.01, 0.025, 1});
  CHECK(SeriesNamed(figure, "oja").points.back().y == Approx(0.387));
  CHECK_THROWS_WITH(DrawnOf(results, "sample-efficiency", {.metric = "accuracy.test"}),
                    Contains("takes no metric"));
}

TEST_CASE("a stream's matrix is the mean over seeds, a figure a row, its start apart") {
  const std::vector<Result> results = {Streamed("oja", 1, 0.5, 0.4), Streamed("oja", 2, 0.7, 0.5),
                                       Streamed("sphere", 1, 0.9, 0.8)};
  const std::vector<Figure> figures = DrawnOf(results, "accuracy-matrix");
  REQUIRE(figures.size() == 2);
  CHECK(figures[0].title == "sphere");  // the best first
  CHECK(figures[1].name == "oja-continual-on-cifar10");
  const Matrix& matrix = *figures[1].matrix;
  CHECK(matrix.rows == std::vector<std::string>{"start", "1", "2"});
  CHECK(matrix.columns == std::vector<std::string>{"1", "2"});
  CHECK(*matrix.cells[0][0] == 0.1);
  CHECK(*matrix.cells[1][0] == Approx(0.6));
  CHECK(*matrix.cells[2][1] == Approx(0.45));
}

TEST_CASE("accuracy over tasks is the mean over the experiences so far") {
  const Figure figure =
      DrawnOne({Streamed("oja", 1, 0.5, 0.4), Streamed("oja", 2, 0.7, 0.5)}, "accuracy-over-tasks");
  const Series& oja = SeriesNamed(figure, "oja");
  REQUIRE(oja.points.size() == 2);
  CHECK(oja.points[0].x == 1);
  CHECK(oja.points[0].y == Approx(0.6));
  CHECK(oja.points[1].y == Approx((0.3 + 0.35) / 2));
}

TEST_CASE("the front is what nothing cheaper is better than") {
  std::vector<Result> results = Usual(1);
  const std::map<std::string, double> times = {
      {"random", 10}, {"oja", 20}, {"softhebb", 15}, {"sphere", 40}, {"backprop", 200}};
  for (Result& result : results) {
    result.cost.wall_s["total"] = times.at(result.request["rule"]["name"].get<std::string>());
  }
  const Figure figure = DrawnOne(results, "pareto");
  CHECK(figure.x.logarithmic);
  CHECK(figure.y.label == "test accuracy");
  const Series& front = SeriesNamed(figure, "front");
  REQUIRE(front.points.size() == 5);  // random, softhebb, sphere, backprop, and on to the edge
  CHECK(front.points[0].x == 10);
  CHECK(front.points[1].x == 15);
  CHECK(front.points[2].x == 40);
  CHECK(front.points[3].x == 200);
  CHECK(front.points[4].x == *figure.x.high);
  REQUIRE(SeriesNamed(figure, "behind it").points.size() == 1);
  CHECK(SeriesNamed(figure, "behind it").points[0].x == 20);
  CHECK(figure.marks.size() == 5);

  const Figure images = DrawnOne(results, "pareto", {.against = "images"});
  CHECK_FALSE(images.x.logarithmic);  // random has seen none
  CHECK_THROWS_WITH(DrawnOf(results, "pareto", {.against = "tiem"}), Contains("Nearest: time"));
  CHECK_THROWS_WITH(DrawnOf(results, "learning-curves", {.against = "time"}),
                    Contains("--against"));
}

TEST_CASE("of a metric that is better low, the front goes down") {
  std::vector<Result> results = Usual(1);
  for (Result& result : results) {
    const double accuracy = *result.metrics["accuracy.test"].value;
    result.metrics["loss.readout"].value = 1 - accuracy;
    result.cost.wall_s["total"] = 100 * accuracy;
  }
  const Figure figure = DrawnOne(results, "pareto", {.metric = "loss.readout"});
  CHECK(SeriesNamed(figure, "front").points.size() == 6);
}

TEST_CASE("a performance profile is the share of runs strictly above, lost ones above nothing") {
  std::vector<Result> results;
  const double accuracies[] = {0.3, 0.5, 0.5};
  for (const int seed : {1, 2, 3}) {
    results.push_back(SampleResult("oja", seed, accuracies[seed - 1]));
    results.push_back(SampleResult("sphere", seed, 0.6));
  }
  results.push_back(LostSample("oja", 4, "diverged", "not finite"));
  const Figure figure = DrawnOne(results, "performance-profile");
  const std::vector<Point>& points = SeriesNamed(figure, "oja").points;
  REQUIRE(points.size() == 4);
  CHECK(points[0].y == 0.75);
  CHECK(points[1].x == 0.3);
  CHECK(points[1].y == 0.5);
  CHECK(points[2].x == 0.5);
  CHECK(points[2].y == 0);
  CHECK(points[3].x == *figure.x.high);
}

TEST_CASE("a performance profile pools the runs of rows that stand on all boards") {
  std::vector<Result> results = Usual(2);
  for (const char* rule : {"oja", "sphere"}) {
    results.push_back(EditedSample(
        rule, 1, 0.9, [](Result& result) { result.request["data"]["name"] = "fashion-mnist"; }));
  }
  const Figure figure = DrawnOne(results, "performance-profile");
  CHECK(figure.title == "2 boards");
  CHECK(figure.series.size() == 2);
  CHECK(SeriesNamed(figure, "oja").points[1].y == Approx(2.0 / 3));
}

TEST_CASE("figures have names, and say when there is nothing to draw") {
  CHECK_THROWS_WITH(DrawnOf(Usual(1), "paerto"), Contains("Nearest: pareto"));
  CHECK_THROWS_WITH(DrawnOf(Usual(1), "accuracy-matrix"),
                    Contains("nothing that the figure accuracy-matrix draws"));
  CHECK_THROWS_WITH(DrawnOf(Usual(1), "learning-curves", {.metric = "loss.rul"}),
                    Contains("no result of the record 'loss.rul'"));
  CHECK_THROWS_AS(DrawnOf(Usual(1), "pareto", {.metric = "nothing"}), InputError);
}

// Six rows on each of so many boards, always in the same order.
std::vector<Result> Ordered(int boards) {
  std::vector<Result> results;
  for (int board = 0; board < boards; ++board) {
    for (Result result : Usual(1)) {
      result.request["data"]["name"] = "data" + std::to_string(board);
      result.run_id = RunId(result.request);
      results.push_back(result);
    }
  }
  return results;
}

TEST_CASE("a critical-difference diagram has a stem a row, and bars over what is not told apart") {
  const Figure few = DrawnOne(Ordered(2), "critical-difference");
  const auto count = [](const Figure& figure, Drawn drawn) {
    return std::count_if(figure.series.begin(), figure.series.end(),
                         [&](const Series& series) { return series.drawn == drawn; });
  };
  const auto rows = static_cast<std::ptrdiff_t>(Usual(1).size());
  CHECK(few.y.hidden);
  CHECK(count(few, Drawn::kStroke) == rows);
  CHECK(count(few, Drawn::kBar) == 2);  // one over all, and the difference itself
  CHECK(few.marks.size() == static_cast<std::size_t>(rows) + 1);
  CHECK_THAT(few.marks.back().text, Contains("critical difference"));
  CHECK_THAT(few.caption, Contains("classification on data0; classification on data1"));
  for (const Series& series : few.series) {
    for (const Point& point : series.points) {
      CHECK(point.x >= *few.x.low);
      CHECK(point.x <= *few.x.high);
      CHECK(point.y <= *few.y.high);
    }
  }
  const Figure many = DrawnOne(Ordered(40), "critical-difference");
  CHECK(count(many, Drawn::kBar) == 1);  // the difference alone: all are told apart
  CHECK_THAT(NotesOf(many), Contains("All alike?") && !Contains("not to be read"));
  CHECK_THROWS_WITH(DrawnOf(Ordered(1), "critical-difference"), Contains("at least two boards"));
}

}  // namespace
}  // namespace plasticity
