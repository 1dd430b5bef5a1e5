#include "suite/network_preset.h"

#include <filesystem>

#include "suite/base/error.h"
#include "suite/base/json_text.h"
#include "suite/base/text.h"
#include "suite/network.h"

namespace plasticity {

template <>
Registry<NetworkPreset>& Registry<NetworkPreset>::Get() {
  static Registry<NetworkPreset> registry;
  return registry;
}

std::vector<Fact> FactsOf(const NetworkInfo& info) { return {{"", info.spec.dump(2)}}; }

namespace internal {

bool AddNetwork(const char* text) {
  nlohmann::json spec = nlohmann::json::parse(text);
  if (!spec.contains("width")) spec["width"] = 1.0;
  // All is in the description; there is nothing to make.
  Registry<NetworkPreset>::Get().Add(
      {{spec.at("name"), spec.at("summary"), spec}, [](Params&) { return nullptr; }});
  return true;
}

}  // namespace internal

std::vector<std::string> NetworkPresets() { return Registry<NetworkPreset>::Get().Names(); }

nlohmann::json NetworkSpec(const std::string& name) {
  nlohmann::json spec;
  if (Registry<NetworkPreset>::Get().Has(name)) {
    spec = Registry<NetworkPreset>::Get().Find(name).info.spec;
  } else if (name.find(".json") == std::string::npos) {
    throw InputError("no network named '" + name + "'." + NearestHint(name, NetworkPresets()) +
                     " `plasticity list networks` shows all; a path of a JSON file works too.");
  } else {
    spec = ReadJson(name);
    if (!spec.is_object())
      throw InputError(name + " is not a JSON object that describes a network.");
    if (!spec.contains("name")) spec["name"] = std::filesystem::path(name).stem().string();
    if (!spec.contains("width")) spec["width"] = 1.0;
  }
  spec.erase("source");  // where a network comes from is no part of what it is
  return spec;
}

}  // namespace plasticity
