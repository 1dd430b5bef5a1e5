# How every target here is built. One place.

option(PLASTICITY_WERROR "Treat warnings in our code as errors" OFF)
set(PLASTICITY_SANITIZE "" CACHE STRING "What watches our code as it runs: address,undefined or thread; with Clang, fuzzer,address,undefined")
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
  $<$<AND:$<COMPILE_LANGUAGE:CXX>,$<BOOL:${PLASTICITY_WERROR}>>:-Werror>)
if(PLASTICITY_SANITIZE)
  # libFuzzer's main is for its own targets; vptr's types are not known across LibTorch's border.
  string(REPLACE fuzzer fuzzer-no-link sanitize "${PLASTICITY_SANITIZE}")
  target_compile_options(plasticity_options INTERFACE
    $<$<COMPILE_LANGUAGE:CXX>:-O1 -fsanitize=${sanitize} -fno-sanitize=vptr -fno-sanitize-recover=undefined -fno-omit-frame-pointer>)
  target_link_options(plasticity_options INTERFACE -fsanitize=${sanitize})
endif()
target_include_directories(plasticity_options INTERFACE "${PROJECT_SOURCE_DIR}")

# plasticity_fmt: fmt, linked; header-only it doubles the time that a file takes to compile. LibTorch's wheel has headers
# of another fmt, which would be found first: ours go before them, in a folder of their own.
function(plasticity_own_fmt)
  get_target_property(include fmt::fmt INTERFACE_INCLUDE_DIRECTORIES)
  file(MAKE_DIRECTORY "${PROJECT_BINARY_DIR}/fmt")
  file(CREATE_LINK "${include}/fmt" "${PROJECT_BINARY_DIR}/fmt/fmt" SYMBOLIC)
  add_library(plasticity_fmt INTERFACE)
  target_link_libraries(plasticity_fmt INTERFACE fmt::fmt)
  target_include_directories(plasticity_fmt BEFORE INTERFACE "${PROJECT_BINARY_DIR}/fmt")
endfunction()

