cmake_minimum_required(VERSION 3.25)
# Run at each build: writes plasticity_version.h when the commit, or whether the tree is clean, changed.
execute_process(COMMAND git rev-parse --short=12 HEAD WORKING_DIRECTORY "${SOURCE}"
  OUTPUT_VARIABLE commit OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET RESULT_VARIABLE failed)
if(failed)
  set(commit "unknown")
endif()
execute_process(COMMAND git status --porcelain --untracked-files=no WORKING_DIRECTORY "${SOURCE}"
  OUTPUT_VARIABLE changes ERROR_QUIET)
if(changes)
  set(dirty true)
else()
  set(dirty false)
endif()
file(CONFIGURE OUTPUT "${OUTPUT}" @ONLY CONTENT "#define PLASTICITY_VERSION \"@VERSION@\"
#define PLASTICITY_COMMIT \"@commit@\"
#define PLASTICITY_DIRTY @dirty@
#define PLASTICITY_BUILD_TYPE \"@BUILD_TYPE@\"
#define PLASTICITY_COMPILER \"@COMPILER@\"
#define PLASTICITY_FLAGS \"@FLAGS@\"
")
