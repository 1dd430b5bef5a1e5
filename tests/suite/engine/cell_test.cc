#include "suite/engine/cell.h"

#include <catch2/catch.hpp>

#include "suite/base/error.h"

namespace plasticity {
namespace {

// The blocks of a cell's network, or the complaint.
nlohmann::json Blocks(const nlohmann::json& network_set) {
  nlohmann::json set;
  for (const auto& [key, value] : network_set.items()) set["network." + key] = value;
  const Cell cell = MakeCell({{"rule", "hebb"}, {"data", "fashion-mnist"}, {"set", set}}, 1, "cpu");
  return cell.request.at("network").at("blocks");
}

TEST_CASE("network.activation takes the place of every block's activation", "[data]") {
  if (!HaveDataset("fashion-mnist")) {
    WARN("skipped: no data");
    return;
  }
  for (const nlohmann::json& block : Blocks({{"activation", "triangle"}}))
    CHECK(block.at("ops").at(2) == nlohmann::json{{"op", "triangle"}});
  const nlohmann::json repu = {{"op", "repu"}, {"power", 3}};
  for (const nlohmann::json& block : Blocks({{"activation", repu}}))
    CHECK(block.at("ops").at(2) == repu);
  CHECK_THROWS_WITH(Blocks({{"activation", "loud"}}), Catch::Contains("leaky_relu"));
  CHECK_THROWS_WITH(Blocks({{"height", 3}}), Catch::Contains("activation"));
}

TEST_CASE("network.depth keeps the first blocks", "[data]") {
  if (!HaveDataset("fashion-mnist")) {
    WARN("skipped: no data");
    return;
  }
  const nlohmann::json all = Blocks({{"width", 0.25}});
  REQUIRE(all.size() == 3);
  CHECK(Blocks({{"depth", 2}, {"width", 0.25}}) == nlohmann::json{all[0], all[1]});
  for (const nlohmann::json& depth : {nlohmann::json(0), nlohmann::json(4), nlohmann::json("2")})
    CHECK_THROWS_WITH(Blocks({{"depth", depth}}), Catch::Contains("1 to 3 blocks"));
}

TEST_CASE("a rule runs a task that its own protocol cannot be done in", "[data]") {
  if (!HaveDataset("fashion-mnist")) {
    WARN("skipped: no data");
    return;
  }
  nlohmann::json settings = {
      {"rule", "sphere"}, {"task", "learning-curve"}, {"data", "fashion-mnist"}};
  CHECK(MakeCell(settings, 1, "cpu").track == "common");
  settings["track"] = "native";  // which sets no validation images aside
  CHECK_THROWS_WITH(MakeCell(settings, 1, "cpu"), Catch::Contains("looks need validation images"));
}

}  // namespace
}  // namespace plasticity
