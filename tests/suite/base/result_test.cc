#include "suite/base/result.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <limits>
#include <sstream>

#include "suite/base/store.h"
#include "suite/base/digest.h"
#include "suite/base/error.h"
#include "suite/base/files.h"
#include "tests/reports/sample.h"

namespace plasticity {
namespace {

using Catch::Matchers::Contains;
using nlohmann::json;

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();

json Schema() { return json::parse(ReadFile("suite/base/schema/result.v1.json")); }

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
  const json written = ToJson(result);
  const Result read = ResultFromJson(json::parse(written.dump()), "memory");
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
}

TEST_CASE("states other than ok keep their reason") {
  const Result lost = LostSample("oja", 1, "diverged", "the loss was not finite at step 12");
  const Result read = ResultFromJson(ToJson(lost), "memory");
  CHECK(read.state == "diverged");
  CHECK(read.reason == "the loss was not finite at step 12");
  CHECK(ToJson(LostSample("oja", 1, "failed", ""))["reason"] == "no reason was recorded");
}

TEST_CASE("numbers that are not finite never reach the JSON") {
  Result result = SampleResult("oja", 1, kNan);
  result.metrics["loss.readout"].value = -kInfinity;
  result.metrics["given"] = {kInfinity, true, "nats", "overflow"};
  result.metrics["absent"] = {};
  result.curves = {{"loss", {1.0, kNan, {2.0, kInfinity}}}, {"last", kNan}};
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
  CHECK(written["curves"] == json::parse(R"({"last": null, "loss": [1.0, null, [2.0, null]]})"));
  CHECK_FALSE(written["cost"]["wall_s"].contains("readout"));
  CHECK(written["cost"]["images_per_s"].is_null());
  CHECK(written["cost"]["energy_j"].is_null());
  CHECK(written["env"]["load"].is_null());
  CHECK_NOTHROW(ResultFromJson(json::parse(text), "memory"));
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
};

// Every case is refused by the reader, and, where `in_schema`, by the JSON Schema too.
const std::vector<Malformed>& MalformedCases() {
  static const std::vector<Malformed> cases = {
      {"/schema_version", "", "field 'schema_version' is missing"},
      {"/schema_version", "\"1\"", "must be an integer, not a text"},
      {"/schema_version", "0", "is 0; this program reads up to version 1"},
      {"/schema_version", "2", "A newer plasticity wrote it: update"},
      {"/run_id", "", "field 'run_id' is missing"},
      {"/run_id", "12", "field 'run_id' must be a text, not an integer"},
      {"/run_id", "\"0123456789abcdef0\"", "the file was edited"},
      {"/state", "\"fine\"", "is 'fine'; accepted are 'ok', 'diverged', 'failed'"},
      {"/state", "\"failed\"", "field 'reason' must say why"},
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
      {"/request/data/name", "true", "must be a text, not true or false"},
      {"/request/data/fingerprint", "", "field 'request.data.fingerprint' is missing"},
      {"/request/seed", "\"1\"", "field 'request.seed' must be an integer"},
      {"/request/seed", "18446744073709551615", "needs over 63 bits"},
      {"/request/protocol_version", "", "field 'request.protocol_version' is missing"},
      {"/request/precision", "", "field 'request.precision' is missing"},
      {"/request/device_type", "\"\"", "field 'request.device_type' must not be empty"},
      {"/rule", "", "field 'rule' is missing"},
      {"/rule/summary", "", "field 'rule.summary' is missing"},
      {"/rule/baseline", "0", "field 'rule.baseline' must be true or false"},
      {"/rule/needs_labels", "\"no\"", "field 'rule.needs_labels' must be true or false"},
      {"/rule/locality", "\"near\"", "accepted are 'none', 'layer', 'local', 'global'"},
      {"/rule/backward", "", "field 'rule.backward' is missing"},
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
      {"/curves", "", "field 'curves' is missing"},
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
      {"/cost/peak_host_bytes", "null", "must be an integer, not null"},
      {"/cost/peak_device_bytes", "1.5", "must be an integer"},
      {"/cost/energy_j", "", "field 'cost.energy_j' is missing"},
      {"/cost/resumed", "-1", "field 'cost.resumed' must not be negative"},
      {"/cost/price", "1", "field 'cost.price' is unknown"},
      {"/metric", "{}", "field 'metric' is unknown. Nearest: metrics"},
  };
  return cases;
}

json Broken(const Malformed& malformed) {
  json result = ToJson(SampleResult("oja", 1, 0.5));
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
    CHECK_THROWS_WITH(ResultFromJson(Broken(malformed), "folder/cell.json"),
                      Contains("folder/cell.json: field '") && Contains(malformed.message));
  }
  CHECK_THROWS_WITH(ResultFromJson(json::array(), "cell.json"),
                    "cell.json: a result is an object, not a list.");
}

