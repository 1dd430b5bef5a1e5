#pragma once

#include <cstdint>

namespace plasticity {

/// Columns of a panel: a matrix is cut into pieces of this width, whose rows lie behind one
/// another.
constexpr std::int64_t kPanel = 16;

/// c = keep c + a b of a panel b. Sums stay in registers; how many rows there are, or what computes
/// them, changes no bit of them. Where keep is 0, what was there is not read.
struct PanelProduct {
  std::int64_t rows;    ///< of a and c
  std::int64_t n;       ///< columns of a, rows of b
  const float* a;       ///< number i of row r is a[r * a_row + i * a_step]
  std::int64_t a_row;   ///< see a
  std::int64_t a_step;  ///< see a
  const float* b;       ///< [n, kPanel]
  float* c;             ///< [rows, kPanel], its rows c_row apart
  std::int64_t c_row;   ///< see c
  float keep;           ///< of what was in c
};

/// Takes it, in this thread.
void Multiply(const PanelProduct& product);

}  // namespace plasticity
