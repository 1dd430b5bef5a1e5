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

/// Stops the cell at every one of its checkpoints, one after another, each time resuming what was
/// left: what a checkpoint forgets anywhere is missing at the end.
inline void CheckEveryStop(const Cell& cell) {
  const TemporaryFolder unbroken_folder;
  Result unbroken;
  REQUIRE(RunToy(cell, unbroken_folder.path, 0, &unbroken));
  const TemporaryFolder folder;
  Result result;
  int stops = 0;
  while (!RunToy(cell, folder.path, 1, &result)) REQUIRE(++stops < 10000);
  CHECK(Measured(result) == Measured(unbroken));
  CHECK(result.cost.resumed == stops);
  CHECK(result.cost.samples_seen == unbroken.cost.samples_seen);
  CHECK(stops > 5);  // steps of the rule, of the readout, and the stages' ends
}

}  // namespace plasticity::testing
