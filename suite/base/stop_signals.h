#pragma once

#include <csignal>

namespace plasticity {

/// What asks a program to stop: Ctrl-C, a scheduler, a terminal that was closed.
inline constexpr int kStopSignals[] = {SIGINT, SIGTERM, SIGHUP};

/// Holds stop signals back until somebody is there who can answer them, or lets those through that
/// came meanwhile.
void HoldStopSignals(bool hold);

}  // namespace plasticity
