# How every target here is built. One place.

option(PLASTICITY_WERROR "Treat warnings in our code as errors" OFF)
option(PLASTICITY_SANITIZE "Address and undefined-behaviour sanitizers" OFF)
set(PLASTICITY_CUDA AUTO CACHE STRING "Compile the CUDA kernels: AUTO (where nvcc is), ON (else an error), OFF")

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}")
set(CMAKE_LIBRARY_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}")
set(CMAKE_CXX_FLAGS_RELEASE "-O2 -DNDEBUG")  # the heavy loops are LibTorch's; our kernels ask for more themselves
if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release)
endif()

find_program(CCACHE ccache)
if(CCACHE)
  # Precompiled headers and ccache agree only with these.
  set(CMAKE_CXX_COMPILER_LAUNCHER "${CMAKE_COMMAND};-E;env;CCACHE_SLOPPINESS=pch_defines,time_macros;CCACHE_BASEDIR=${PROJECT_SOURCE_DIR};${CCACHE}")
endif()

add_library(plasticity_options INTERFACE)
target_compile_options(plasticity_options INTERFACE
  $<$<COMPILE_LANGUAGE:CXX>:-Wall -Wextra -Wno-missing-field-initializers>
  # g++ 12 sees overlaps in std::string's operator+ that are not there (GCC bug 105651).
  $<$<CXX_COMPILER_ID:GNU>:$<$<COMPILE_LANGUAGE:CXX>:-Wno-restrict>>
  $<$<AND:$<COMPILE_LANGUAGE:CXX>,$<BOOL:${PLASTICITY_WERROR}>>:-Werror>
  $<$<AND:$<COMPILE_LANGUAGE:CXX>,$<BOOL:${PLASTICITY_SANITIZE}>>:-fsanitize=address,undefined -fno-omit-frame-pointer>)
target_link_options(plasticity_options INTERFACE
  $<$<BOOL:${PLASTICITY_SANITIZE}>:-fsanitize=address,undefined>)
target_include_directories(plasticity_options INTERFACE "${PROJECT_SOURCE_DIR}")

# plasticity_library(NAME STATIC|OBJECT GLOB FOLDER): every .cc of FOLDER itself (not of its subfolders, not main.cc).
function(plasticity_library name kind glob folder)
  file(GLOB sources CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/${folder}/*.cc")
  list(FILTER sources EXCLUDE REGEX "/main\\.cc$")
  add_library(${name} ${kind} ${sources})
  target_link_libraries(${name} PUBLIC plasticity_options)
endfunction()

# ATen's headers cost 5 s a file; precompiled once, all targets share them.
function(plasticity_precompile_torch target)
  if(TARGET plasticity_torch_headers)
    target_precompile_headers(${target} REUSE_FROM plasticity_torch_headers)
  else()
    file(WRITE "${PROJECT_BINARY_DIR}/torch_headers.cc" "")
    add_library(plasticity_torch_headers OBJECT "${PROJECT_BINARY_DIR}/torch_headers.cc")
    target_link_libraries(plasticity_torch_headers PUBLIC plasticity_options plasticity_base LibTorch::CPU)
    target_precompile_headers(plasticity_torch_headers PRIVATE <ATen/ATen.h> <nlohmann/json.hpp> <fmt/format.h>
      <map> <memory> <optional> <string> <vector>)
    target_precompile_headers(${target} REUSE_FROM plasticity_torch_headers)
  endif()
endfunction()

# What this build is (version, commit), brought up to date at each build.
function(plasticity_version_header target)
  set(folder "${PROJECT_BINARY_DIR}/generated")
  add_custom_target(plasticity_version BYPRODUCTS "${folder}/plasticity_version.h"
    COMMAND "${CMAKE_COMMAND}" -D "SOURCE=${PROJECT_SOURCE_DIR}" -D "OUTPUT=${folder}/plasticity_version.h"
      -D "VERSION=${PROJECT_VERSION}" -D "BUILD_TYPE=${CMAKE_BUILD_TYPE}"
      -D "COMPILER=${CMAKE_CXX_COMPILER_ID} ${CMAKE_CXX_COMPILER_VERSION}"
      -P "${PROJECT_SOURCE_DIR}/cmake/version.cmake" VERBATIM)
  add_dependencies(${target} plasticity_version)
  target_include_directories(${target} PRIVATE "${folder}")
endfunction()

# Finds nvcc as PLASTICITY_CUDA says. A macro, since a language is enabled for the scope that asks.
macro(plasticity_enable_cuda)
  if(NOT PLASTICITY_CUDA STREQUAL "OFF")
    include(CheckLanguage)
    check_language(CUDA)
    if(CMAKE_CUDA_COMPILER)
      set(CMAKE_CUDA_ARCHITECTURES "80-virtual;90-real")
      enable_language(CUDA)
    elseif(PLASTICITY_CUDA STREQUAL "ON")
      message(FATAL_ERROR "PLASTICITY_CUDA is ON and no CUDA compiler was found. Put nvcc on PATH, or use another preset.")
    else()
      message(STATUS "No CUDA compiler: the CUDA kernels are left out, everything else works.")
    endif()
  endif()
endmacro()

# libplasticity_cuda.so: the CUDA twins of rules/kernels, loaded at start where a driver answers.
function(plasticity_cuda_library)
  if(NOT CMAKE_CUDA_COMPILER OR PLASTICITY_CUDA STREQUAL "OFF")
    return()
  endif()
  file(GLOB kernels CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/rules/kernels/*.cu" "${PROJECT_SOURCE_DIR}/suite/engine/*.cu")
  add_library(plasticity_cuda SHARED ${kernels})
  # C++17: CMake 3.25 does not know how to ask nvcc 13 for C++20.
  set_target_properties(plasticity_cuda PROPERTIES CUDA_STANDARD 17 CUDA_RUNTIME_LIBRARY Shared)
  target_compile_options(plasticity_cuda PRIVATE --expt-relaxed-constexpr)
  target_include_directories(plasticity_cuda PRIVATE "${PROJECT_SOURCE_DIR}")
  target_link_libraries(plasticity_cuda PRIVATE LibTorch::CPU "${LibTorch_FOUND_ROOT}/lib/libc10_cuda.so")
endfunction()
