#include "suite/base/parallel.h"

#include <algorithm>
#include <exception>
#include <thread>
#include <vector>

namespace plasticity {

void ForEachIndex(std::size_t count, std::size_t worth_a_thread,
                  const std::function<void(std::size_t)>& work) {
  const std::size_t threads = std::clamp<std::size_t>(
      std::thread::hardware_concurrency(), 1,
      std::max<std::size_t>(1, count / std::max<std::size_t>(1, worth_a_thread)));
  struct Failure {
    std::size_t index = 0;
    std::exception_ptr error;
  };
  std::vector<Failure> failures(threads);  // of each thread, which ends with it
  const auto every = [&](std::size_t first) {
    std::size_t i = first;
    try {
      for (; i < count; i += threads) work(i);
    } catch (...) {
      failures[first] = {i, std::current_exception()};
    }
  };
  {
    std::vector<std::jthread> others;
    for (std::size_t i = 1; i < threads; ++i) others.emplace_back(every, i);
    every(0);
  }
  const Failure* lowest = nullptr;
  for (const Failure& failure : failures) {
    if (failure.error && (lowest == nullptr || failure.index < lowest->index)) lowest = &failure;
  }
  if (lowest != nullptr) std::rethrow_exception(lowest->error);
}

}  // namespace plasticity
