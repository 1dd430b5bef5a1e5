# Finds protozero, which writes protocol buffers (Debian: libprotozero-dev), and gives the target Protozero::Protozero: headers alone.
include("${CMAKE_CURRENT_LIST_DIR}/header_library.cmake")
plasticity_header_library(Protozero protozero/pbf_builder.hpp)
