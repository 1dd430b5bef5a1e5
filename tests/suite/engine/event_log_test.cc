// What a cell's log says while it runs, and after it was stopped and went on.
#include "suite/engine/event_log.h"

#include <boost/crc.hpp>
#include <catch2/catch.hpp>
#include <chrono>
#include <cstring>
#include <map>
#include <protozero/pbf_reader.hpp>
#include <set>
#include <sstream>
#include <thread>

#include "suite/base/files.h"
#include "suite/engine/cell_lab.h"
#include "suite/engine/runner.h"
#include "tests/suite/engine/toy.h"

namespace plasticity {
namespace {

using testing::Part;
using testing::TemporaryFolder;
using testing::ToyCell;
using testing::ToyTask;

namespace fs = std::filesystem;

// The values of each name by step; of a step that was logged again the later.
using Scalars = std::map<std::string, std::map<std::int64_t, float>>;

std::vector<nlohmann::json> LinesOf(const fs::path& folder) {
  std::vector<nlohmann::json> lines;
  std::istringstream file(ReadFile(folder / "events.jsonl"));
  for (std::string line; std::getline(file, line);) lines.push_back(nlohmann::json::parse(line));
  return lines;
}

Scalars ScalarsOf(const std::vector<nlohmann::json>& lines) {
  Scalars scalars;
  for (const nlohmann::json& line : lines) {
    if (line.at("event") == "scalar")
      scalars[line.at("name")][line.at("step")] = line.at("value").get<float>();
  }
  return scalars;
}

template <typename Number>
Number Take(std::string_view& bytes) {
  Number number;
  REQUIRE(bytes.size() >= sizeof number);
  std::memcpy(&number, bytes.data(), sizeof number);
  bytes.remove_prefix(sizeof number);
  return number;
}

std::uint32_t Crc(std::string_view bytes) {
  boost::crc_optimal<32, 0x1EDC6F41, 0xFFFFFFFF, 0xFFFFFFFF, true, true> crc;
  crc.process_bytes(bytes.data(), bytes.size());
  return (crc.checksum() >> 15 | crc.checksum() << 17) + 0xA282EAD8U;
}

// Reads event files as TensorBoard does: where a session starts, what was said of its step and
// later is forgotten.
void ReadEvents(std::string_view bytes, Scalars& scalars) {
  while (!bytes.empty()) {
    const std::string_view length_bytes = bytes.substr(0, 8);
    const auto length = Take<std::uint64_t>(bytes);
    REQUIRE(Take<std::uint32_t>(bytes) == Crc(length_bytes));
    REQUIRE(bytes.size() >= length);
    const std::string event_bytes(bytes.substr(0, length));
    bytes.remove_prefix(length);
    REQUIRE(Take<std::uint32_t>(bytes) == Crc(event_bytes));
    std::int64_t step = 0;
    for (protozero::pbf_reader event(event_bytes); event.next();) {
      if (event.tag() == 2) {
        step = event.get_int64();
      } else if (event.tag() == 7) {
        for (auto& [name, values] : scalars) values.erase(values.lower_bound(step), values.end());
        event.skip();
      } else if (event.tag() == 5) {
        protozero::pbf_reader summary = event.get_message();
        REQUIRE(summary.next(1));
        std::string name;
        for (protozero::pbf_reader value = summary.get_message(); value.next();) {
          if (value.tag() == 1)
            name = value.get_string();
          else if (value.tag() == 2)
            scalars[name][step] = value.get_float();
          else
            value.skip();
        }
      } else {
        event.skip();
      }
    }
  }
}

Scalars OfTensorBoard(const fs::path& folder) {
  std::set<fs::path> files;  // by name, which begins with the time
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (entry.path().filename().string().find("tfevents") != std::string::npos)
      files.insert(entry.path());
  }
  Scalars scalars;
  for (const fs::path& file : files) ReadEvents(ReadFile(file), scalars);
  return scalars;
}

fs::path OnlyFolderIn(const fs::path& folder) {
  std::vector<fs::path> found;
  for (const auto& entry : fs::directory_iterator(folder)) found.push_back(entry.path());
  REQUIRE(found.size() == 1);
  return found.front();
}

Cell LoggedCell() { return ToyCell(Part<Rule>("oja"), Part<Readout>("online"), ToyTask()); }

TEST_CASE("a log has the numbers of a cell as they came, as lines and for TensorBoard alike") {
  const TemporaryFolder folder;
  const Cell cell = LoggedCell();
  const CellOutcome outcome =
      RunCell(cell, at::kCPU, {.results = folder.path / "results", .log = folder.path / "log"},
              Refusal::kThrow, "");
  const fs::path log = OnlyFolderIn(folder.path / "log");
  CHECK(log.filename() == "oja-" + cell.data->name + "-seed1-" + cell.run_id);
  const std::vector<nlohmann::json> lines = LinesOf(log);
  CHECK(lines.front().at("event") == "begin");
  CHECK(lines.front().at("request") == cell.request);
  CHECK(lines.back().at("event") == "end");
  CHECK(lines.back().at("state") == "ok");
  const Scalars scalars = ScalarsOf(lines);
  CHECK(OfTensorBoard(log) == scalars);
  const nlohmann::json losses = outcome.result.records.at("loss.readout").values.ToJson();
  const auto& logged = scalars.at("epoch/loss.readout");
  REQUIRE(logged.size() == losses.size());
  CHECK(logged.rbegin()->second == losses.back().get<float>());
  CHECK(scalars.at("step/loss.readout").begin()->first == 1);
  CHECK(scalars.count("step/weight_size.block0") == 1);
  CHECK(scalars.at("end/accuracy.test").begin()->second ==
        static_cast<float>(*outcome.result.metrics.at("accuracy.test").value));
}

TEST_CASE("the log of a cell that was stopped and went on says each step once") {
  const TemporaryFolder folder;
  const Cell cell = LoggedCell();
  const auto run = [&](const std::string& name, int stop_after) {
    ProgressBar silent("", false);
    EventLog log(folder.path / name, cell);
    Session session({.checkpoint = folder.path / (name + ".checkpoint"),
                     .checkpoint_every_s = 0,
                     .stop_after = stop_after,
                     .log = &log},
                    silent);
    CellLab lab(cell, at::kCPU, session, folder.path);
    lab.task().Run(lab);
  };
  run("whole", 0);
  CHECK_THROWS_AS(run("stopped", 5), Interrupted);
  std::this_thread::sleep_for(std::chrono::milliseconds(2));  // files are told apart by the time
  run("stopped", 0);
  const fs::path stopped = OnlyFolderIn(folder.path / "stopped");
  const std::vector<nlohmann::json> lines = LinesOf(stopped);
  std::vector<std::string> events;
  for (const nlohmann::json& line : lines) {
    if (line.at("event") != "scalar") events.push_back(line.at("event"));
  }
  CHECK(events == std::vector<std::string>{"begin", "stop", "resume"});
  const Scalars whole = OfTensorBoard(OnlyFolderIn(folder.path / "whole"));
  CHECK(OfTensorBoard(stopped) == whole);
  CHECK(ScalarsOf(lines) == whole);
}

}  // namespace
}  // namespace plasticity
