#include "suite/base/result.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <filesystem>
#include <limits>
#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validation_results.hpp>
#include <valijson/validator.hpp>

#include "suite/base/digest.h"
#include "suite/base/error.h"
#include "suite/base/files.h"
#include "suite/base/json_text.h"
#include "tests/reports/sample.h"

namespace plasticity {
namespace {

using Catch::Matchers::Contains;
using nlohmann::json;

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();

json SchemaOf(int version) {
  return json::parse(ReadFile("suite/base/schema/result.v" + std::to_string(version) + ".json"));
}

Result ReadFrom(const json& content, const std::string& where) {
  return ResultFromJson(JsonText(content.dump(), where));
}

std::vector<std::string> Keys(const json& object) {
  std::vector<std::string> keys;
  for (const auto& item : object.items()) keys.push_back(item.key());
  return keys;
}

std::vector<std::string> Sorted(std::vector<std::string> names) {
  std::sort(names.begin(), names.end());
  return names;
}

TEST_CASE("a result survives the round trip through text") {
  Result result = SampleResult("softhebb", 3, 0.1 + 0.2);
  result.metrics["forgetting.first_last"] = {std::nullopt, false, "fraction", "one task only"};
  result.cost.peak_device_bytes = 7'000'000'000;
  result.cost.energy_j = 1.0 / 3;
  result.cost.resumed = 2;
  result.cost.state_bytes = {{"network", 4096}, {"strategy", 0}};
  result.metrics["accuracy.test"].definition = "the fraction of test images that are right";
  result.metrics["accuracy.test"].chance = 0.1;
  result.records["confusion"] = {{"label", "predicted"}, "images", {{9, 1}, {2, 8}}};
  result.artifacts["grid"] = {"artifacts/0123456789abcdef.png", kFingerprint, 12, "image/png"};
  const json written = ToJson(result);
  const Result read = ReadFrom(written, "memory");
  CHECK(ToJson(read) == written);
  CHECK(read.run_id == result.run_id);
  CHECK(read.headline == "accuracy.test");
  CHECK(read.metrics.at("accuracy.test").value == 0.1 + 0.2);
  CHECK_FALSE(read.metrics.at("forgetting.first_last").value);
  CHECK(read.metrics.at("forgetting.first_last").reason == "one task only");
  CHECK(read.cost.wall_s == result.cost.wall_s);
  CHECK(read.cost.peak_device_bytes == 7'000'000'000);
  CHECK(read.cost.energy_j == 1.0 / 3);
  CHECK(read.cost.resumed == 2);
  CHECK(read.cost.state_bytes == result.cost.state_bytes);
  CHECK(read.metrics.at("accuracy.test").chance == 0.1);
  CHECK(read.metrics.at("accuracy.test").definition ==
        "the fraction of test images that are right");
  CHECK(read.records.at("confusion").axes == std::vector<std::string>{"label", "predicted"});
  CHECK(read.records.at("confusion").values == json::parse("[[9, 1], [2, 8]]"));
  CHECK(read.artifacts.at("grid").file == "artifacts/0123456789abcdef.png");
  CHECK(read.artifacts.at("grid").bytes == 12);
}

// As many predictions as asked for, of every class, right and wrong in no simple order.
Predictions SomePredictions(int count, int classes) {
  std::vector<int> predicted;
  std::vector<bool> right;
  for (int i = 0; i < count; ++i) {
    predicted.push_back(static_cast<int>(7919LL * i * i % classes));
    right.push_back(i * i % 11 < 5);
  }
  if (count > 0) predicted.back() = classes - 1;
  return {classes, predicted, right};
}

TEST_CASE("predictions survive the round trip, whatever their number and classes") {
  const int count = GENERATE(0, 1, 3, 4, 5, 1000);
  const int classes = GENERATE(1, 2, 10, 100, 200, 255, 257, 1000, 65536);
  CAPTURE(count, classes);
  Result result = SampleResult("oja", 1, 0.5);
  result.predictions["test"] = SomePredictions(count, classes);
  const Result read = ReadFrom(ToJson(result), "memory");
  const Predictions& answers = read.predictions.at("test");
  CHECK(answers == result.predictions["test"]);
  CHECK(answers.classes() == classes);
  REQUIRE(answers.Predicted().size() == static_cast<std::size_t>(count));
  if (count > 0) CHECK(answers.Predicted().back() == classes - 1);
  const std::vector<bool> right = answers.Right();
  CHECK(static_cast<std::size_t>(std::count(right.begin(), right.end(), true)) == answers.right());
  for (int i = 0; i < count; ++i) {
    const auto at = static_cast<std::size_t>(i);
    CHECK(right[at] == (i * i % 11 < 5));
    if (i + 1 < count) CHECK(answers.Predicted()[at] == 7919LL * i * i % classes);
  }
}

TEST_CASE("10,000 predictions cost at most 15,000 bytes") {
  const ScratchFolder folder;
  const int classes = GENERATE(2, 10, 100, 200);
  CAPTURE(classes);
  Result result = SampleResult("oja", 1, 0.5);
  const std::size_t without = ToJson(result).dump(2).size();
  result.predictions["test"] = SomePredictions(10000, classes);
  CHECK(ToJson(result).dump(2).size() - without <= 15000);
}

// Spelt out, since other programs unpack it: 3 + 10 x (1 + 10 x (4 + 10 x 1)) = 1413 and 5, in 14
// bits each, least significant first: bytes 85 45 01 00; right: 1 0 1 1 0 is 0d.
TEST_CASE("predictions are packed as documented") {
  Result result = SampleResult("oja", 1, 0.5);
  result.predictions["test"] = {10, {3, 1, 4, 1, 5}, {true, false, true, true, false}};
  CHECK(ToJson(result)["predictions"]["test"] ==
        json::parse(R"({"count": 5, "classes": 10, "bits": 14, "predicted": "hUUBAA==",
                        "right": "DQ=="})"));
}

TEST_CASE("predictions that make no sense are refused") {
  CHECK_THROWS_WITH(Predictions(10, {3, 10}, {true, false}), Contains("hold class 10 of 10"));
  CHECK_THROWS_WITH(Predictions(10, {-1}, {false}), Contains("hold class -1 of 10"));
  CHECK_THROWS_WITH(Predictions(10, {1, 2}, {true}), Contains("are 2, but 1 were judged"));
  CHECK_THROWS_WITH(Predictions(0, {}, {}), Contains("0 classes"));
}

TEST_CASE("version 1 is read into version 2") {
  const Result result = SampleResult("oja", 1, 0.5);
  const json old = VersionOne(result);
  const Result read = ReadFrom(old, "old.json");
  CHECK(read.schema_version == 2);
  CHECK(read.run_id == result.run_id);
  CHECK(read.metrics.at("accuracy.test").value == 0.5);
  CHECK(read.metrics.at("accuracy.test").definition.empty());
  CHECK(read.records.at("accuracy.validation").axes == std::vector<std::string>{"epoch"});
  CHECK(read.records.at("accuracy.validation").values == json::parse("[0.25, 0.5]"));
  CHECK_FALSE(read.cost.peak_host_bytes);  // it was the process's, not the cell's
  CHECK(ToJson(ReadFrom(ToJson(read), "new.json")) == ToJson(read));
  const auto refused = [&](const char* field, const json& value) {
    json bad = old;
    bad[json::json_pointer(field)] = value;
    return [bad] { ReadFrom(bad, "old.json"); };
  };
  CHECK_THROWS_WITH(refused("/state", "skipped")(),
                    Contains("accepted are 'ok', 'diverged', 'failed'."));
  CHECK_THROWS_WITH(refused("/records", json::object())(), Contains("'records' is unknown"));
  CHECK_THROWS_WITH(refused("/curves/loss", {{1.0}})(), Contains("field 'curves.loss' must be"));
  CHECK_THROWS_WITH(refused("/cost/peak_host_bytes", nullptr)(), Contains("must be an integer"));
  CHECK_THROWS_WITH(refused("/metrics/accuracy.test/chance", 0.1)(), Contains("is unknown"));
}

TEST_CASE("a request's parts are named, what is absent by what absence means") {
  json request = SampleResult("oja", 1, 0.5).request;
  CHECK(PartName(request, "rule") == "oja");
  CHECK(PartName(request, "network") == "sphere-cnn");
  CHECK(PartName(request, "strategy") == "finetune");
  request["strategy"] = {{"name", "er"}, {"params", json::object()}};
  CHECK(PartName(request, "strategy") == "er");
  CHECK(PartName(json::object(), "rule").empty());
  CHECK(PartName(request, "planet").empty());
}

TEST_CASE("what was asked for says nothing of a plugin's build") {
  const json request = SampleResult("oja", 1, 0.5).request;
  json built = request;
  built["rule"]["plugin"] = kFingerprint;
  built["task"]["params"]["scenario"] = {{"name", "split"}, {"plugin", kFingerprint}};
  json other = built;
  other["rule"]["plugin"] = std::string(64, '0');
  CHECK(RunId(built) != RunId(other));
  CHECK(AskedFor(built) == AskedFor(other));
  CHECK(AskedFor(request) == request);
  CHECK(AskedFor(built)["task"]["params"]["scenario"] == json::parse(R"({"name": "split"})"));
  json named = request;
  named["rule"]["params"]["plugin"] = 3;  // a parameter of that name is asked for
  CHECK(AskedFor(named) == named);
}

TEST_CASE("states other than ok keep their reason") {
  const Result lost = LostSample("oja", 1, "diverged", "the loss was not finite at step 12");
  const Result read = ReadFrom(ToJson(lost), "memory");
  CHECK(read.state == "diverged");
  CHECK(read.reason == "the loss was not finite at step 12");
  CHECK(ToJson(LostSample("oja", 1, "failed", ""))["reason"] == "no reason was recorded");
}

TEST_CASE("numbers that are not finite never reach the JSON") {
  Result result = SampleResult("oja", 1, kNan);
  result.metrics["loss.readout"].value = -kInfinity;
  result.metrics["given"] = {kInfinity, true, "nats", "overflow"};
  result.metrics["absent"] = {};
  result.records["loss"] = {{"epoch"}, "nats", {1.0, kNan, -kInfinity}};
  result.records["confusion"] = {{"label", "predicted"}, "images", {{2.0, kInfinity}, {kNan, 1}}};
  result.cost.wall_s["readout"] = kNan;
  result.cost.images_per_s = kInfinity;
  result.cost.energy_j = kNan;
  result.env["load"] = kNan;
  const json written = ToJson(result);
  const std::string text = written.dump();
  const json leaves = written.flatten();
  for (const auto& [path, leaf] : leaves.items()) {
    CAPTURE(path);
    if (leaf.is_number()) CHECK(std::isfinite(leaf.get<double>()));
  }
  CHECK(written["metrics"]["accuracy.test"]["value"].is_null());
  CHECK(written["metrics"]["accuracy.test"]["reason"] == "the value was not a number");
  CHECK(written["metrics"]["loss.readout"]["reason"] == "the value was minus infinity");
  CHECK(written["metrics"]["given"]["reason"] == "overflow");
  CHECK(written["metrics"]["absent"]["reason"] == "no reason was recorded");
  CHECK(written["records"]["loss"]["values"] == json::parse("[1.0, null, null]"));
  CHECK(written["records"]["confusion"]["values"] == json::parse("[[2.0, null], [null, 1]]"));
  CHECK_FALSE(written["cost"]["wall_s"].contains("readout"));
  CHECK(written["cost"]["images_per_s"].is_null());
  CHECK(written["cost"]["energy_j"].is_null());
  CHECK(written["env"]["load"].is_null());
  CHECK_NOTHROW(ReadFrom(written, "memory"));
}

TEST_CASE("run_id depends on every value and not on the order of keys") {
  const json a =
      json::parse(R"({"rule": {"name": "oja", "params": {"b": 1, "a": 0.5}}, "seed": 1})");
  const json b =
      json::parse(R"({"seed": 1, "rule": {"params": {"a": 0.5, "b": 1}, "name": "oja"}})");
  CHECK(RunId(a) == RunId(b));
  CHECK(RunId(a).size() == 16);
  // The id's definition, spelt out: other programs rebuild it from this.
  CHECK(RunId(a) ==
        Sha256(R"({"rule":{"name":"oja","params":{"a":0.5,"b":1}},"seed":1})").substr(0, 16));
  const json leaves = a.flatten();
  for (const auto& [path, leaf] : leaves.items()) {
    CAPTURE(path);
    json other = a;
    other[json::json_pointer(path)] = "something else";
    CHECK(RunId(other) != RunId(a));
  }
  json more = a;
  more["extra"] = nullptr;
  CHECK(RunId(more) != RunId(a));
  CHECK(RunId(json::parse("[1, 2]")) != RunId(json::parse("[2, 1]")));
}

TEST_CASE("what cannot be told apart has no identity") {
  CHECK_THROWS_WITH(RunId({{"rule", {{"params", {{"rate", kNan}}}}}}),
                    Contains("request.rule.params.rate is not a finite number"));
  CHECK_THROWS_AS(RunId({{"rates", {0.1, kInfinity}}}), InputError);
  CHECK_THROWS_AS(RunId({{"name", "\xff\xfe"}}), InputError);
}

struct Malformed {
  const char* field;    // JSON pointer
  const char* value;    // JSON text; "" removes the field
  const char* message;  // what the error must contain
  bool beyond_schema = false;
};

// Every case is refused by the reader, and, unless `beyond_schema`, by the JSON Schema too.
const std::vector<Malformed>& MalformedCases() {
  static const std::vector<Malformed> cases = {
      {"/schema_version", "", "field 'schema_version' is missing"},
      {"/schema_version", "\"1\"", "must be an integer, not a text"},
      {"/schema_version", "0", "is 0; this program reads up to version 2"},
      {"/schema_version", "3", "A newer plasticity wrote it: update"},
      {"/run_id", "", "field 'run_id' is missing"},
      {"/run_id", "12", "field 'run_id' must be a text, not an integer"},
      {"/run_id", "\"0123456789abcdef0\"", "the file was edited"},
      {"/state", "\"fine\"", "is 'fine'; accepted are 'ok', 'diverged', 'failed', 'skipped'"},
      {"/state", "\"failed\"", "field 'reason' must say why"},
      {"/state", "\"skipped\"", "field 'reason' must say why"},
      {"/reason", "\"because\"", "field 'reason' must be empty"},
      {"/reason", "null", "field 'reason' must be a text, not null"},
      {"/date", "\"\"", "field 'date' is '', not a UTC time"},
      {"/date", "\"2026-01-31\"", "not a UTC time"},
      {"/date", "\"2026-01-31T23:59:59\"", "not a UTC time"},
      {"/date", "\"2026-01-31T23:59:59.Z\"", "not a UTC time"},
      {"/date", "\"2026-01-31T23:59:5xZ\"", "not a UTC time"},
      {"/request", "[]", "field 'request' must be an object, not a list"},
      {"/request/rule", "", "field 'request.rule' is missing"},
      {"/request/rule/name", "\"\"", "field 'request.rule.name' must not be empty"},
      {"/request/rule/name", "3", "field 'request.rule.name' must be a text"},
      {"/request/rule/params", "", "field 'request.rule.params' is missing"},
      {"/request/rule/params", "[1]", "field 'request.rule.params' must be an object"},
      {"/request/network", "\"net\"", "field 'request.network' must be an object"},
      {"/request/task/name", "", "field 'request.task.name' is missing"},
      {"/request/task/version", "1.5", "must be an integer, not a number with a fraction"},
      {"/request/task/params", "", "field 'request.task.params' is missing"},
      {"/request/readout", "", "field 'request.readout' is missing"},
      {"/request/readout/name", "", "field 'request.readout.name' is missing"},
      {"/request/rule/plugin", "7", "field 'request.rule.plugin' must be a text"},
      {"/request/rule/tuned", "true", "field 'request.rule.tuned' must be an object"},
      {"/request/rule/tuned", "{\"digest\": \"0\"}",
       "field 'request.rule.tuned.trials' is missing"},
      {"/request/rule/imported", "7", "field 'request.rule.imported' must be a text"},
      {"/request/strategy", "{}", "field 'request.strategy.name' is missing"},
      {"/request/strategy", "{\"name\": \"er\"}", "field 'request.strategy.params' is missing"},
      {"/request/data/name", "true", "must be a text, not true or false"},
      {"/request/data/fingerprint", "", "field 'request.data.fingerprint' is missing"},
      {"/request/seed", "\"1\"", "field 'request.seed' must be an integer"},
      {"/request/seed", "18446744073709551615", "needs over 63 bits", true},
      {"/request/protocol_version", "", "field 'request.protocol_version' is missing"},
      {"/request/precision", "", "field 'request.precision' is missing"},
      {"/request/device_type", "\"\"", "field 'request.device_type' must not be empty"},
      {"/rule", "", "field 'rule' is missing"},
      {"/rule/summary", "", "field 'rule.summary' is missing"},
      {"/rule/baseline", "0", "field 'rule.baseline' must be true or false"},
      {"/rule/needs_labels", "\"no\"", "field 'rule.needs_labels' must be true or false"},
      {"/rule/locality", "\"near\"", "accepted are 'none', 'layer', 'local', 'global'"},
      {"/rule/backward", "", "field 'rule.backward' is missing"},
      {"/rule/origin", "\"imported\"", "field 'rule.imported' is missing"},
      {"/rule/role", "\"top\"", "field 'rule.role' is 'top'"},
      {"/dataset", "null", "field 'dataset' must be an object, not null"},
      {"/dataset/origin", "1", "field 'dataset.origin' must be a text"},
      {"/dataset/classes", "-1", "field 'dataset.classes' must not be negative"},
      {"/dataset/chance", "\"0.1\"", "field 'dataset.chance' must be a number"},
      {"/dataset/split_sizes/test", "1.5", "field 'dataset.split_sizes.test' must be an integer"},
      {"/selection", "", "field 'selection' is missing"},
      {"/suite", "", "field 'suite' is missing"},
      {"/suite/version", "1", "field 'suite.version' must be a text"},
      {"/suite/git/dirty", "\"no\"", "field 'suite.git.dirty' must be true or false"},
      {"/env", "", "field 'env' is missing"},
      {"/env/threads", "\"2\"", "field 'env.threads' must be an integer"},
      {"/headline", "", "field 'headline' is missing"},
      {"/headline", "\"\"", "field 'headline' must not be empty"},
      {"/metrics", "[]", "field 'metrics' must be an object"},
      {"/metrics/accuracy.test", "0.5",
       "field 'metrics[\"accuracy.test\"]' must be an object, not a number with a fraction"},
      {"/metrics/accuracy.test/value", "\"0.5\"",
       "field 'metrics[\"accuracy.test\"].value' must be a number, not a text"},
      {"/metrics/accuracy.test/value", "", "is missing"},
      {"/metrics/accuracy.test/value", "null", "is empty though there is no value"},
      {"/metrics/accuracy.test/unit", "", "field 'metrics[\"accuracy.test\"].unit' is missing"},
      {"/metrics/accuracy.test/higher_is_better", "1", "must be true or false"},
      {"/metrics/accuracy.test/reason", "", "is missing"},
      {"/metrics/accuracy.test/vlaue", "1", "vlaue' is unknown. Nearest: value"},
      {"/metrics/accuracy.test/definition", "", "is missing"},
      {"/metrics/accuracy.test/chance", "\"0.1\"", "chance' must be a number, not a text"},
      {"/curves", "{}", "field 'curves' is unknown"},
      {"/records", "", "field 'records' is missing"},
      {"/records/loss", "[1]", "field 'records.loss' must be an object, not a list"},
      {"/records/loss", R"({"axes": [], "unit": "", "values": []})",
       "field 'records.loss.axes' must be a list of one or more names"},
      {"/records/loss", R"({"axes": [""], "unit": "", "values": []})", "one or more names"},
      {"/records/loss", R"({"axes": ["epoch"], "unit": "", "values": 1})",
       "field 'records.loss.values' must be lists as deep as there are axes, not an integer"},
      {"/records/loss", R"({"axes": ["epoch"], "unit": "", "values": ["1"]})",
       "must be a number or null where it ends, not a text"},
      {"/records/loss", R"({"axes": ["a", "b"], "unit": "", "values": [1]})",
       "must be lists as deep as there are axes, not an integer", true},
      {"/records/loss", R"({"axes": ["a"], "unit": "", "values": [[1]]})",
       "must be a number or null where it ends, not a list", true},
      {"/predictions", "", "field 'predictions' is missing"},
      {"/predictions/test/count", "", "field 'predictions.test.count' is missing"},
      {"/predictions/test/classes", "0", "field 'predictions.test.classes' must be 1 to 65,536"},
      {"/predictions/test/bits", "13", "field 'predictions.test.bits' must be 14", true},
      {"/predictions/test/predicted", "\"\"",
       "field 'predictions.test.predicted' is not base64 of 2 x 14 bits", true},
      {"/predictions/test/predicted", "\"hUUB!A==\"", "is not base64"},
      {"/predictions/test/predicted", "\"hU=BAA==\"", "is not base64"},
      {"/predictions/test/predicted", "\" UUBAA==\"", "is not base64"},
      {"/predictions/test/predicted", "\"/////w==\"", "is not base64", true},
      {"/predictions/test/predicted", "\"//8BAA==\"", "holds a class beyond 10", true},
      {"/predictions/test/right", "\"/w==\"", "is not base64 of 5 x 1 bits", true},
      {"/predictions/test/count", "9223372036854775807", "is not base64 of", true},
      {"/artifacts", "", "field 'artifacts' is missing"},
      {"/artifacts/grid", R"({"file": "", "sha256": "", "bytes": 1, "media_type": "a/b"})",
       "field 'artifacts.grid.file' must not be empty"},
      {"/artifacts/grid", R"({"file": "a", "sha256": "AB", "bytes": 1, "media_type": "a/b"})",
       "field 'artifacts.grid.sha256' must be 64 hexadecimal digits"},
      {"/cost", "", "field 'cost' is missing"},
      {"/cost/wall_s", "", "field 'cost.wall_s' is missing"},
      {"/cost/wall_s/learn", "\"3 s\"", "field 'cost.wall_s.learn' must be a number"},
      {"/cost/wall_s/learn", "-1", "field 'cost.wall_s.learn' must not be negative"},
      {"/cost/samples_seen", "12.5", "field 'cost.samples_seen' must be an integer"},
      {"/cost/samples_seen", "-1", "field 'cost.samples_seen' must not be negative"},
      {"/cost/images_per_s", "", "field 'cost.images_per_s' is missing"},
      {"/cost/images_per_s", "\"fast\"", "must be a number, not a text"},
      {"/cost/flops_forward_per_image", "-1", "must not be negative"},
      {"/cost/flops_learn_per_image", "", "is missing"},
      {"/cost/peak_host_bytes", "1.5", "must be an integer, not a number with a fraction"},
      {"/cost/state_bytes", "", "field 'cost.state_bytes' is missing"},
      {"/cost/state_bytes/rule", "-1", "field 'cost.state_bytes.rule' must not be negative"},
      {"/cost/peak_device_bytes", "1.5", "must be an integer"},
      {"/cost/energy_j", "", "field 'cost.energy_j' is missing"},
      {"/cost/resumed", "-1", "field 'cost.resumed' must not be negative"},
      {"/cost/price", "1", "field 'cost.price' is unknown"},
      {"/metric", "{}", "field 'metric' is unknown. Nearest: metrics"},
  };
  return cases;
}

json Broken(const Malformed& malformed) {
  Result sample = SampleResult("oja", 1, 0.5);
  sample.predictions["test"] = {10, {3, 1, 4, 1, 5}, {true, false, true, true, false}};
  json result = ToJson(sample);
  const json::json_pointer field(malformed.field);
  if (*malformed.value == '\0') {
    result.at(field.parent_pointer()).erase(field.back());
  } else {
    result[field] = json::parse(malformed.value);
  }
  return result;
}

TEST_CASE("every malformed field is refused by name") {
  for (const Malformed& malformed : MalformedCases()) {
    CAPTURE(malformed.field, malformed.value);
    CHECK_THROWS_WITH(ReadFrom(Broken(malformed), "folder/cell.json"),
                      Contains("folder/cell.json: field '") && Contains(malformed.message));
  }
  CHECK_THROWS_WITH(ReadFrom(json::array(), "cell.json"),
                    "cell.json: a result is an object, not a list.");
}

TEST_CASE("a cell's title has what tells rows apart, and that it was tuned") {
  json request = {{"rule", {{"name", "oja"}}}, {"task", {{"name", "continual"}}}};
  CHECK(TitleOf(request) == "oja");
  request["strategy"] = {{"name", "er"}};
  CHECK(TitleOf(request) == "oja + er");
  request["rule"]["tuned"] = {{"trials", 20}};
  CHECK(TitleOf(request) == "oja + er (tuned)");
}

TEST_CASE("a request that was edited after the run is refused") {
  json result = ToJson(SampleResult("oja", 1, 0.5));
  result["request"]["rule"]["params"]["learning_rate"] = 0.02;
  CHECK_THROWS_WITH(ReadFrom(result, "cell.json"), Contains("the file was edited"));
}

// One version's JSON Schema, ready to judge.
class Judge {
 public:
  explicit Judge(int version) {
    const json text = SchemaOf(version);
    const valijson::adapters::NlohmannJsonAdapter adapter(text);
    valijson::SchemaParser(valijson::SchemaParser::kDraft7).populateSchema(adapter, schema_);
  }

  // Why `result` is not valid; empty when it is.
  std::string Complaint(const json& result) const {
    valijson::ValidationResults found;
    valijson::Validator validator(valijson::Validator::kStrongTypes);
    const valijson::adapters::NlohmannJsonAdapter adapter(result);
    if (validator.validate(schema_, adapter, &found)) return "";
    std::string text;
    for (valijson::ValidationResults::Error error; found.popError(error);) {
      for (const std::string& step : error.context) text += step;
      text += " " + error.description + "\n";
    }
    return text;
  }

 private:
  valijson::Schema schema_;
};

TEST_CASE("what ToJson writes is valid under the JSON Schema, what the reader refuses is not") {
  const Judge judge(2);
  Result bare = SampleResult("oja", 4, 0.5);
  bare.dataset = bare.selection = bare.suite = bare.env = json::object();
  bare.rule.erase("role");
  Result full = SampleResult("sphere", 5, 0.5);
  full.request["strategy"] = {{"name", "er"}, {"params", {{"images", 500}}}};
  full.request["rule"]["plugin"] = kFingerprint;
  full.request["rule"]["tuned"] = {
      {"digest", "0123456789abcdef"}, {"trials", 20}, {"images", 380000}};
  full.request["other_data"]["cifar100"] = {{"version", 1}, {"fingerprint", kFingerprint}};
  full.request["init"] = {{"run_id", "0123456789abcdef"}, {"sha256", kFingerprint}};
  full.dataset["others"]["cifar100"] = {
      {"origin", "idx"}, {"classes", 100}, {"image", {3, 32, 32}}};
  full.records["matrix"] = {{"after", "on", "seed"}, "fraction", {{{0.5, kNan}, {1, 0}}}};
  full.predictions["test"] = SomePredictions(9, 200);
  full.artifacts["grid"] = {"artifacts/0123456789abcdef.png", kFingerprint, 12, "image/png"};
  full.cost.state_bytes = {{"rule", 1}};
  full.strategy = {{"summary", "Nothing"}, {"source", ""}, {"citation", ""}, {"role", "floor"}};
  full.cost.peak_host_bytes.reset();
  Result imported = bare;
  imported.rule = {{"summary", ""},
                   {"citation", ""},
                   {"origin", "imported"},
                   {"imported", {{"tool", "csv"}, {"file", "a.csv"}, {"sha256", kFingerprint}}},
                   {"baseline", true}};
  imported.strategy = full.strategy;
  CHECK(ReadFrom(ToJson(imported), "imported").strategy == full.strategy);
  for (const Result& result :
       {SampleResult("oja", 1, 0.5), SampleResult("backprop", 2, kNan), bare, full, imported,
        LostSample("oja", 3, "diverged", "loss"), LostSample("oja", 3, "failed", ""),
        LostSample("oja", 3, "skipped", "no loss")}) {
    CHECK(judge.Complaint(ToJson(result)).empty());
  }
  for (const Malformed& malformed : MalformedCases()) {
    CAPTURE(malformed.field, malformed.value);
    CHECK(judge.Complaint(Broken(malformed)).empty() == malformed.beyond_schema);
  }
}

TEST_CASE(
    "every committed Result is valid under its version's JSON Schema, and read into today's") {
  const Judge first(1);
  const Judge today(2);
  int checked = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator("results/reference")) {
    if (entry.path().extension() != ".json") continue;
    const std::string file = entry.path().string();
    CAPTURE(file);
    const json stored = json::parse(ReadFile(entry.path()));
    const bool older = stored.at("schema_version") == 1;
    CHECK((older ? first : today).Complaint(stored).empty());
    const Result result = ReadFrom(stored, file);
    if (older) CHECK(today.Complaint(ToJson(result)).empty());
    CHECK(entry.path().stem() == result.run_id);
    ++checked;
  }
  CHECK(checked >= 100);
}

TEST_CASE("the JSON Schema requires exactly the fields that ToJson writes") {
  const json schema = SchemaOf(2);
  Result sample = SampleResult("oja", 1, 0.5);
  sample.request["strategy"] = {{"name", "finetune"}, {"params", json::object()}};
  sample.request["other_data"]["cifar100"] = {{"version", 1}, {"fingerprint", kFingerprint}};
  sample.request["init"] = {{"run_id", "0123456789abcdef"}, {"sha256", kFingerprint}};
  sample.predictions["test"] = SomePredictions(3, 10);
  sample.artifacts["grid"] = {"artifacts/0123456789abcdef.png", kFingerprint, 12, "image/png"};
  json written = ToJson(sample);
  const auto required = [](const json& object) {
    return Sorted(object["required"].get<std::vector<std::string>>());
  };
  CHECK(required(schema) == Keys(written));
  const json facts = {{"summary", "Nothing"}, {"source", ""}, {"citation", ""}, {"role", "floor"}};
  sample.strategy = facts;
  written = ToJson(sample);
  CHECK(Keys(schema["properties"]) == Keys(written));
  CHECK(required(schema["properties"]["strategy"]) == Keys(facts));
  CHECK(required(schema["properties"]["cost"]) == Keys(written["cost"]));
  CHECK(Keys(schema["properties"]["cost"]["properties"]) == Keys(written["cost"]));
  const json& definitions = schema["definitions"];
  CHECK(required(definitions["metric"]) == Keys(written["metrics"]["accuracy.test"]));
  CHECK(required(definitions["record"]) == Keys(written["records"]["accuracy.validation"]));
  CHECK(required(definitions["predictions"]) == Keys(written["predictions"]["test"]));
  CHECK(required(definitions["artifact"]) == Keys(written["artifacts"]["grid"]));
  CHECK(Keys(schema["properties"]["request"]["properties"]) == Keys(written["request"]));
}

void CheckDescriptions(const json& schema, const std::string& path) {
  if (!schema.contains("properties")) return;
  for (const auto& field : schema["properties"].items()) {
    CAPTURE(path + "/" + field.key());
    CHECK(field.value().value("description", "").size() > 5);
    CheckDescriptions(field.value(), path + "/" + field.key());
  }
}

TEST_CASE("every field of the JSON Schema is described") {
  const json schema = SchemaOf(2);
  CheckDescriptions(schema, "");
  for (const char* name : {"metric", "record", "predictions", "artifact", "part"}) {
    CheckDescriptions(schema["definitions"][name], name);
  }
}

}  // namespace
}  // namespace plasticity
