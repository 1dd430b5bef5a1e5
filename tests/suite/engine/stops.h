#pragma once

#include <catch2/catch.hpp>
#include <utility>

#include "suite/engine/cell_lab.h"
#include "tests/suite/engine/toy.h"

namespace plasticity::testing {

/// Runs a cell to its end or to its `stop_after`-th checkpoint; gives whether it ended.
inline bool RunToy(const Cell& cell, const std::filesystem::path& folder, int stop_after,
                   Result* result) {
  ProgressBar silent("", false);
  Session session({.checkpoint = folder / "checkpoint",
                   .checkpoint_every_s = 0,
                   .device = at::kCPU,
                   .stop_after = stop_after},
                  silent);
  CellLab lab(cell, at::kCPU, session, folder);
  bool ended = true;
  try {
    lab.task().Run(lab);
  } catch (const Interrupted&) {
    ended = false;
  }
  session.TakeTime();
  *result = session.result;
  return ended;
}

/// Stops the cell at its first checkpoints and at ever rarer later ones (1, 2, 3, 5, 8, 13, ...),
/// each time in a run of its own, and resumes it.
inline void CheckStops(const Cell& cell) {
  const TemporaryFolder unbroken_folder;
  Result unbroken;
  REQUIRE(RunToy(cell, unbroken_folder.path, 0, &unbroken));
  int stops = 0;
  for (int before = 1, stop_after = 1;; before = std::exchange(stop_after, stop_after + before)) {
    const TemporaryFolder folder;
    Result result;
    if (RunToy(cell, folder.path, stop_after, &result)) break;
    ++stops;
    REQUIRE(RunToy(cell, folder.path, 0, &result));
    CAPTURE(stop_after);
    REQUIRE(Measured(result) == Measured(unbroken));
    CHECK(result.cost.resumed == 1);
    CHECK(result.cost.samples_seen == unbroken.cost.samples_seen);
  }
  CHECK(stops > 3);  // in the rule's steps, the readout's, and behind stages' ends
}

}  // namespace plasticity::testing
