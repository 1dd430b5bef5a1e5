# `cmake --install`, and find_package(plasticity) for rules that are built elsewhere, which works with an installation and
# with this build tree alike.
include(CMakePackageConfigHelpers)

install(TARGETS plasticity RUNTIME DESTINATION bin)
foreach(library IN ITEMS plasticity_engine plasticity_cuda)
  if(TARGET ${library})
    set_target_properties(${library} PROPERTIES INSTALL_RPATH "$ORIGIN;${LibTorch_FOUND_ROOT}/lib")
    install(TARGETS ${library} LIBRARY DESTINATION lib)
  endif()
endforeach()

# The pages that the program names, and what they show and point to.
set(pages share/doc/plasticity)
install(FILES README.md CONTRIBUTING.md DESTINATION ${pages})
install(DIRECTORY docs profiles DESTINATION ${pages} FILES_MATCHING PATTERN "*.md" PATTERN "*.json" PATTERN "*.png"
  PATTERN api EXCLUDE)

# What a rule's file may include: the contracts, the maths, and what those need that knows no LibTorch.
foreach(folder IN ITEMS suite suite/ops suite/base)
  file(GLOB headers CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/${folder}/*.h")
  install(FILES ${headers} DESTINATION include/plasticity/${folder})
endforeach()

# plasticity_package(FOLDER PROGRAM LIBRARY INCLUDE MODULES): the package's files in FOLDER, for what lies at these places.
function(plasticity_package folder program library include modules)
  configure_file("${PROJECT_SOURCE_DIR}/cmake/plasticityConfig.cmake.in" "${folder}/plasticityConfig.cmake" @ONLY)
  write_basic_package_version_file("${folder}/plasticityConfigVersion.cmake" COMPATIBILITY SameMinorVersion)
endfunction()

plasticity_package("${PROJECT_BINARY_DIR}" "${PROJECT_BINARY_DIR}/plasticity"
  "${PROJECT_BINARY_DIR}/libplasticity_engine.so" "${PROJECT_SOURCE_DIR}" "${PROJECT_SOURCE_DIR}/cmake")

# Relative, so that an installation may be moved.
set(here "\${CMAKE_CURRENT_LIST_DIR}")
set(installed "${PROJECT_BINARY_DIR}/installed")
plasticity_package("${installed}" "${here}/../../../bin/plasticity"
  "${here}/../../../lib/libplasticity_engine.so" "${here}/../../../include/plasticity" "${here}")
install(FILES "${installed}/plasticityConfig.cmake" "${installed}/plasticityConfigVersion.cmake"
  cmake/FindLibTorch.cmake cmake/plasticity_headers.cmake cmake/plugin_stamp.cc DESTINATION lib/cmake/plasticity)
