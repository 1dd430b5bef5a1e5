#pragma once

#include <string>
#include <vector>

#include "tasks/continual/metrics.h"

namespace plasticity {

/// What another tool wrote, and what to look for in it.
struct MatrixFile {
  std::string name;      ///< for messages
  std::string text;      ///< all of it
  std::string setting;   ///< "task-incremental", ...: which matrix, where the tool writes several
  bool percent = false;  ///< a CSV matrix holds 0 to 100
  int run = 0;           ///< which of the runs in the file, from 1; 0: there is one
};

/// A format of accuracy matrices.
struct MatrixFormat {
  std::string name;      ///< as --from takes it: "avalanche"
  std::string what;      ///< "Avalanche's CSVLogger, eval_results.csv"
  bool several = false;  ///< whether a file may hold several runs
  /// The matrix [T + 1][T] as fractions, NaN where the file tells nothing. Throws InputError naming
  /// file and line for what is no such file, and for an accuracy that is not between 0 and 1 (or
  /// 100
  /// %).
  AccuracyMatrix (*read)(const MatrixFile&);
};

/// All of them.
const std::vector<MatrixFormat>& MatrixFormats();

/// The format of that name. Throws InputError for another.
const MatrixFormat& FindMatrixFormat(const std::string& name);

}  // namespace plasticity
