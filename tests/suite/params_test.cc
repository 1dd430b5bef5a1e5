#include "suite/params.h"

#include <catch2/catch.hpp>
#include <cmath>

#include "suite/base/error.h"
#include "suite/registry.h"

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
  CHECK(rate.Allowed() == "> 0");
  CHECK(rate.unit == "1/s");
  CHECK(rate.doc == "step size");
  CHECK(params.declared()[1].Allowed() == "whole number, 1 to 9");
  CHECK(params.declared()[2].Allowed() == "true or false");
  CHECK(params.declared()[3].Allowed() == "a, b");
  CHECK(params.declared()[3].kind == ParamKind::kChoice);
  CHECK(params.declared()[3].options == std::vector<std::string>{"a", "b"});
  CHECK(params.declared()[4].Allowed() == "> 0, one a layer or one for all");
  CHECK(params.declared()[4].numeric());
  CHECK_FALSE(params.declared()[2].numeric());
}

TEST_CASE("what a tuning leaves alone is said of the next parameter only") {
  Params params("rule");
  params.Untuned().Real("p", 2, kPositive, "an exponent");
  params.Untuned(false).Real("t", 1, kPositive, "a temperature");
  params.Real("rate", 1, kPositive, "step size");
  CHECK(params.declared()[0].untuned);
  CHECK_FALSE(params.declared()[1].untuned);
  CHECK_FALSE(params.declared()[2].untuned);
  CHECK(params.resolved() == json{{"p", 2.0}, {"t", 1.0}, {"rate", 1.0}});
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

TEST_CASE("a rule replaces its base class's defaults") {
  Params params("rule");
  params.Defaults({{"rate", {1, 2}}});
  params.Defaults({{"rate", 9}});  // comes second
  CHECK(params.PerLayer("rate", {0.1}, kPositive, "step size") == std::vector<double>{1, 2});
  CHECK(params.declared()[0].default_value == json{1, 2});
  CHECK_NOTHROW(params.Finish());
  Params given("rule", {{"rate", 7}});
  given.Defaults({{"rate", 5}});
  CHECK(given.Real("rate", 0.1, kPositive, "step size") == 7);
  Params wrong("rule");
  wrong.Defaults({{"rat", 5}});
  wrong.Real("rate", 0.1, kPositive, "step size");
  CHECK_THROWS_WITH(wrong.Finish(), "rule: defaults name rat, which nobody declares.");
}

TEST_CASE("a choice may be one of a table's rows") {
  static constexpr Named<int> kSizes[] = {{"small", 1}, {"large", 9}};
  Params params("rule", {{"size", "large"}});
  CHECK(params.Choice("size", "small", kSizes, "how big") == 9);
  CHECK(params.declared()[0].Allowed() == "small, large");
  CHECK_THROWS_WITH(Params("rule", {{"size", "huge"}}).Choice("size", "small", kSizes, "how big"),
                    Catch::Contains("small, large, default \"small\""));
}

TEST_CASE("a second data set is a name") {
  const auto data = [](const json& given, const std::string& usual) {
    Params params("task", {{"target", given}});
    const std::string name = params.Data("target", usual, "what is learned after");
    CHECK(params.resolved() == json{{"target", name}});
    return name;
  };
  CHECK(data("cifar100", "cifar10") == "cifar100");
  CHECK(data("", "") == "");
  CHECK_THROWS_AS(data("", "cifar10"), InputError);
  CHECK_THROWS_WITH(data(3, "cifar10"),
                    "task: target = 3 is not allowed. what is learned after (a data set, default "
                    "\"cifar10\").");
}

TEST_CASE("a parameter that came later is left out while it has its default") {
  const auto resolved = [](const json& given, const json& defaults = json::object()) {
    Params params("rule", given);
    params.Defaults(defaults);
    params.Real("rate", 0.5, kPositive, "step size");
    params.Later().PerLayer("decay", {0}, kNonNegative, "of weights");
    params.Finish();
    CHECK_FALSE(params.declared()[0].later);
    CHECK(params.declared()[1].later);
    return params.resolved();
  };
  CHECK(resolved({}) == json{{"rate", 0.5}});
  CHECK(resolved({{"decay", 0}}) == json{{"rate", 0.5}});
  CHECK(resolved({{"decay", {0.0}}}) == json{{"rate", 0.5}});
  CHECK(resolved({{"decay", 2}}) == json{{"rate", 0.5}, {"decay", 2.0}});
  // A rule that replaces the default is none that was there before.
  CHECK(resolved({}, {{"decay", 3}}) == json{{"rate", 0.5}, {"decay", 3.0}});
  CHECK(resolved({{"decay", 0}}, {{"decay", 3}}) == json{{"rate", 0.5}, {"decay", 0.0}});
}

// A kind of part (registries know the suite's own by name), and two of them; the second has a part
// itself.
class Figure {
 public:
  static constexpr const char* kKind = "readout";
  struct Info {
    std::string name;
    json defaults = json::object();
    std::string summary;
  };
  virtual ~Figure() = default;
  double size = 0;
};

}  // namespace

template <>
Registry<Figure>& Registry<Figure>::Get();

