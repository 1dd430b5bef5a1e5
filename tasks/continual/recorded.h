#pragma once

#include <string>

#include "suite/base/result.h"
#include "tasks/continual/metrics.h"

namespace plasticity {

/// Whether it has an accuracy matrix of a stream: the record `accuracy` with axes after and on.
bool HasAccuracyMatrix(const Result& result);

/// The records that metrics are computed from. Throws InputError naming `where` for a Result
/// without an accuracy matrix, or with one that is not [T + 1][T].
StreamRecords RecordsOf(const Result& result, const std::string& where);

/// Puts an accuracy matrix into a Result, and every metric that it gives.
void PutAccuracy(const AccuracyMatrix& accuracy, Result& result);

/// "softhebb + er on cifar10, seed 1".
std::string CellName(const Result& result);

}  // namespace plasticity
