# Finds the single-file libraries of nothings/stb (Debian: libstb-dev) and gives the target Stb::Stb: headers alone.
include("${CMAKE_CURRENT_LIST_DIR}/header_library.cmake")
plasticity_header_library(Stb stb/stb_image_resize.h)
