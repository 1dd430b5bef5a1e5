#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "suite/registry.h"

namespace plasticity {

/// What a file of rules/networks states.
struct NetworkInfo {
  std::string name;     ///< as `--network` takes it
  std::string summary;  ///< one line
  nlohmann::json spec;  ///< the whole file, as docs/protocol.md describes networks
};

/// A network that has a name: rules/networks/NAME.json, which the build puts into the engine.
class NetworkPreset {
 public:
  /// The kind's name.
  static constexpr const char* kKind = "network";
  /// What an entry says about itself.
  using Info = NetworkInfo;
};

/// All networks that the program knows.
template <>
Registry<NetworkPreset>& Registry<NetworkPreset>::Get();

/// `describe` shows the description itself, to copy and change.
std::vector<Fact> FactsOf(const NetworkInfo& info);

namespace internal {

/// Registers the network that `text`, a file of rules/networks, describes.
bool AddNetwork(const char* text);

}  // namespace internal
}  // namespace plasticity
