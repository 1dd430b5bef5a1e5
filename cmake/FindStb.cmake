# Finds the single-file libraries of nothings/stb (Debian: libstb-dev) and gives the target Stb::Stb: headers alone.
find_path(Stb_INCLUDE_DIR stb/stb_image_resize.h)
include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(Stb REQUIRED_VARS Stb_INCLUDE_DIR)
mark_as_advanced(Stb_INCLUDE_DIR)
if(Stb_FOUND AND NOT TARGET Stb::Stb)
  add_library(Stb::Stb INTERFACE IMPORTED)
  target_include_directories(Stb::Stb SYSTEM INTERFACE "${Stb_INCLUDE_DIR}")
endif()
