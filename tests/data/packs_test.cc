// The real data, where PLASTICITY_DATA or the system has it. Decoding goes to the user's own cache,
// so that only the first run takes its time.

#include <catch2/catch.hpp>
#include <chrono>

#include "tasks/data/cache.h"
#include "tasks/data/sources.h"
#include "tests/data/support.h"

using namespace plasticity;
using namespace plasticity::testing;

namespace {

// The set, or nothing where this machine lacks it.
std::shared_ptr<const Dataset> OpenReal(const std::string& name) {
  if (!HaveDataset(name)) {
    WARN("skipped: no data for " << name);
    return nullptr;
  }
  return OpenDataset(name);
}

void CheckWhole(const Dataset& set, std::int64_t train, std::int64_t test, std::size_t classes) {
  CHECK(set.train->count() == train);
  CHECK(set.test->count() == test);
  CHECK(set.class_names.size() == classes);
  for (const auto& split : {set.train, set.test}) {
    std::vector<std::int64_t> counts(classes);
    for (std::int64_t i = 0; i < split->count(); ++i) ++counts.at(split->Label(i));
    for (const std::int64_t count : counts) {
      CHECK(count == split->count() / static_cast<std::int64_t>(classes));
    }
  }
}

void CheckMoments(const Dataset& set, const std::vector<float>& mean,
                  const std::vector<float>& stddev, double margin) {
  for (std::size_t c = 0; c < mean.size(); ++c) {
    CHECK(set.mean[c] == Approx(mean[c]).margin(margin));
    CHECK(set.stddev[c] == Approx(stddev[c]).margin(margin));
  }
}

}  // namespace

TEST_CASE("The machine's CIFAR-10 has the published sizes, mean and deviation", "[data]") {
  const auto set = OpenReal("cifar10");
  if (!set) return;
  CheckWhole(*set, 50000, 10000, 10);
  const bool is_exact = set->origin != "re-encoded images";
  CheckMoments(*set, {0.4914f, 0.4822f, 0.4465f}, {0.2470f, 0.2435f, 0.2616f},
               is_exact ? 5.1e-5 : 0.01);
}

TEST_CASE("The machine's CIFAR-100 has the published sizes, mean and deviation", "[data]") {
  const auto set = OpenReal("cifar100");
  if (!set) return;
  CheckWhole(*set, 50000, 10000, 100);
  const bool is_exact = set->origin != "re-encoded images";
  CheckMoments(*set, {0.5071f, 0.4865f, 0.4409f}, {0.2673f, 0.2564f, 0.2762f},
               is_exact ? 1e-4 : 0.01);
}

TEST_CASE("The machine's Tiny-ImageNet-200 has 200 balanced classes", "[data]") {
  const auto set = OpenReal("tiny-imagenet-200");
  if (!set) return;
  CheckWhole(*set, set->train->count(), 10000, 200);
  CheckMoments(*set, {0.4802f, 0.4481f, 0.3975f}, {0.2770f, 0.2691f, 0.2821f}, 0.02);
}

TEST_CASE("Debian's Fashion-MNIST has the published sizes, mean and deviation", "[data]") {
  if (!fs::exists("/usr/share/datasets/fashion-mnist")) {
    WARN("skipped: no /usr/share/datasets/fashion-mnist");
    return;
  }
  const Sandbox sandbox;
  const auto set = OpenDataset("fashion-mnist");
  CHECK(set->origin == "idx");
  CheckWhole(*set, 60000, 10000, 10);
  CheckMoments(*set, {0.2860f}, {0.3530f}, 5.1e-5);
  CHECK(set->train->Label(0) == 9);
  CHECK(Fingerprint(*set) == set->fingerprint);
}
