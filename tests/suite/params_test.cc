#include "suite/params.h"

#include <catch2/catch.hpp>
#include <cmath>

#include "suite/base/error.h"

namespace plasticity {
namespace {

using nlohmann::json;

TEST_CASE("parameters are declared by reading them") {
  Params params("rule", {{"rate", 2}, {"mode", "b"}});
  CHECK(params.Real("rate", 0.5, kPositive, "step size", "1/s") == 2.0);
  CHECK(params.Integer("count", 3, Range{.min = 1, .max = 9}, "how many") == 3);
  CHECK(params.Flag("on", true, "whether"));
  CHECK(params.Choice("mode", "a", {"a", "b"}, "which") == "b");
  CHECK(params.PerLayer("t", {1, 0.5}, kPositive, "temperature") == std::vector<double>{1, 0.5});
  CHECK_NOTHROW(params.Finish());

  CHECK(params.resolved() ==
        json{{"rate", 2.0}, {"count", 3}, {"on", true}, {"mode", "b"}, {"t", {1, 0.5}}});
  CHECK(params.resolved().at("rate").is_number_float());  // 2 and 2.0 are one identity
  REQUIRE(params.declared().size() == 5);
  const ParamInfo& rate = params.declared()[0];
  CHECK(rate.name == "rate");
  CHECK(rate.default_value == 0.5);
  CHECK(rate.range == "> 0");
  CHECK(rate.unit == "1/s");
  CHECK(rate.doc == "step size");
  CHECK(params.declared()[1].range == "whole number, 1 to 9");
  CHECK(params.declared()[2].range == "true or false");
  CHECK(params.declared()[3].range == "a, b");
}

TEST_CASE("ranges hold at their edges") {
  const auto real = [](const json& value, Range range) {
    return Params("rule", {{"x", value}}).Real("x", 1, range, "a number");
  };
  CHECK(real(0, kNonNegative) == 0);
  CHECK_THROWS_AS(real(-1e-12, kNonNegative), InputError);
  CHECK_THROWS_AS(real(0, kPositive), InputError);
  CHECK(real(1e-300, kPositive) == 1e-300);
  CHECK(real(1, kUnitInterval) == 1);
  CHECK_THROWS_AS(real(1.0000001, kUnitInterval), InputError);
  CHECK(real(-5, Range{}) == -5);
  CHECK_THROWS_AS(real("1", kPositive), InputError);
  CHECK_THROWS_AS(real(true, kPositive), InputError);
  CHECK_THROWS_AS(real(nullptr, kPositive), InputError);
  CHECK_THROWS_AS(real(std::nan(""), Range{}), InputError);
  CHECK_THROWS_AS(real(std::numeric_limits<double>::infinity(), Range{}), InputError);
  CHECK(Range{}.Text() == "any");
  CHECK(Range{.max = 3}.Text() == "<= 3");
  CHECK(Range{.min = 0, .max = 1, .open_min = true}.Text() == "above 0 to 1");
}

TEST_CASE("whole numbers may be written 3 or 3.0, not 3.5") {
  const auto integer = [](const json& value) {
    json resolved;
    Params params("rule", {{"n", value}});
    params.Integer("n", 1, Range{.min = 1}, "a count");
    return params.resolved().at("n");
  };
  CHECK(integer(3) == 3);
  CHECK(integer(3.0) == 3);
  CHECK(integer(3.0).is_number_integer());
  for (const json& wrong : {json(3.5), json(0), json(1e300), json("3"), json(false)}) {
    CAPTURE(wrong.dump());
    CHECK_THROWS_AS(integer(wrong), InputError);
  }
}

TEST_CASE("flags and choices take nothing else") {
  CHECK_THROWS_AS(Params("rule", {{"on", 1}}).Flag("on", true, "whether"), InputError);
  CHECK_THROWS_AS(Params("rule", {{"on", "true"}}).Flag("on", true, "whether"), InputError);
  CHECK_THROWS_AS(Params("rule", {{"mode", "c"}}).Choice("mode", "a", {"a", "b"}, "which"),
                  InputError);
  CHECK_THROWS_AS(Params("rule", {{"mode", 1}}).Choice("mode", "a", {"a", "b"}, "which"),
                  InputError);
}

TEST_CASE("a parameter may have one value a layer") {
  const auto list = [](const json& value) {
    Params params("rule", {{"t", value}});
    return params.PerLayer("t", {1}, kPositive, "temperature");
  };
  CHECK(list(2) == std::vector<double>{2});
  CHECK(list({3, 2, 1}) == std::vector<double>{3, 2, 1});
  for (const json& wrong :
       {json::array(), json{1, 0}, json{1, "2"}, json("1"), json(-1), json{json{1}}}) {
    CAPTURE(wrong.dump());
    CHECK_THROWS_AS(list(wrong), InputError);
  }
  const std::vector<double> values = {3, 2, 1};
  CHECK(AtLayer(values, 0) == 3);
  CHECK(AtLayer(values, 2) == 1);
  CHECK(AtLayer(values, 9) == 1);  // the last is repeated
}

TEST_CASE("a message names the place, the value and what is allowed") {
  CHECK_THROWS_WITH(Params("oja", {{"rate", -1}}).Real("rate", 0.01, kPositive, "Step size."),
                    "oja: rate = -1 is not allowed. Step size. (> 0, default 0.01).");
}

TEST_CASE("unknown names are refused with the nearest one") {
  Params params("oja", {{"learning_rat", 1}});
  params.Real("learning_rate", 0.01, kPositive, "step size");
  params.Integer("batch_size", 64, Range{.min = 1}, "images");
  CHECK_THROWS_WITH(params.Finish(),
                    Catch::Contains("oja has no parameter 'learning_rat'") &&
                        Catch::Contains("Nearest: learning_rate (step size, > 0, default 0.01)"));
  Params far("oja", {{"zzzzzzzzzzzz", 1}});
  far.Real("learning_rate", 0.01, kPositive, "step size");
  CHECK_THROWS_WITH(far.Finish(),
                    Catch::Contains("zzzzzzzzzzzz") && Catch::Contains("learning_rate"));
  Params none("pixels", {{"x", 1}});
  CHECK_THROWS_WITH(none.Finish(), Catch::Contains("It has none."));
}

TEST_CASE("a derived class replaces a base class's default") {
  Params params("rule");
  params.Default("rate", {1, 2});
  CHECK(params.PerLayer("rate", {0.1}, kPositive, "step size") == std::vector<double>{1, 2});
  CHECK(params.declared()[0].default_value == json{1, 2});
  Params given("rule", {{"rate", 7}});
  given.Default("rate", 5);
  CHECK(given.Real("rate", 0.1, kPositive, "step size") == 7);
}

TEST_CASE("parameters come as an object") {
  CHECK_NOTHROW(Params("rule", nullptr).Finish());
  CHECK_THROWS_AS(Params("rule", json{1, 2}), InputError);
  CHECK_THROWS_AS(Params("rule", "rate"), InputError);
}

TEST_CASE("a command line's text becomes a value") {
  CHECK(ParseValue("1.5") == 1.5);
  CHECK(ParseValue("true") == true);
  CHECK(ParseValue("1,0.65,0.25") == json{1, 0.65, 0.25});
  CHECK(ParseValue("[1,2]") == json{1, 2});
  CHECK(ParseValue("softmax") == "softmax");
  CHECK(ParseValue("a,b") == "a,b");
}

}  // namespace
}  // namespace plasticity
