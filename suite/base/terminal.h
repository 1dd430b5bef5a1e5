#pragma once

namespace plasticity {

/// Whether standard output is a terminal that takes colours, and NO_COLOR does not refuse them.
bool ColorWanted();

/// The columns of the terminal that standard output is; 0 where it is none.
int TerminalWidth();

}  // namespace plasticity