TEST_CASE("a request that was edited after the run is refused") {
  json result = ToJson(SampleResult("oja", 1, 0.5));
  result["request"]["rule"]["params"]["learning_rate"] = 0.02;
  CHECK_THROWS_WITH(ResultFromJson(result, "cell.json"), Contains("the file was edited"));
}

// Says for each JSON text what the schema makes of it; nothing when python3's jsonschema is absent.
std::optional<std::vector<std::string>> Validate(const std::vector<json>& results) {
  const ScratchFolder folder;
  std::string command =
      "/usr/bin/python3 tests/suite/base/validate_result.py suite/base/schema/result.v1.json";
  for (std::size_t i = 0; i < results.size(); ++i) {
    const std::filesystem::path file = folder.path() / (std::to_string(i) + ".json");
    WriteFileAtomically(file, results[i].dump());
    command += " '" + file.string() + "'";
  }
  const std::filesystem::path answer = folder.path() / "answer";
  const int status = std::system((command + " > '" + answer.string() + "' 2>/dev/null").c_str());
  if (status != 0) return std::nullopt;
  std::istringstream lines(ReadFile(answer));
  std::vector<std::string> verdicts;
  for (std::string line; std::getline(lines, line);) verdicts.push_back(line);
  return verdicts;
}

TEST_CASE("what ToJson writes is valid under the JSON Schema, what the reader refuses is not") {
  std::vector<json> valid = {
      ToJson(SampleResult("oja", 1, 0.5)), ToJson(SampleResult("backprop", 2, kNan)),
      ToJson(LostSample("oja", 3, "diverged", "loss")), ToJson(LostSample("oja", 3, "failed", ""))};
  Result bare = SampleResult("oja", 4, 0.5);
  bare.dataset = bare.selection = bare.suite = bare.env = json::object();
  bare.rule.erase("role");
  valid.push_back(ToJson(bare));
  std::vector<json> all = valid;
  for (const Malformed& malformed : MalformedCases()) all.push_back(Broken(malformed));
  const auto verdicts = Validate(all);
  if (!verdicts) {
    WARN("skipped: /usr/bin/python3 has no jsonschema (package python3-jsonschema)");
    return;
  }
  REQUIRE(verdicts->size() == all.size());
  for (std::size_t i = 0; i < valid.size(); ++i) CHECK((*verdicts)[i] == "valid");
  for (std::size_t i = valid.size(); i < all.size(); ++i) {
    const Malformed& malformed = MalformedCases()[i - valid.size()];
    CAPTURE(malformed.field, malformed.value);
    CHECK_THAT((*verdicts)[i], Catch::Matchers::StartsWith("invalid: "));
  }
}

TEST_CASE("the JSON Schema requires exactly the fields that ToJson writes") {
  const json schema = Schema();
  const json written = ToJson(SampleResult("oja", 1, 0.5));
  const auto required = [](const json& object) {
    return Sorted(object["required"].get<std::vector<std::string>>());
  };
  CHECK(required(schema) == Keys(written));
  CHECK(Keys(schema["properties"]) == Keys(written));
  CHECK(required(schema["properties"]["cost"]) == Keys(written["cost"]));
  CHECK(Keys(schema["properties"]["cost"]["properties"]) == Keys(written["cost"]));
  CHECK(required(schema["$defs"]["metric"]) == Keys(written["metrics"]["accuracy.test"]));
  CHECK(required(schema["properties"]["request"]) == Keys(written["request"]));
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
  CheckDescriptions(Schema(), "");
  CheckDescriptions(Schema()["$defs"]["metric"], "metric");
}

// The example of docs/results.md is a real result: it reads, and its id is what the page says.
TEST_CASE("the documented example is a valid result") {
  const std::string page = ReadFile("docs/results.md");
  const std::string fence = "```json\n";
  const std::size_t start = page.find(fence);
  REQUIRE(start != std::string::npos);
  const std::size_t end = page.find("\n```", start + fence.size());
  const json example = json::parse(page.substr(start + fence.size(), end - start - fence.size()));
  const Result result = ResultFromJson(example, "docs/results.md");
  CHECK(ToJson(result) == example);
  CHECK_THAT(page, Contains("`" + result.run_id + "`"));
  const auto verdicts = Validate({example});
  if (verdicts) CHECK(*verdicts == std::vector<std::string>{"valid"});
}

}  // namespace
}  // namespace plasticity
