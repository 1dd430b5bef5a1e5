#include "reports/statistics/summary.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <filesystem>
#include <limits>
#include <nlohmann/json.hpp>

#include "reports/statistics/paired.h"
#include "suite/base/error.h"
#include "suite/base/files.h"

namespace plasticity {
namespace {

using nlohmann::json;

TEST_CASE("mean and sample standard deviation") {
  CHECK(Mean({1, 2, 3, 4}) == 2.5);
  CHECK(Mean({7}) == 7);
  CHECK(SampleStandardDeviation({1, 2, 3, 4}) == Approx(std::sqrt(5.0 / 3)).epsilon(1e-15));
  CHECK_THROWS_AS(Mean({}), InputError);
  CHECK_THROWS_AS(SampleStandardDeviation({1}), InputError);
}

TEST_CASE("equal values have no spread, whatever their rounding") {
  for (const double value : {0.1, 0.7, 1e-300, 1e300, -3.3}) {
    const std::vector<double> values(7, value);
    CHECK(Mean(values) == value);
    CHECK(SampleStandardDeviation(values) == 0);
    CHECK(ConfidenceInterval(values).halfwidth == 0);
  }
}

TEST_CASE("a large offset costs no digits") {
  CHECK(SampleStandardDeviation({1e9 + 1, 1e9 + 2, 1e9 + 3}) == 1.0);
}

// 1 and 2 degrees of freedom have closed forms.
TEST_CASE("Student quantiles of 1 and 2 degrees of freedom are exact") {
  const double pi = std::acos(-1.0);
  for (const double p : {1e-12, 1e-6, 0.001, 0.025, 0.2, 0.3, 0.4999, 0.6, 0.75, 0.975, 0.9995}) {
    CAPTURE(p);
    // tan(pi (p - 1/2)) written so that small p keep their digits.
    const double cauchy = p < 0.25 ? -1 / std::tan(pi * p) : std::tan(pi * (p - 0.5));
    CHECK(StudentQuantile(p, 1) == Approx(cauchy).epsilon(1e-11));
    CHECK(StudentQuantile(p, 2) == Approx((2 * p - 1) / std::sqrt(2 * p * (1 - p))).epsilon(1e-11));
  }
  CHECK(StudentQuantile(0.5, 3) == 0);
}

// From mpmath with 50 digits: the root of the regularised incomplete beta function.
TEST_CASE("Student quantiles agree with reference values") {
  struct Row {
    double p, freedom, t;
  };
  const std::vector<Row> rows = {
      {0.001, 0.5, -102849.11563017555},     {0.3, 0.5, -1.0095258786071661},
      {0.51, 0.5, 0.037107003545293423},     {0.95, 0.5, 41.136000092878202},
      {0.975, 0.5, 164.55767348048824},      {0.99995, 0.5, 41139646.252662659},
      {0.001, 3, -10.214531852407386},       {0.3, 3, -0.58438972743981871},
      {0.51, 3, 0.02721146704911802},        {0.95, 3, 2.3533634348018229},
      {0.975, 3, 3.1824463052837084},        {0.99995, 3, 28.000130010950006},
      {0.001, 4, -7.1731822197823084},       {0.3, 4, -0.56864906304970548},
      {0.51, 4, 0.02667061830263903},        {0.95, 4, 2.1318467863266495},
      {0.975, 4, 2.7764451051977935},        {0.99995, 4, 15.544100581546113},
      {0.001, 5, -5.8934295313560101},       {0.3, 5, -0.55942964446936079},
      {0.51, 5, 0.026346712342273262},       {0.95, 5, 2.0150483733330235},
      {0.975, 5, 2.5705818356363148},        {0.99995, 5, 11.177710070278869},
      {0.001, 7, -4.785289628638334},        {0.3, 7, -0.54910965794728505},
      {0.51, 7, 0.02597794156951689},        {0.95, 7, 1.8945786050900068},
      {0.975, 7, 2.3646242515927847},        {0.99995, 7, 7.8845842624167393},
      {0.001, 9, -4.2968056627299185},       {0.3, 9, -0.54348024145429706},
      {0.51, 9, 0.025774047507690514},       {0.95, 9, 1.8331129326562366},
      {0.975, 9, 2.262157162798205},         {0.99995, 9, 6.5936825839448813},
      {0.001, 19, -3.5794001489547159},      {0.3, 19, -0.53331388164220497},
      {0.51, 19, 0.025401002832567174},      {0.95, 19, 1.729132811521369},
      {0.975, 19, 2.0930240544083093},       {0.99995, 19, 4.8974615888622162},
      {0.001, 30, -3.3851848668293051},      {0.3, 30, -0.53001900390650451},
      {0.51, 30, 0.025278783971765814},      {0.95, 30, 1.6972608865939574},
      {0.975, 30, 2.0422724563012379},       {0.99995, 30, 4.4824171754097865},
      {0.001, 99, -3.1746038497557522},      {0.3, 99, -0.52609324054859004},
      {0.51, 99, 0.025132332554701435},      {0.95, 99, 1.6603911560169905},
      {0.975, 99, 1.9842169515864171},       {0.99995, 99, 4.0550413091143552},
      {0.001, 1000, -3.0984021639129229},    {0.3, 1000, -0.52456770730922693},
      {0.51, 1000, 0.025075180209466442},    {0.95, 1000, 1.6463788172854643},
      {0.975, 1000, 1.9623390808264081},     {0.99995, 1000, 3.9063437367014083},
      {0.001, 100000, -3.0903138094272376},  {0.3, 100000, -0.52440218423354574},
      {0.51, 100000, 0.025068970970446705},  {0.95, 100000, 1.6448688647849693},
      {0.975, 100000, 1.9599877075346093},   {0.99995, 100000, 3.8907488453857833},
      {1e-12, 5, -393.95695957760377},       {1e-30, 3, -10331108360.446529},
      {0.5000001, 4, 2.6666666652630906e-7},
  };
  for (const Row& row : rows) {
    CAPTURE(row.p, row.freedom);
    CHECK(std::abs(StudentQuantile(row.p, row.freedom) - row.t) < 1e-13 + 1e-10 * std::abs(row.t));
  }
}

TEST_CASE("Student quantiles are odd, rise with p, and approach the normal distribution's") {
  CHECK(StudentQuantile(0.25, 7) == -StudentQuantile(0.75, 7));
  double last = -std::numeric_limits<double>::infinity();
  for (int i = 1; i < 200; ++i) {
    const double t = StudentQuantile(i / 200.0, 4);
    CHECK(t > last);
    last = t;
  }
  CHECK(StudentQuantile(0.975, 1e9) == Approx(1.959963984540054).epsilon(1e-8));
}

TEST_CASE("Student quantiles refuse what has none") {
  CHECK_THROWS_AS(StudentQuantile(0, 3), InputError);
  CHECK_THROWS_AS(StudentQuantile(1, 3), InputError);
  CHECK_THROWS_AS(StudentQuantile(0.5, 0), InputError);
  CHECK_THROWS_AS(StudentQuantile(std::nan(""), 3), InputError);
  CHECK_THROWS_AS(StudentQuantile(0.9, std::nan("")), InputError);
}

TEST_CASE("confidence intervals agree with the golden files") {
  int files = 0;
  for (const auto& entry : std::filesystem::directory_iterator("tests/golden/student_ci")) {
    CAPTURE(entry.path().string());
    const json golden = json::parse(ReadFile(entry.path()));
    const auto values = golden["inputs"]["x"]["data"].get<std::vector<double>>();
    const auto check = [&](const std::string& name, double value) {
      const double expected = golden["expected"][name]["data"][0];
      CAPTURE(name, value, expected);
      CHECK(std::abs(value - expected) <= 1e-12 + 1e-8 * std::abs(expected));
    };
    for (const int percent : {90, 95, 99}) {
      const StudentInterval interval = ConfidenceInterval(values, percent / 100.0);
      CHECK(interval.n == static_cast<int>(values.size()));
      check("mean", interval.mean);
      check("sd", interval.sd);
      check("sem", interval.sem);
      check("t_" + std::to_string(percent), interval.t);
      check("halfwidth_" + std::to_string(percent), interval.halfwidth);
    }
    ++files;
  }
  CHECK(files == 5);
}

TEST_CASE("confidence intervals refuse what they cannot be had from") {
  CHECK_THROWS_AS(ConfidenceInterval({}), InputError);
  CHECK_THROWS_AS(ConfidenceInterval({1}), InputError);
  CHECK_THROWS_AS(ConfidenceInterval({1, std::nan("")}), InputError);
  CHECK_THROWS_AS(ConfidenceInterval({1, 2}, 1), InputError);
  CHECK_THROWS_AS(ConfidenceInterval({1, 2}, 0), InputError);
}

TEST_CASE("the smallest p of an exact sign-flip test") {
  CHECK(SmallestSignFlipP(0) == 1);
  CHECK(SmallestSignFlipP(1) == 1);
  CHECK(SmallestSignFlipP(2) == 0.5);
  CHECK(SmallestSignFlipP(3) == 0.25);
  CHECK(SmallestSignFlipP(5) == 0.0625);
  CHECK(SmallestSignFlipP(kSeedsForClaim) == 0.03125);
  CHECK(SmallestSignFlipP(kSeedsForClaim - 1) > 0.05);
}

}  // namespace
}  // namespace plasticity
