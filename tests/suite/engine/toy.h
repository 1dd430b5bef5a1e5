#pragma once

#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "suite/base/result.h"
#include "suite/engine/cell.h"
#include "suite/program/rule_cell.h"
#include "suite/readout.h"
#include "suite/rule.h"
#include "suite/task.h"
#include "tests/one_thread.h"

namespace plasticity::testing {

/// A part of a request, every parameter resolved.
template <typename Interface>
nlohmann::json Part(const std::string& name,
                    const nlohmann::json& given = nlohmann::json::object()) {
  nlohmann::json params;
  Registry<Interface>::Get().Make(name, given, &params);
  return {{"name", name}, {"params", params}};
}

/// A cell on gratings, of a tiny network: a moment's work, and no data set of the machine.
inline Cell ToyCell(const nlohmann::json& rule, const nlohmann::json& readout,
                    const nlohmann::json& task,
                    const nlohmann::json& network = TinyConvolutions()) {
  Cell cell;
  cell.data = GratingData();
  cell.request = {{"rule", rule},
                  {"readout", readout},
                  {"task", task},
                  {"network", network},
                  {"precision", "float32"},
                  {"seed", 1},
                  {"protocol_version", 1},
                  {"device_type", "cpu"},
                  {"data", {{"name", "gratings"}, {"version", 1}, {"fingerprint", "toy"}}}};
  cell.request["task"]["version"] =
      Registry<Task>::Get().Find(task.at("name").get<std::string>()).info.version;
  cell.request["network"]["width"] = 1.0;
  cell.run_id = RunId(cell.request);
  cell.track = "common";
  return cell;
}

/// Classification with few images: an epoch and a half of learning, half of the images labelled.
inline nlohmann::json ToyTask(const nlohmann::json& given = nlohmann::json::object()) {
  nlohmann::json params = {{"samples", 90}, {"validation_images", 1140}, {"labelled_images", 30}};
  params.update(given);
  return Part<Task>("classification", params);
}

/// What a cell measured, without what it cost.
inline nlohmann::json Measured(const Result& result) {
  const nlohmann::json json = ToJson(result);
  return {json.at("metrics"), json.at("records"), json.at("predictions")};
}

/// A folder that goes with it.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string pattern =
        (std::filesystem::temp_directory_path() / "plasticity-engine-test-XXXXXX").string();
    path = ::mkdtemp(pattern.data());
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  std::filesystem::path path;
};

}  // namespace plasticity::testing
