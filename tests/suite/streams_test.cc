#include "suite/streams.h"

#include <ATen/core/PhiloxRNGEngine.h>

#include <algorithm>
#include <array>
#include <catch2/catch.hpp>
#include <cmath>
#include <map>
#include <numeric>
#include <set>
#include <vector>

#include "suite/philox.h"

namespace plasticity {
namespace {

using Bits = std::array<std::uint32_t, 4>;

double Mean(const std::vector<float>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

// The mean of (x - mean)^power.
double Moment(const std::vector<float>& values, int power) {
  const double mean = Mean(values);
  double sum = 0;
  for (const float value : values) sum += std::pow(value - mean, power);
  return sum / static_cast<double>(values.size());
}

double Correlation(const std::vector<float>& a, const std::vector<float>& b) {
  const double mean_a = Mean(a), mean_b = Mean(b);
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += (a[i] - mean_a) * (b[i] - mean_b);
  return sum / static_cast<double>(a.size()) / std::sqrt(Moment(a, 2) * Moment(b, 2));
}

std::vector<float> Uniforms(Stream stream, std::size_t count) {
  std::vector<float> values(count);
  stream.FillUniform(values.data(), count, 0, 1);
  return values;
}

TEST_CASE("the generator is Philox4x32-10") {
  // Random123's known answer for key and counter 0.
  CHECK(PhiloxBits(0, 0) == Bits{0x6627e8d5u, 0xe169c58du, 0xbc57ac4cu, 0x9b00dbd8u});
  // LibTorch's own implementation, at keys and counters that use all their bits.
  for (const std::uint64_t key : {std::uint64_t{0}, std::uint64_t{1},
                                  std::uint64_t{0xa4093822299f31d0u}, ~std::uint64_t{0}}) {
    for (const std::uint64_t position :
         {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{0xffffffffu},
          std::uint64_t{0x100000000u}, std::uint64_t{0x13198a2e03707344u}}) {
      at::Philox4_32 other(key, 0, position);
      const Bits expected = {other(), other(), other(), other()};
      CHECK(PhiloxBits(key, position) == expected);
    }
  }
}

TEST_CASE("a stream's numbers follow one another") {
  Stream stream(42);
  std::vector<std::uint32_t> drawn(12);
  for (std::uint32_t& number : drawn) number = stream.Next();
  for (std::size_t i = 0; i < drawn.size(); ++i) CHECK(drawn[i] == PhiloxBits(42, i / 4)[i % 4]);
}

TEST_CASE("each purpose, index and seed has a stream of its own") {
  std::set<Bits> firsts;
  std::size_t count = 0;
  for (const std::uint64_t seed : {0u, 1u, 2u, 1000u}) {
    for (const char* purpose : {"weights", "order", "dropout", "weights.head", ""}) {
      for (std::uint64_t index = 0; index < 50; ++index) {
        firsts.insert(PhiloxBits(Streams(seed).For(purpose, index).key(), 0));
        ++count;
      }
    }
  }
  CHECK(firsts.size() == count);
  CHECK(Streams(3).For("order", 4).key() == Streams(3).For("order", 4).key());

  const std::size_t draws = 20000;  // a correlation's standard error is 0.007
  const std::vector<float> weights = Uniforms(Streams(1).For("weights", 0), draws);
  for (const Stream& other :
       {Streams(1).For("weights", 1), Streams(1).For("order", 0), Streams(2).For("weights", 0)}) {
    CHECK(std::abs(Correlation(weights, Uniforms(other, draws))) < 0.035);
  }
}

TEST_CASE("uniform numbers fill their interval evenly") {
  const std::size_t count = 200000;
  std::vector<float> values(count);
  Stream(7).FillUniform(values.data(), count, -2, 3);
  CHECK(*std::min_element(values.begin(), values.end()) >= -2);
  CHECK(*std::max_element(values.begin(), values.end()) < 3);
  CHECK(Mean(values) == Approx(0.5).margin(0.015));            // standard error 0.0032
  CHECK(Moment(values, 2) == Approx(25.0 / 12).margin(0.02));  // standard error 0.0042
  std::array<int, 10> bins{};
  for (const float value : values) ++bins[static_cast<std::size_t>((value + 2) * 2)];
  for (const int bin : bins) CHECK(std::abs(bin - 20000) < 700);  // 5 standard deviations
  Stream stream(8);
  for (int i = 0; i < 1000; ++i) {
    const double value = stream.Uniform();
    CHECK((value >= 0 && value < 1));
  }
}

TEST_CASE("normal numbers have the normal moments") {
  const std::size_t count = GENERATE(200000u, 199999u);  // they are made in pairs
  std::vector<float> values(count + 1, 123.0f);
  Stream(9).FillNormal(values.data(), count, 1, 2);
  CHECK(values.back() == 123.0f);  // not one too many
  values.pop_back();
  CHECK(Mean(values) == Approx(1).margin(0.025));      // standard error 0.0045
  CHECK(Moment(values, 2) == Approx(4).margin(0.07));  // standard error 0.013
  CHECK(std::abs(Moment(values, 3)) < 0.25);           // standard error 0.044
  CHECK(Moment(values, 4) == Approx(48).margin(3));    // standard error 0.35
  std::vector<float> even, odd;
  for (std::size_t i = 0; i + 1 < values.size(); i += 2) {
    even.push_back(values[i]);
    odd.push_back(values[i + 1]);
  }
  CHECK(std::abs(Correlation(even, odd)) < 0.016);  // 5 standard errors
}

TEST_CASE("whole numbers below a limit are unbiased") {
  Stream stream(10);
  std::array<int, 7> counts{};
  for (int i = 0; i < 70000; ++i) ++counts.at(stream.Below(7));
  for (const int count : counts) CHECK(std::abs(count - 10000) < 470);  // 5 standard deviations
  for (int i = 0; i < 100; ++i) CHECK(stream.Below(1) == 0);
}

TEST_CASE("a permutation has every number once, in an order that the stream decides") {
  for (const std::int64_t count : {0, 1, 2, 1000}) {
    std::vector<std::int64_t> order = Stream(11).Permutation(count);
    CHECK(order == Stream(11).Permutation(count));
    std::sort(order.begin(), order.end());
    REQUIRE(order.size() == static_cast<std::size_t>(count));
    for (std::size_t i = 0; i < order.size(); ++i) CHECK(order[i] == static_cast<std::int64_t>(i));
  }
  CHECK(Stream(11).Permutation(1000) != Stream(12).Permutation(1000));
  std::map<std::vector<std::int64_t>, int> seen;  // of 3: all six orders, equally often
  Stream stream(13);
  for (int i = 0; i < 6000; ++i) ++seen[stream.Permutation(3)];
  CHECK(seen.size() == 6);
  for (const auto& [order, count] : seen)
    CHECK(std::abs(count - 1000) < 145);  // 5 standard deviations
}

TEST_CASE("some of many are different ones, each as likely as the next") {
  for (const auto& [count, all] : {std::pair<int, int>{0, 0}, {0, 5}, {5, 5}, {10, 1000}}) {
    std::vector<std::int64_t> some = Stream(11).Some(count, all);
    CHECK(some == Stream(11).Some(count, all));
    std::sort(some.begin(), some.end());
    CHECK(some.size() == static_cast<std::size_t>(count));
    CHECK(std::adjacent_find(some.begin(), some.end()) == some.end());
    if (count > 0) CHECK((some.front() >= 0 && some.back() < all));
  }
  std::map<std::vector<std::int64_t>, int> seen;  // 2 of 3: all six, equally often
  Stream stream(13);
  for (int i = 0; i < 6000; ++i) ++seen[stream.Some(2, 3)];
  CHECK(seen.size() == 6);
  for (const auto& [some, count] : seen)
    CHECK(std::abs(count - 1000) < 145);  // 5 standard deviations
}

}  // namespace
}  // namespace plasticity
