#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

namespace plasticity {

/// How cells are run, whatever they are.
struct EngineOptions {
  std::filesystem::path results = "results";
  std::string device = "auto";
  int threads = 0;                 ///< 0: one a core
  int data_memory = 0;             ///< MiB of decoded images that a data set may take; 0: no limit
  double checkpoint_every_s = 60;  ///< seconds between checkpoints; 0: at every step
  std::filesystem::path log;       ///< folder for what happens in cells as they run; "": none
  std::filesystem::path profile;   ///< folder for what cells' time goes to; "": none
  bool cuda_graphs = false;        ///< replay steps that are alike
  bool again = false;              ///< run finished cells anew
  bool keep_network = false;       ///< the first learner's network, as an artifact of the Result

  /// OpenDataset's `memory`.
  std::int64_t data_bytes() const { return std::int64_t{data_memory} << 20; }
};

}  // namespace plasticity
