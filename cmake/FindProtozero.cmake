# Finds protozero, which writes protocol buffers (Debian: libprotozero-dev), and gives the target Protozero::Protozero: headers alone.
find_path(Protozero_INCLUDE_DIR protozero/pbf_builder.hpp)
include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(Protozero REQUIRED_VARS Protozero_INCLUDE_DIR)
mark_as_advanced(Protozero_INCLUDE_DIR)
if(Protozero_FOUND AND NOT TARGET Protozero::Protozero)
  add_library(Protozero::Protozero INTERFACE IMPORTED)
  target_include_directories(Protozero::Protozero SYSTEM INTERFACE "${Protozero_INCLUDE_DIR}")
endif()
