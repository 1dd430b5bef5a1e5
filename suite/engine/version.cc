#include "suite/engine/version.h"

#include "plasticity_version.h"  // made at each build by cmake/version.cmake

namespace plasticity {

BuildInfo ThisBuild() {
  return {.version = PLASTICITY_VERSION,
          .commit = PLASTICITY_COMMIT,
          .dirty = PLASTICITY_DIRTY,
          .build_type = PLASTICITY_BUILD_TYPE,
          .compiler = PLASTICITY_COMPILER,
          .flags = PLASTICITY_FLAGS};
}

}  // namespace plasticity
