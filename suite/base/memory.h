#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace plasticity {

/// Bytes of a tensor of that shape whose values take `each` bytes; nothing where a size is negative
/// or the product passes 63 bits.
std::optional<std::int64_t> TensorBytes(const std::vector<std::int64_t>& shape, std::int64_t each);

/// Throws InputError where `bytes` are more than this machine's memory, before anybody asks for
/// them. `what` starts the message: "network mine, block 1: its weights".
void CheckMemory(double bytes, const std::string& what);

}  // namespace plasticity
