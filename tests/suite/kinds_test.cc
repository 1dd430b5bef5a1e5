// What walks all kinds can rely on: every kind is one of the list, and every part says what it is.
#include "suite/kinds.h"

#include <catch2/catch.hpp>
#include <set>

#include "suite/base/error.h"
#include "suite/network.h"
#include "suite/network_preset.h"

namespace plasticity {
namespace {

TEST_CASE("every kind has parts, and every part says what it is") {
  std::set<std::string_view> seen;
  for (const KindRegistry* kind : Kinds()) {
    CAPTURE(kind->kind().name);
    CHECK(&kind->kind() == &KindNamed(kind->kind().name));
    CHECK(seen.insert(kind->kind().name).second);
    CHECK_NOTHROW(kind->Check());
    for (const std::string& name : kind->Names()) {
      CAPTURE(name);
      CHECK(kind->Has(name));
      CHECK_FALSE(kind->Columns(name).back().text.empty());
      CHECK_FALSE(kind->Facts(name).front().text.empty());
      CHECK_NOTHROW(kind->Parameters(name));
    }
  }
}

TEST_CASE("a registry tells what is wrong with it") {
  Registry<NetworkPreset> networks;
  CHECK_THROWS_WITH(networks.Check(), Catch::Contains("no network is registered"));
  CHECK_THROWS_AS(networks.Find("mlp"), InputError);
  const auto add = [&] { networks.Add({{"mlp", "layers", {}}, [](Params&) { return nullptr; }}); };
  add();
  CHECK_NOTHROW(networks.Check());
  CHECK_THROWS_WITH(networks.Find("mpl"), Catch::Contains("Nearest: mlp"));
  add();
  CHECK_THROWS_WITH(networks.Check(), Catch::Contains("two networks are named 'mlp'"));
}

TEST_CASE("a registry holds names to one rule") {
  const auto check = [](const std::string& name) {
    Registry<NetworkPreset> networks;
    networks.Add({{name, "layers", {}}, [](Params&) { return nullptr; }});
    networks.Check();
  };
  for (const char* name : {"mlp", "sphere-cnn", "my_net_2", "v2"}) CHECK_NOTHROW(check(name));
  for (const char* name : {"", "Bad Name!", "2nd", "a--b", "a_", "../up", "Mlp", "mlp++"}) {
    CAPTURE(name);
    CHECK_THROWS_WITH(check(name), Catch::Contains("cannot be named '" + std::string(name) + "'") &&
                                       Catch::Contains("lower-case"));
  }
  CHECK_THROWS_WITH(check("all"), Catch::Contains("means something to the program"));
}

TEST_CASE("a constructor that throws is named") {
  Registry<NetworkPreset> networks;
  const auto add = [&](const std::string& name, void (*fail)()) {
    networks.Add({{name, "layers", {}}, [fail](Params&) {
                    fail();
                    return std::unique_ptr<NetworkPreset>();
                  }});
  };
  add("standard", [] { throw std::runtime_error("no\nway"); });
  add("number", [] { throw 42; });
  add("ours", [] { throw InputError("bad value."); });
  CHECK_THROWS_WITH(networks.Make("standard", nlohmann::json::object()),
                    "network standard: its constructor throws: no");
  CHECK_THROWS_WITH(networks.Make("number", nlohmann::json::object()),
                    "network number: its constructor throws an int");
  CHECK_THROWS_AS(networks.Make("ours", nlohmann::json::object()), InputError);
  CHECK_THROWS_WITH(networks.Make("ours", nlohmann::json::object()), "bad value.");
}

TEST_CASE("where a network comes from is no part of a request") {
  const Registry<NetworkPreset>& networks = Registry<NetworkPreset>::Get();
  CHECK(networks.Find("sphere-cnn").info.spec.contains("source"));
  for (const std::string& name : networks.Names()) {
    nlohmann::json spec = networks.Find(name).info.spec;
    spec.erase("source");
    CHECK(NetworkSpec(name) == spec);
    CHECK(spec.at("width") == 1.0);
  }
}

}  // namespace
}  // namespace plasticity
