#include "suite/engine/tuned.h"

#include <fmt/format.h>

#include <algorithm>

#include "suite/base/error.h"
#include "suite/base/result.h"

namespace plasticity {

std::string TunedDigest(const nlohmann::json& record) {
  nlohmann::json digested = record;
  digested.erase("digest");
  return RunId(digested);
}

void CheckTuned(const nlohmann::json& record, const std::string& rule, const nlohmann::json& set,
                std::uint64_t seed) {
  if (!record.is_object() ||
      record.value("digest", nlohmann::json()) != nlohmann::json(TunedDigest(record))) {
    throw InputError(
        "\"tuned\" is not as `plasticity tune` wrote it. Values of your own stand in \"set\", "
        "without \"tuned\".");
  }
  if (record.at("rule") != rule) {
    throw InputError(fmt::format("the settings were tuned for {}, not for {}.",
                                 record.at("rule").get<std::string>(), rule));
  }
  for (const auto& [key, value] : record.at("set").items()) {
    if (!set.contains(key) || set.at(key) == value) continue;
    throw InputError(fmt::format(
        "{} is set to {}, and the tuning chose {}: leave out one of them, \"set\" or \"tuned\".",
        key, set.at(key).dump(), value.dump()));
  }
  for (const nlohmann::json& seen : record.at("seeds")) {
    if (seen == seed) {
      throw InputError(
          fmt::format("the settings were chosen by seed {}: report them by other seeds.", seed));
    }
  }
}

nlohmann::json TunedInRequest(const nlohmann::json& record) {
  return {{"digest", record.at("digest")},
          {"trials", record.at("trials")},
          {"images", record.at("images")}};
}

}  // namespace plasticity