# plasticity_library(NAME STATIC|OBJECT GLOB FOLDER): every .cc of FOLDER itself (not of its subfolders; no verbs).
function(plasticity_library name kind glob folder)
  file(GLOB sources CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/${folder}/*.cc")
  list(FILTER sources EXCLUDE REGEX "_verbs?\\.cc$")
  add_library(${name} ${kind} ${sources})
  target_link_libraries(${name} PUBLIC plasticity_options)
endfunction()

# plasticity_precompiled(NAME LIBRARIES... HEADERS HEADERS...): precompiles HEADERS once, for targets that reuse NAME's.
function(plasticity_precompiled name)
  cmake_parse_arguments(PARSE_ARGV 1 "" "" "" "HEADERS")
  file(WRITE "${PROJECT_BINARY_DIR}/${name}.cc" "")
  add_library(${name} OBJECT "${PROJECT_BINARY_DIR}/${name}.cc")
  target_link_libraries(${name} PUBLIC plasticity_options ${_UNPARSED_ARGUMENTS})
  target_precompile_headers(${name} PRIVATE ${_HEADERS})
endfunction()

# What files without LibTorch spend most of their time on.
function(plasticity_precompile target)
  if(NOT TARGET plasticity_base_headers)
    plasticity_precompiled(plasticity_base_headers nlohmann_json::nlohmann_json plasticity_fmt
      HEADERS <fmt/format.h> <nlohmann/json.hpp> <filesystem> <map> <memory> <optional> <string> <vector>)
  endif()
  target_precompile_headers(${target} REUSE_FROM plasticity_base_headers)
endfunction()

# The same, with ATen's headers: 5 s a file.
function(plasticity_precompile_torch target)
  if(NOT TARGET plasticity_torch_headers)
    plasticity_precompiled(plasticity_torch_headers plasticity_fmt nlohmann_json::nlohmann_json LibTorch::CPU
      HEADERS <ATen/ATen.h> <nlohmann/json.hpp> <fmt/format.h> <map> <memory> <optional> <string> <vector>)
  endif()
  target_precompile_headers(${target} REUSE_FROM plasticity_torch_headers)
endfunction()

# Every file that uses ATen's precompiled headers pays 3 s for templates that they leave to be made; some files of one
# target compiled as one pay once. Not for rules: a rule's author builds one file, whose names clash with no other's.
function(plasticity_compile_together target)
  set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE 5)
endfunction()

# plasticity_networks(TARGET FOLDER): FOLDER/NAME.json registers the network NAME in TARGET, with the file's text.
function(plasticity_networks target folder)
  file(GLOB files CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/${folder}/*.json")
  set(registrations "")
  foreach(file IN LISTS files)
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${file}")
    file(READ "${file}" text)
    cmake_path(GET file STEM expected)
    string(JSON name ERROR_VARIABLE wrong GET "${text}" name)
    if(wrong OR NOT name STREQUAL expected)
      message(FATAL_ERROR "${file} describes no network named \"${expected}\": ${wrong}")
    endif()
    string(MAKE_C_IDENTIFIER "${name}" identifier)
    string(APPEND registrations "const bool ${identifier} = internal::AddNetwork(R\"json(${text})json\");\n\n")
  endforeach()
  set(output "${PROJECT_BINARY_DIR}/generated/networks.cc")
  file(CONFIGURE OUTPUT "${output}" @ONLY CONTENT [[
#include "suite/network_preset.h"

namespace plasticity {
namespace {

@registrations@}  // namespace
}  // namespace plasticity
]])
  target_sources(${target} PRIVATE "${output}")
endfunction()

# plasticity_texts(TARGET FUNCTION HEADER FOLDER): every file of FOLDER, as the text that FUNCTION(), which HEADER declares,
# has under its name.
function(plasticity_texts target function header folder)
  file(GLOB files CONFIGURE_DEPENDS LIST_DIRECTORIES false "${PROJECT_SOURCE_DIR}/${folder}/*")
  set(texts "")
  foreach(file IN LISTS files)
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${file}")
    file(READ "${file}" text)
    cmake_path(GET file FILENAME name)
    string(APPEND texts "      {\"${name}\", R\"text(${text})text\"},\n")
  endforeach()
  set(output "${PROJECT_BINARY_DIR}/generated/${function}.cc")
  file(CONFIGURE OUTPUT "${output}" @ONLY CONTENT [[
#include "@header@"

namespace plasticity {

const std::map<std::string, std::string>& @function@() {
  static const std::map<std::string, std::string> texts = {
@texts@  };
  return texts;
}

}  // namespace plasticity
]])
  target_sources(${target} PRIVATE "${output}")
endfunction()

# What this build is (version, commit), brought up to date at each build.
function(plasticity_version_header target)
  set(folder "${PROJECT_BINARY_DIR}/generated")
  string(TOUPPER "${CMAKE_BUILD_TYPE}" type)
  string(STRIP "${CMAKE_CXX_FLAGS} ${CMAKE_CXX_FLAGS_${type}}" flags)
  add_custom_target(plasticity_version BYPRODUCTS "${folder}/plasticity_version.h"
    COMMAND "${CMAKE_COMMAND}" -D "SOURCE=${PROJECT_SOURCE_DIR}" -D "OUTPUT=${folder}/plasticity_version.h"
      -D "VERSION=${PROJECT_VERSION}" -D "BUILD_TYPE=${CMAKE_BUILD_TYPE}"
      -D "COMPILER=${CMAKE_CXX_COMPILER_ID} ${CMAKE_CXX_COMPILER_VERSION}" -D "FLAGS=${flags}"
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

# libplasticity_cuda.so: the CUDA twins of rules/kernels and suite/ops (*.cu, and *_cuda.cc for what needs LibTorch), loaded at start
# where a driver answers.
function(plasticity_cuda_library)
  if(NOT CMAKE_CUDA_COMPILER OR PLASTICITY_CUDA STREQUAL "OFF")
    return()
  endif()
  file(GLOB kernels CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/rules/kernels/*.cu" "${PROJECT_SOURCE_DIR}/suite/ops/*.cu"
    "${PROJECT_SOURCE_DIR}/rules/kernels/*_cuda.cc" "${PROJECT_SOURCE_DIR}/suite/ops/*_cuda.cc"
    "${PROJECT_SOURCE_DIR}/suite/engine/*_cuda.cc")
  add_library(plasticity_cuda SHARED ${kernels})
  # C++17: CMake 3.25 does not know how to ask nvcc 13 for C++20.
  set_target_properties(plasticity_cuda PROPERTIES CUDA_STANDARD 17 CUDA_RUNTIME_LIBRARY Shared)
  # std::array's members are constexpr, and so fit for a device.
  target_compile_options(plasticity_cuda PRIVATE "$<$<COMPILE_LANGUAGE:CUDA>:--expt-relaxed-constexpr>")
  target_include_directories(plasticity_cuda PRIVATE "${PROJECT_SOURCE_DIR}")
  target_include_directories(plasticity_cuda SYSTEM PRIVATE ${CMAKE_CUDA_TOOLKIT_INCLUDE_DIRECTORIES})
  target_link_libraries(plasticity_cuda PRIVATE LibTorch::CPU "${LibTorch_FOUND_ROOT}/lib/libc10_cuda.so")
endfunction()
