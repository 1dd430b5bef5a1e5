#include "tasks/continual/metrics.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <limits>
#include <optional>

#include "suite/base/files.h"

namespace plasticity {
namespace {

constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();

const AccuracyMatrix kWhole = {{0.1, 0.1, 0.2}, {0.9, 0.3, 0.2}, {0.6, 0.8, 0.4}, {0.5, 0.7, 0.9}};

// Without row 0 and what lies above the diagonal.
AccuracyMatrix Lower() {
  AccuracyMatrix rows = kWhole;
  for (std::size_t k = 0; k < rows.size(); ++k)
    for (std::size_t j = k; j < rows[k].size(); ++j) rows[k][j] = kUnknown;
  return rows;
}

Metric Named(const std::string& name, const AccuracyMatrix& rows) {
  for (const ContinualMetric& metric : ContinualMetrics())
    if (metric.name == name) return Evaluate(metric, {.accuracy = rows});
  FAIL("no metric " << name);
  return {};
}

TEST_CASE("what nobody knows is in no metric, and the others stay as they are") {
  for (const char* name :
       {"acc.final", "acc.incremental", "acc.all_rows", "forgetting.first_last",
        "forgetting.max_own", "bwt.gem", "bwt.all_rows", "plasticity", "stability"}) {
    CAPTURE(name);
    CHECK(Named(name, Lower()).value == Named(name, kWhole).value);
    CHECK(Named(name, Lower()).value.has_value());
  }
  for (const char* name :
       {"forgetting.max_prior", "forgetting.max_any", "fwt.gem", "fwt.all_rows"}) {
    CAPTURE(name);
    CHECK(Named(name, kWhole).value.has_value());
    const Metric lower = Named(name, Lower());
    CHECK_FALSE(lower.value.has_value());
    CHECK(lower.reason.find("not known") != std::string::npos);
  }
  AccuracyMatrix without_first = kWhole;
  without_first[0].assign(3, kUnknown);
  CHECK(Named("forgetting.max_prior", without_first).value ==
        Named("forgetting.max_prior", kWhole).value);
  CHECK(Named("fwt.gem", without_first).reason.find("row 0") != std::string::npos);
}

TEST_CASE("of one experience nothing can be forgotten") {
  const Metric forgetting = Named("forgetting.first_last", {{0.1}, {0.9}});
  CHECK_FALSE(forgetting.value.has_value());
  CHECK(forgetting.reason == "the stream has one experience");
  CHECK(Named("acc.final", {{0.1}, {0.9}}).value == 0.9);
  CHECK(Named("probe.final", kWhole).reason == "no probe was asked for");
  CHECK(Named("anytime.average", kWhole).reason.find("task.looks=N") != std::string::npos);
}

TEST_CASE("intransigence is what the diagonal lacks to the reference's") {
  StreamRecords records{.accuracy = kWhole};
  CHECK_FALSE(Evaluate(Intransigence(), records).value.has_value());
  records.reference = {{0, 0, 0}, {0.95, 0, 0}, {0, 0.9, 0}, {0, 0, 0.85}};
  CHECK(*Evaluate(Intransigence(), records).value == Approx((0.05 + 0.1 - 0.05) / 3));
}

TEST_CASE("every metric stands on its page, as it is defined") {
  const std::string page = ReadFile("docs/metrics.md");
  const auto check = [&](const ContinualMetric& metric) {
    const std::string row = "| `" + metric.name + "` | " + metric.formula +
                            (metric.higher_is_better ? "" : "; lower is better") + " | " +
                            metric.source + " |";
    INFO("docs/metrics.md needs the line: " << row);
    CHECK(page.find(row + "\n") != std::string::npos);
  };
  for (const ContinualMetric& metric : ContinualMetrics()) check(metric);
  check(Intransigence());
}

}  // namespace
}  // namespace plasticity
