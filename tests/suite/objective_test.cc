#include "suite/objective.h"

#include <ATen/ATen.h>

#include <catch2/catch.hpp>
#include <cmath>

#include "tests/one_thread.h"

namespace plasticity {
namespace {

at::Tensor Scores() { return at::tensor({1.0f, 2.0f, 3.0f, 0.0f, 0.0f, 5.0f}).view({2, 3}); }

TEST_CASE("the label loss is the mean cross-entropy, and its slope softmax minus one-hot over n") {
  const at::Tensor labels = at::tensor({0, 2}, at::kLong);
  const Objective::Slope slope = Objective::Plain().SlopeAt(Scores(), {.labels = labels});
  const at::Tensor p = at::softmax(Scores(), 1);
  CHECK(slope.loss.item<double>() ==
        Approx(-(std::log(p[0][0].item<double>()) + std::log(p[1][2].item<double>())) / 2));
  CHECK(at::allclose(slope.error, (p - at::one_hot(labels, 3)) / 2));
  CHECK_FALSE(slope.loss.requires_grad());
}

TEST_CASE("classes that are no candidates have no part in the loss") {
  const at::Tensor labels = at::tensor({0, 2}, at::kLong);
  const at::Tensor candidates = at::tensor({1, 0, 1}, at::kFloat).to(at::kBool);
  const Batch batch{.labels = labels, .candidates = candidates};
  const Objective::Slope slope = Objective::Plain().SlopeAt(Scores(), batch);
  const at::Tensor two = Scores().index_select(1, at::tensor({0, 2}, at::kLong));
  const Objective::Slope alone =
      Objective::Plain().SlopeAt(two, {.labels = at::tensor({0, 1}, at::kLong)});
  CHECK(slope.loss.item<float>() == Approx(alone.loss.item<float>()));
  CHECK(at::equal(slope.error.select(1, 1), at::zeros({2})));
  CHECK(at::allclose(slope.error.select(1, 2), alone.error.select(1, 1)));
  // One row may have its own.
  Batch each = batch;
  each.candidates = at::tensor({1, 0, 1, 1, 1, 1}, at::kFloat).to(at::kBool).view({2, 3});
  const at::Tensor error = Objective::Plain().SlopeAt(Scores(), each).error;
  CHECK(error[0][1].item<float>() == 0);
  CHECK(error[1][1].item<float>() > 0);
}

TEST_CASE("what a strategy adds reaches the slope, and not the label loss") {
  class Squared final : public Objective {
   public:
    at::Tensor Loss(const at::Tensor& scores, const Batch& batch) const override {
      return LabelLoss(scores, batch) + scores.square().sum();
    }
  };
  const Batch batch{.labels = at::tensor({0, 2}, at::kLong)};
  const Squared squared;
  CHECK(at::allclose(squared.SlopeAt(Scores(), batch).error,
                     Objective::Plain().SlopeAt(Scores(), batch).error + 2 * Scores()));
  CHECK(
      at::equal(squared.LabelLoss(Scores(), batch), Objective::Plain().LabelLoss(Scores(), batch)));
}

}  // namespace
}  // namespace plasticity
