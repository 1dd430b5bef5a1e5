#pragma once

#include <string>

namespace plasticity {

/// What this build is.
struct BuildInfo {
  std::string version;
  std::string commit;  ///< git's, or "unknown"
  bool dirty = false;  ///< built from a tree with uncommitted changes
  std::string build_type;
  std::string compiler;
  std::string flags;  ///< the compiler's
};
BuildInfo ThisBuild();

}  // namespace plasticity
