#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

#include "suite/readout.h"

namespace plasticity {

/// Rows [n, features] of length 1.
at::Tensor OnSphere(const at::Tensor& rows);

/// The places of `count` rows [n, features], or of all where there are fewer, chosen one by one so
/// that the mean of the chosen comes as close to the mean of all as it can (Welling 2009). Of equal
/// ones the first.
std::vector<std::int64_t> Herd(const at::Tensor& rows, std::int64_t count);

/// A class's mean [features], of length 1, of its exemplars' features [n, features]; and of those
/// of their mirror images, where they are given.
at::Tensor ExemplarMean(const at::Tensor& features, const at::Tensor& mirrored = {});

/// The class whose exemplars' mean is nearest to an image's features, both of length 1.
class NearestExemplars final : public Readout {
 public:
  void Attach(const RuleInfo&, Network&, std::int64_t, std::int64_t) override {}
  /// Minus the squared distances; minus infinity for a class without exemplars.
  at::Tensor Scores(const at::Tensor& features) override;
  void Visit(StateVisitor& visitor) override { visitor.Tensor("means", means_); }

  /// Whether there is any mean yet.
  bool ready() const { return means_.defined(); }
  /// From now on the classes' means are these, [classes, features]; nan for a class without
  /// exemplars.
  void SetMeans(const at::Tensor& means) { means_ = means; }

 private:
  at::Tensor means_;
};

}  // namespace plasticity
