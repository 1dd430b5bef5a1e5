#pragma once

#include <filesystem>
#include <ostream>
#include <string>

#include "suite/base/result.h"

namespace plasticity {

/// `plasticity import`.
struct ImportCommand {
  std::filesystem::path file;
  std::string from;  ///< a format (matrix_files.h)
  std::string rule;
  std::string strategy;
  int seed = 0;
  std::string data;  ///< this, scenario and setting, or `like`
  std::string scenario;
  std::string setting;
  std::filesystem::path like;  ///< a Result measured under the same conditions
  bool percent = false;
  int run = 0;
  std::filesystem::path results = "results";
};

/// The Result of another tool's run: `continual`, state ok, with the accuracy matrix and what
/// metrics it gives. request.rule.imported says which tool, so that it is no cell of ours and has a
/// row of its own, and `rule` which file; it is never ranked. What the tool does not tell is
/// absent. With `like` the conditions are that Result's, on whose board it then stands. Throws
/// InputError for a file that cannot be read as that format, and options that do not go together.
Result ImportedResult(const ImportCommand& command);

/// Saves it and says so on `out`. Throws InputError where such a Result is there already.
void Import(const ImportCommand& command, std::ostream& out);

}  // namespace plasticity
