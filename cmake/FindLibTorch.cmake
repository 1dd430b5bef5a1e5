# Finds LibTorch's CPU half and gives the target LibTorch::CPU. TorchConfig.cmake is not used: the wheel's insists on a
# CUDA toolkit, and one build of ours serves machines with and without a GPU (the CUDA half is loaded at start).
#
# Looked at, in this order:
#   1. LIBTORCH_ROOT (cache or environment variable), Torch_DIR, CMAKE_PREFIX_PATH: any LibTorch the user points at
#   2. the torch package that python3 imports
#   3. the wheel that ci/setup puts into the user's cache folder
# A LibTorch older than LibTorch_FIND_VERSION is refused, Debian's 1.13 above all: two in one program crash.

set(_candidates "")
foreach(_hint IN ITEMS "${LIBTORCH_ROOT}" "$ENV{LIBTORCH_ROOT}")
  if(_hint)
    list(APPEND _candidates "${_hint}" "${_hint}/torch")
  endif()
endforeach()
if(Torch_DIR)
  list(APPEND _candidates "${Torch_DIR}/../../..")
endif()
list(APPEND _candidates ${CMAKE_PREFIX_PATH})
set(_pointed_at "${_candidates}")

execute_process(
  COMMAND python3 -c "import importlib.util as u; s = u.find_spec('torch'); print(s.submodule_search_locations[0] if s else '')"
  OUTPUT_VARIABLE _python_torch OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
if(_python_torch)
  list(APPEND _candidates "${_python_torch}")
endif()

if(DEFINED ENV{XDG_CACHE_HOME})
  set(_cache "$ENV{XDG_CACHE_HOME}/plasticity")
else()
  set(_cache "$ENV{HOME}/.cache/plasticity")
endif()
file(GLOB _cached "${_cache}/libtorch-*/torch")
list(SORT _cached ORDER DESCENDING)
list(APPEND _candidates ${_cached})

set(_refused "")
unset(LibTorch_FOUND_ROOT)
foreach(_candidate IN LISTS _candidates)
  if(NOT EXISTS "${_candidate}/lib/libtorch_cpu.so" OR NOT EXISTS "${_candidate}/include/ATen/ATen.h")
    continue()
  endif()
  set(_version "0")
  foreach(_header IN ITEMS torch/headeronly/version.h torch/csrc/api/include/torch/version.h)
    if(EXISTS "${_candidate}/include/${_header}")
      file(STRINGS "${_candidate}/include/${_header}" _lines REGEX "define TORCH_VERSION_(MAJOR|MINOR|PATCH) ")
      string(REGEX REPLACE "[^;]*TORCH_VERSION_[A-Z]+ ([0-9]+)" "\\1" _numbers "${_lines}")
      string(REPLACE ";" "." _version "${_numbers}")
      if(_version)
        break()
      endif()
    endif()
  endforeach()
  if(_version VERSION_LESS "${LibTorch_FIND_VERSION}")
    list(APPEND _refused "${_candidate} (${_version})")
    continue()
  endif()
  get_filename_component(LibTorch_FOUND_ROOT "${_candidate}" REALPATH)
  set(LibTorch_VERSION "${_version}")
  break()
endforeach()

list(JOIN _candidates ", " _candidates)
list(JOIN _refused ", " _refused)
include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(LibTorch
  REQUIRED_VARS LibTorch_FOUND_ROOT VERSION_VAR LibTorch_VERSION
  REASON_FAILURE_MESSAGE "looked at: ${_candidates}. Too old: ${_refused}. Run ci/setup, or set LIBTORCH_ROOT to a LibTorch of at least ${LibTorch_FIND_VERSION}.")

if(LibTorch_FOUND AND NOT TARGET LibTorch::CPU)
  add_library(LibTorch::c10 SHARED IMPORTED)
  set_target_properties(LibTorch::c10 PROPERTIES IMPORTED_LOCATION "${LibTorch_FOUND_ROOT}/lib/libc10.so")
  add_library(LibTorch::CPU SHARED IMPORTED)
  set_target_properties(LibTorch::CPU PROPERTIES
    IMPORTED_LOCATION "${LibTorch_FOUND_ROOT}/lib/libtorch_cpu.so"
    INTERFACE_LINK_LIBRARIES LibTorch::c10
    # Imported targets' include folders are SYSTEM: LibTorch's warnings are not ours.
    INTERFACE_INCLUDE_DIRECTORIES
      "${LibTorch_FOUND_ROOT}/include;${LibTorch_FOUND_ROOT}/include/torch/csrc/api/include"
    # LibTorch is built with NDEBUG, and some of its structs have other members without it (at::RecordFunction).
    INTERFACE_COMPILE_DEFINITIONS "$<$<NOT:$<CONFIG:Release>>:NDEBUG>")
  # A LibTorch built with the old C++ ABI says so in its own CMake files; wheels since 2.6 use the new one.
  # at::parallel_for is compiled into what calls it, and without OpenMP runs on one thread. Its runtime must be LibTorch's
  # own, which a wheel brings along. ThreadSanitizer does not see how OpenMP's threads wait for each other.
  file(STRINGS "${LibTorch_FOUND_ROOT}/include/ATen/Config.h" _openmp REGEX "AT_PARALLEL_OPENMP 1")
  if(_openmp AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND NOT PLASTICITY_SANITIZE MATCHES "thread")
    file(GLOB _runtime "${LibTorch_FOUND_ROOT}/lib/libgomp*.so*" "${LibTorch_FOUND_ROOT}/lib/libiomp5.so")
    if(NOT _runtime)
      find_package(OpenMP REQUIRED COMPONENTS CXX)
      set(_runtime OpenMP::OpenMP_CXX)
    endif()
    set_property(TARGET LibTorch::CPU APPEND PROPERTY INTERFACE_COMPILE_OPTIONS "$<$<COMPILE_LANGUAGE:CXX>:-fopenmp>")
    set_property(TARGET LibTorch::CPU APPEND PROPERTY INTERFACE_LINK_LIBRARIES "${_runtime}")
  endif()
endif()
