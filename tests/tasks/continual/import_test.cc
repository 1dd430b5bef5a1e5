#include "tasks/continual/import.h"

#include <catch2/catch.hpp>
#include <filesystem>
#include <sstream>
#include <string>

#include "suite/base/error.h"
#include "suite/base/files.h"
#include "suite/base/store.h"
#include "tasks/continual/recompute.h"
#include "tasks/continual/recorded.h"
#include "tests/reports/sample.h"

namespace plasticity {
namespace {

using nlohmann::json;

// A finished stream of two experiences, as the task records one.
Result Measured(const std::string& strategy, int seed, const AccuracyMatrix& accuracy) {
  Result result = SampleResult("backprop", seed, 0);
  result.metrics.clear();
  result.records.clear();
  result.request["task"] = {
      {"name", "continual"},
      {"version", 1},
      {"params",
       {{"scenario", {{"name", "split"}, {"params", {{"setting", "class-incremental"}}}}}}}};
  if (strategy != "finetune")
    result.request["strategy"] = {{"name", strategy}, {"params", {{"memory", 200}}}};
  result.run_id = RunId(result.request);
  PutAccuracy(accuracy, result);
  return result;
}

const AccuracyMatrix kForgets = {{0.1, 0.1}, {0.9, 0.2}, {0.5, 0.7}};
const AccuracyMatrix kJoint = {{0.1, 0.1}, {0.95, 0.8}, {0.95, 0.8}};

// A folder with another tool's file, and a command that imports it.
struct Desk {
  ScratchFolder folder;
  ImportCommand command{.file = folder.path() / "matrix.csv",
                        .from = "csv",
                        .rule = "backprop",
                        .strategy = "er",
                        .seed = 1,
                        .data = "cifar10",
                        .scenario = "split",
                        .setting = "class-incremental",
                        .results = folder.path() / "results"};
  Desk() { WriteFileAtomically(command.file, "0.8,\n0.6,0.9\n"); }

