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
