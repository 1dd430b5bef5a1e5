# plasticity_headers(TARGET FOLDER): gives TARGET the header plasticity_headers.h with a digest of the public headers under
# FOLDER, made again whenever one changes. The program and its plugins compare it: a rule that was compiled with other
# headers would crash. As a script it writes that header.
if(CMAKE_SCRIPT_MODE_FILE)
  cmake_minimum_required(VERSION 3.25)
endif()

# The public headers under `folder`, relative to it.
function(plasticity_public_headers folder result)
  file(GLOB headers RELATIVE "${folder}" "${folder}/suite/*.h" "${folder}/suite/ops/*.h" "${folder}/suite/base/*.h")
  list(SORT headers)
  set(${result} "${headers}" PARENT_SCOPE)
endfunction()

function(plasticity_headers target folder)
  set(output "${CMAKE_CURRENT_BINARY_DIR}/${target}_headers/plasticity_headers.h")
  plasticity_public_headers("${folder}" headers)
  list(TRANSFORM headers PREPEND "${folder}/")
  add_custom_command(OUTPUT "${output}" DEPENDS ${headers} "${CMAKE_CURRENT_FUNCTION_LIST_FILE}" VERBATIM
    COMMAND "${CMAKE_COMMAND}" -D "FOLDER=${folder}" -D "OUTPUT=${output}" -P "${CMAKE_CURRENT_FUNCTION_LIST_FILE}")
  target_sources(${target} PRIVATE "${output}")
  target_include_directories(${target} PRIVATE "${CMAKE_CURRENT_BINARY_DIR}/${target}_headers")
endfunction()

if(CMAKE_SCRIPT_MODE_FILE)
  plasticity_public_headers("${FOLDER}" headers)
  set(digests "")
  foreach(header IN LISTS headers)
    file(SHA256 "${FOLDER}/${header}" digest)
    string(APPEND digests "${header} ${digest}\n")
  endforeach()
  string(SHA256 digest "${digests}")
  string(SUBSTRING "${digest}" 0 12 digest)
  file(WRITE "${OUTPUT}" "#define PLASTICITY_HEADERS \"${digest}\"\n")
endif()
