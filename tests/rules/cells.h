#pragma once

#include "suite/program/rule_cell.h"
#include "tests/one_thread.h"

namespace plasticity::testing {

using plasticity::Gratings;
using plasticity::RuleCell;
using plasticity::TinyConvolutions;
using plasticity::TinyDense;

}  // namespace plasticity::testing
