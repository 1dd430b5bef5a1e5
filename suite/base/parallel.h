#pragma once

#include <cstddef>
#include <functional>

namespace plasticity {

/// Calls `work` once with each index below `count`, on as many threads as there are cores, fewer
/// where one would have less than `worth_a_thread` calls to make. Throws what the call with the
/// lowest index threw; calls with higher ones may then be missing.
void ForEachIndex(std::size_t count, std::size_t worth_a_thread,
                  const std::function<void(std::size_t)>& work);

}  // namespace plasticity
