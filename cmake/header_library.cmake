# plasticity_header_library(NAME HEADER): what a find module of a library without binaries does: looks for HEADER and gives the
# target NAME::NAME.
include(FindPackageHandleStandardArgs)
macro(plasticity_header_library name header)
  find_path(${name}_INCLUDE_DIR ${header})
  mark_as_advanced(${name}_INCLUDE_DIR)
  find_package_handle_standard_args(${name} REQUIRED_VARS ${name}_INCLUDE_DIR)
  if(${name}_FOUND AND NOT TARGET ${name}::${name})
    add_library(${name}::${name} INTERFACE IMPORTED)
    target_include_directories(${name}::${name} SYSTEM INTERFACE "${${name}_INCLUDE_DIR}")
  endif()
endmacro()
