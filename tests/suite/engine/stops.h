#pragma once

#include <catch2/catch.hpp>

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

/// Stops the cell at every of its checkpoints in turn, and resumes it.
inline void CheckEveryStop(const Cell& cell) {
  const TemporaryFolder unbroken_folder;
  Result unbroken;
  REQUIRE(RunToy(cell, unbroken_folder.path, 0, &unbroken));
  int stops = 0;
  for (int stop_after = 1;; ++stop_after) {
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
  CHECK(stops > 5);  // steps of the rule, of the readout, and the stages' ends
}

}  // namespace plasticity::testing