  std::filesystem::path Like() {
    const Result measured = Measured("er", 1, kForgets);
    SaveResult(measured, folder.path() / "measured");
    return ResultPath(folder.path() / "measured", measured.run_id);
  }
  std::string Refusal() const {
    try {
      std::ostringstream out;
      Import(command, out);
    } catch (const InputError& error) {
      CHECK_FALSE(std::filesystem::exists(command.results));
      return error.what();
    }
    return "taken";
  }
};

TEST_CASE("an imported run is a Result that says so, and holds no more than is known") {
  Desk desk;
  std::ostringstream out;
  Import(desk.command, out);
  const std::vector<Result> found = LoadResults(desk.command.results);
  REQUIRE(found.size() == 1);
  const Result& result = found.front();
  CHECK(result.state == "ok");
  CHECK(result.request["rule"]["imported"] == "csv");
  CHECK(result.rule["imported"]["file"] == "matrix.csv");
  CHECK(result.rule["imported"]["sha256"].get<std::string>().size() == 64);
  CHECK_FALSE(result.rule.contains("needs_labels"));
  CHECK(result.request["task"]["params"]["scenario"]["params"]["experiences"] == 2);
  CHECK(result.records.at("accuracy").values == json::parse("[[null,null],[0.8,null],[0.6,0.9]]"));
  CHECK(*result.metrics.at("acc.final").value == Approx(0.75));
  CHECK(*result.metrics.at("forgetting.first_last").value == Approx(0.2));
  CHECK_FALSE(result.metrics.at("fwt.gem").value.has_value());
  CHECK(result.headline == "acc.final");
  CHECK(out.str().find(
            "backprop + er on cifar10, seed 1 (imported from csv): 2 experiences, 3 of 6") !=
        std::string::npos);
  std::ostringstream again;
  CHECK_THROWS_WITH(Import(desk.command, again), Catch::Contains("is there already"));
}

TEST_CASE("an import like a measured Result has its conditions, and an identity of its own") {
  Desk desk;
  desk.command.like = desk.Like();
  desk.command.data = desk.command.scenario = desk.command.setting = "";
  const Result imported = ImportedResult(desk.command);
  const Result measured = LoadResults(desk.command.like).front();
  CHECK(imported.run_id != measured.run_id);
  for (const char* same : {"task", "data", "network", "readout", "precision"})
    CHECK(imported.request[same] == measured.request[same]);
  CHECK(imported.request["strategy"]["params"].empty());
  desk.command.strategy = "finetune";
  CHECK_FALSE(ImportedResult(desk.command).request.contains("strategy"));
  WriteFileAtomically(desk.command.file, "0.8,0,0\n0.6,0.9,0\n0,0,0\n");
  CHECK_THAT(desk.Refusal(), Catch::Contains("3 experiences") && Catch::Contains("has 2"));
  desk.command.data = "mnist";
  CHECK_THAT(desk.Refusal(), Catch::Contains("--data and --like"));
}

TEST_CASE("what cannot be imported leaves nothing behind") {
  Desk desk;
  const auto refused = [&](auto edit, const std::string& word) {
    Desk other;
    edit(other.command);
    CHECK_THAT(other.Refusal(), Catch::Contains(word));
  };
  refused([](auto& c) { c.from = "cvs"; }, "Nearest: csv");
  refused([](auto& c) { c.file = "nowhere.csv"; }, "cannot read nowhere.csv");
  refused([](auto& c) { c.rule = "My Rule"; }, "cannot be named");
  refused([](auto& c) { c.strategy = "../er"; }, "cannot be named");
  refused([](auto& c) { c.data = ""; }, "--data is missing");
  refused([](auto& c) { c.scenario = ""; }, "--scenario is missing");
  refused([](auto& c) { c.setting = "class-il"; }, "class-incremental");
  refused([](auto& c) { c.run = 1; }, "--run");
  refused([](auto& c) { c.from = "avalanche"; }, "does not begin with");
  refused([](auto& c) { c.from = "avalanche", c.percent = true; }, "--percent");
  refused([&](auto& c) { c.like = desk.folder.path(), c.data = c.scenario = c.setting = ""; },
          "no results");
}

TEST_CASE("metrics are computed anew, and what a Result says otherwise is told") {
  const ScratchFolder folder;
  Result result = Measured("er", 1, kForgets);
  SaveResult(result, folder.path());
  SaveResult(SampleResult("oja", 1, 0.5), folder.path());  // another task: passed over
  std::ostringstream out;
  CHECK(ShowMetrics({.results = {folder.path()}}, out) == 0);
  CHECK(out.str().find("what is stored is what the records give") != std::string::npos);
  CHECK(out.str().find("backprop + er on cifar10, seed 1: 2 experiences\n") != std::string::npos);
  CHECK(out.str().find("forgetting.first_last    0.4000") != std::string::npos);
  CHECK(out.str().find("differs") == std::string::npos);
  CHECK(out.str().find("intransigence") == std::string::npos);
  result.metrics["acc.final"].value = 0.61;
  result.metrics.erase("stability");  // an older Result may lack one
  SaveResult(result, folder.path());
  CHECK(ShowMetrics({.results = {folder.path()}}, out) == 1);
  CHECK(out.str().find("differs: acc.final is stored as 0.61, and its records give 0.6 (") !=
        std::string::npos);
  std::ostringstream as_json;
  CHECK(ShowMetrics({.results = {folder.path()}, .format = "json"}, as_json) == 1);
  const json stream = json::parse(as_json.str())["streams"][0];
  CHECK(stream["metrics"]["acc.final"]["differs"] == true);
  CHECK(stream["metrics"]["acc.final"]["stored"] == 0.61);
  CHECK_FALSE(stream["metrics"]["stability"].contains("stored"));
}

TEST_CASE("intransigence takes a Result of the same stream") {
  const ScratchFolder folder;
  const Result forgets = Measured("er", 1, kForgets), joint = Measured("joint", 1, kJoint),
               other = Measured("joint", 2, kJoint);
  for (const Result& result : {forgets, joint, other}) SaveResult(result, folder.path());
  const auto file = [&](const Result& result) { return ResultPath(folder.path(), result.run_id); };
  std::ostringstream out;
  CHECK(ShowMetrics({.results = {file(forgets)}, .reference = file(joint), .format = "json"},
                    out) == 0);
  const json stream = json::parse(out.str())["streams"][0];
  CHECK(stream["metrics"]["intransigence"]["value"].get<double>() == Approx((0.05 + 0.1) / 2));
  CHECK(stream["reference"] == "backprop + joint on cifar10, seed 1");
  const auto refused = [&](const MetricsCommand& command, const std::string& word) {
    std::ostringstream nothing;
    CHECK_THROWS_WITH(ShowMetrics(command, nothing), Catch::Contains(word));
    CHECK(nothing.str().empty());
  };
  refused({.results = {file(forgets)}, .reference = file(other)}, "another stream");
  refused({.results = {file(forgets)}, .reference = folder.path()}, "3 Results");
  refused({.results = {file(forgets)}, .format = "yaml"}, "terminal, json");
  SaveResult(SampleResult("oja", 1, 0.5), folder.path() / "others");
  refused({.results = {folder.path() / "others"}}, "holds no Result with the accuracy matrix");
  refused({.results = {ResultPath(folder.path() / "others", SampleResult("oja", 1, 0.5).run_id)}},
          "no record 'accuracy'");
  // Of several, those of another stream have none, and say so.
  std::ostringstream all;
  CHECK(ShowMetrics({.results = {folder.path()}, .reference = file(joint)}, all) == 0);
  CHECK(all.str().find("no reference of this stream") != std::string::npos);
}

TEST_CASE("a matrix of another shape is refused") {
  const ScratchFolder folder;
  for (const json& values : {json::parse("[[0.1, 0.2], [0.3, 0.4]]"), json::parse("[]"),
                             json::parse("[[0.1, 0.2], [0.3], [0.4, 0.5]]")}) {
    Result result = Measured("er", 1, kForgets);
    result.records["accuracy"].values = values;
    CHECK_THROWS_WITH(RecordsOf(result, "here"), Catch::Contains("'accuracy' is not as long"));
  }
  Result result = Measured("er", 1, kForgets);
  result.records["looks"] = {{"look", "on"}, "fraction", {{0.5, 0.5}}};
  CHECK_THROWS_WITH(RecordsOf(result, "here"), Catch::Contains("'looks'"));
  result.records["looks.experience"] = {{"look"}, "experience", {nullptr}};
  CHECK_THROWS_WITH(RecordsOf(result, "here"), Catch::Contains("'looks.experience'"));
  result.records["looks.experience"].values = {1U};
  CHECK(RecordsOf(result, "here").now == std::vector<std::size_t>{1});
}

}  // namespace
}  // namespace plasticity
