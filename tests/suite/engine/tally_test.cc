#include "suite/engine/tally.h"

#include <ATen/ATen.h>

#include <catch2/catch.hpp>
#include <limits>

#include "suite/engine/session.h"
#include "tests/one_thread.h"

namespace plasticity {
namespace {

TEST_CASE("a tally counts right answers, the top five, confusion and calibration") {
  Tally tally(6, true);
  // Certain and right; certain and wrong; six equal scores: the first class, and the first five.
  at::Tensor scores = at::zeros({3, 6});
  scores[0][2] = 100;
  scores[1][2] = 100;
  tally.Add(scores, at::tensor({2, 1, 5}, at::kLong));
  const Judgement judgement = tally.Finish();
  CHECK(judgement.count == 3);
  CHECK(judgement.right == 1);
  CHECK(judgement.right_of_top5 == 2);
  CHECK(*judgement.accuracy() == Approx(1.0 / 3));
  CHECK(*judgement.chance() == Approx(1.0 / 6));
  CHECK(*judgement.chance_of_top5() == Approx(5.0 / 6));
  CHECK(judgement.confusion[1][2] == 1);
  CHECK(judgement.confusion[5][0] == 1);
  CHECK(judgement.predicted == std::vector<int>{2, 2, 0});
  CHECK(judgement.hits == std::vector<bool>{true, false, false});
  // |2 - 1| in the bin of confidence 1, |1/6 - 0| in that of 1/6.
  CHECK(*judgement.calibration_error == Approx((1 + 1.0 / 6) / 3));
  const Judgement kept = JudgementFromJson(nlohmann::json::parse(ToJson(judgement).dump()));
  CHECK(ToJson(kept) == ToJson(judgement));
  nlohmann::json older = ToJson(judgement);  // a checkpoint from before chance was counted
  older.erase("guessed");
  older.erase("guessed_of_top5");
  CHECK(*JudgementFromJson(older).accuracy() == *judgement.accuracy());
  CHECK_FALSE(JudgementFromJson(older).chance());
}

TEST_CASE("classes that are no candidates are never chosen, and other infinities are divergence") {
  Tally tally(3, false);
  const float none = -std::numeric_limits<float>::infinity();
  tally.Add(at::tensor({none, -5.0f, -7.0f}).view({1, 3}), at::tensor({0}, at::kLong));
  CHECK(tally.Finish().predicted == std::vector<int>{1});
  CHECK(*tally.Finish().chance() == Approx(0.5));
  CHECK_FALSE(tally.Finish().chance_of_top5());  // two are left, and five guesses
  CHECK_FALSE(tally.Finish().calibration_error);
  CHECK_THROWS_AS(tally.Add(at::full({1, 3}, std::numeric_limits<float>::quiet_NaN()),
                            at::tensor({0}, at::kLong)),
                  Diverged);
  CHECK_THROWS_AS(tally.Add(at::full({1, 3}, -none), at::tensor({0}, at::kLong)), Diverged);
}

TEST_CASE("an empty tally has no accuracy") {
  const Judgement judgement = Tally(3, true).Finish();
  CHECK_FALSE(judgement.accuracy());
  CHECK_FALSE(judgement.chance());
  CHECK_FALSE(judgement.top5());
  CHECK_FALSE(judgement.calibration_error);
}

}  // namespace
}  // namespace plasticity
