#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>

namespace plasticity {

/// The digest of a tuning's record: of all that it holds but the digest itself.
std::string TunedDigest(const nlohmann::json& record);

/// Throws InputError unless `record`, which settings have under "tuned", is as `plasticity tune`
/// wrote it, is of this rule, and was chosen by other seeds than this one, and unless `set` leaves
/// what it chose as it is.
void CheckTuned(const nlohmann::json& record, const std::string& rule, const nlohmann::json& set,
                std::uint64_t seed);

/// What the request of a tuned cell says of its rule: {digest, trials, images}.
nlohmann::json TunedInRequest(const nlohmann::json& record);

}  // namespace plasticity
