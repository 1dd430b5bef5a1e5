#pragma once

#include "suite/state.h"

namespace plasticity {

class Learner;

/// A learner's network, rule and readout as they stand; not its strategy.
Snapshot StateOf(Learner& learner);

/// Puts what StateOf gave back, into that learner or one like it.
void PutBack(Learner& learner, const Snapshot& state);

/// Visits a snapshot that a part keeps, as state of its own.
void VisitSnapshot(StateVisitor& visitor, Snapshot& snapshot);

}  // namespace plasticity
