#pragma once

#include <ATen/core/Tensor.h>

namespace plasticity {

/// Rows of x [.., d] less `centre` [d] where that is defined, each divided by its length; a row of
/// zeros stays. With the mean of other classes' features as centre: "CL2N" of Wang et al. 2019,
/// SimpleShot (arXiv 1911.04623).
at::Tensor OnUnitSphere(const at::Tensor& x, const at::Tensor& centre);

/// The class of the nearest (Euclidean) class mean, [queries], for gallery [way, shot, d] and
/// query [queries, d].
at::Tensor NearestMean(const at::Tensor& gallery, const at::Tensor& query);

/// Scores [queries, way] of ridge regression on one-hot targets, whose intercept is not penalised,
/// for gallery [way, shot, d] and query [queries, d].
at::Tensor RidgeScores(const at::Tensor& gallery, const at::Tensor& query, double alpha);

}  // namespace plasticity