namespace {

class Disc final : public Figure {
 public:
  explicit Disc(Params& params) {
    size = params.Real("radius", 1, kPositive, "half its width");
    params.Flag("filled", false, "whether");
  }
};

class Ring final : public Figure {
 public:
  explicit Ring(Params& params)
      : hole(params.Part<Figure>("hole", "disc", "what is cut out", {{"radius", 0.5}})) {
    size = params.Real("radius", 1, kPositive, "half its width");
  }
  std::unique_ptr<Figure> hole;
};

}  // namespace

template <>
Registry<Figure>& Registry<Figure>::Get() {
  static Registry<Figure> shapes = [] {
    Registry<Figure> both;
    both.Add({{.name = "disc", .defaults = {{"radius", 2}}},
              [](Params& params) { return std::make_unique<Disc>(params); }});
    both.Add({{.name = "ring"}, [](Params& params) { return std::make_unique<Ring>(params); }});
    return both;
  }();
  return shapes;
}

namespace {

// A task that has a shape, made from what is given: what it resolves to.
json Drawn(const json& given, double* size = nullptr, bool later = false) {
  Params params("draw", given);
  params.Real("scale", 1, kPositive, "of all");
  if (later) params.Later();
  const auto shape = params.Part<Figure>("shape", "disc", "what is drawn", {{"filled", true}});
  params.Finish();
  if (size != nullptr) *size = shape->size;
  return params.resolved();
}

json WithFigure(const std::string& name, const json& params) {
  return {{"scale", 1.0}, {"shape", {{"name", name}, {"params", params}}}};
}

TEST_CASE("a part has parameters of its own") {
  double size = 0;
  // The part's own default, and its owner's.
  CHECK(Drawn({}, &size) == WithFigure("disc", {{"radius", 2.0}, {"filled", true}}));
  CHECK(size == 2);
  const json wide = WithFigure("disc", {{"radius", 5.0}, {"filled", false}});
  CHECK(Drawn({{"shape", {{"name", "disc"}, {"params", {{"radius", 5}, {"filled", false}}}}}},
              &size) == wide);
  CHECK(size == 5);
  CHECK(Drawn({{"shape.radius", 5}, {"shape.filled", false}}) == wide);
  CHECK(Drawn({{"shape", {{"name", "disc"}, {"params", {{"radius", 4}, {"filled", false}}}}},
               {"shape.radius", 5}}) == wide);
  CHECK(Drawn(wide) == wide);

  // Another part, in which a third is; the owner's defaults are for its default part alone.
  const json ring = WithFigure(
      "ring", {{"radius", 3.0},
               {"hole", {{"name", "disc"}, {"params", {{"radius", 0.25}, {"filled", false}}}}}});
  CHECK(Drawn({{"shape", "ring"}, {"shape.radius", 3}, {"shape.hole.radius", 0.25}}) == ring);
  CHECK(Drawn(ring) == ring);
}

TEST_CASE("a part's parameters are listed behind it") {
  Params params("draw");
  params.Part<Figure>("shape", "ring", "what is drawn");
  std::vector<std::string> names;
  for (const ParamInfo& info : params.declared()) names.push_back(info.name);
  CHECK(names == std::vector<std::string>{"shape", "shape.hole", "shape.hole.radius",
                                          "shape.hole.filled", "shape.radius"});
  const ParamInfo& shape = params.declared()[0];
  CHECK(shape.kind == ParamKind::kPart);
  CHECK(shape.default_value == "ring");
  CHECK(shape.Allowed() == "a readout");
  CHECK(params.declared()[2].default_value == 0.5);
}

TEST_CASE("a part refuses what it does not know") {
  CHECK_THROWS_WITH(Drawn({{"shape.radiu", 5}}),
                    "disc has no parameter 'radiu'. Nearest: radius (half its width, > 0, default "
                    "2).");
  CHECK_THROWS_WITH(Drawn({{"shap.radius", 5}}),
                    Catch::Contains("draw has no parameter 'shap.radius'. Nearest: shape.radius"));
  CHECK_THROWS_WITH(Drawn({{"shape.radius", 0}}), Catch::Contains("disc: radius = 0"));
  CHECK_THROWS_WITH(Drawn({{"shape", "rign"}}),
                    Catch::Contains("no readout named 'rign'. Nearest: ring"));
  for (const json& wrong :
       {json(3), json::object(), json{{"name", 3}}, json{{"params", json::object()}},
        json{{"name", "disc"}, {"param", json::object()}}}) {
    CAPTURE(wrong.dump());
    CHECK_THROWS_WITH(Drawn({{"shape", wrong}}), Catch::Contains("draw: shape = "));
  }
  CHECK_THROWS_AS(Drawn({{"shape", {{"name", "disc"}, {"params", 3}}}}), InputError);
  Params params("draw");
  CHECK_THROWS_WITH(params.Part<Figure>("shape", "disc", "what is drawn", {{"radiu", 3}}),
                    "disc: defaults name radiu, which nobody declares.");
}

TEST_CASE("a part that came later is left out while all of it is the default") {
  const json without = {{"scale", 1.0}};
  CHECK(Drawn({}, nullptr, true) == without);
  CHECK(Drawn({{"shape", "disc"}, {"shape.radius", 2}}, nullptr, true) == without);
  CHECK(Drawn({{"shape.radius", 3}}, nullptr, true) ==
        WithFigure("disc", {{"radius", 3.0}, {"filled", true}}));
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
