#pragma once

#include <filesystem>
#include <ostream>
#include <string>
#include <vector>

namespace plasticity {

/// `plasticity metrics`.
struct MetricsCommand {
  std::vector<std::filesystem::path> results;  ///< files, or folders of them
  std::filesystem::path reference;  ///< a Result of joint or cumulative; empty: no intransigence
  std::string format = "terminal";  ///< or json
};

/// Computes every metric of a stream anew from the records of Results and writes them to `out`,
/// with what a Result says otherwise. A folder's Results of other tasks are passed over. Returns
/// the exit code: 1 where a stored value is not what its records give. Throws InputError for a file
/// without an accuracy matrix, a folder without any such, an unknown format, and a reference that
/// is of none of the streams.
int ShowMetrics(const MetricsCommand& command, std::ostream& out);

}  // namespace plasticity
