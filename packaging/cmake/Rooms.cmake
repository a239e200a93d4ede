# SPDX-License-Identifier: GPL-3.0-or-later
# A room of core. ROOMS names the rooms whose headers it may include (the table in CONTRIBUTING.md; the ctest `architecture` checks it),
# LIBRARIES the third-party code its .cpp files use, which nobody above gets to see. LATE_SOURCES are those that need LibTorch, FAISS or
# OpenCV (LATE_LIBRARIES): they go into core_late, which base/late_function.h opens when one of them is first called.
# core and core_late are made of the rooms' objects; as static libraries the rooms serve programs that link a few of them alone.
function(clipscope_room name)
  cmake_parse_arguments(arg "" "" "SOURCES;ROOMS;LIBRARIES;LATE_SOURCES;LATE_LIBRARIES" ${ARGN})
  clipscope_room_part(core_${name} core ${name} SOURCES ${arg_SOURCES} ROOMS ${arg_ROOMS} LIBRARIES ${arg_LIBRARIES})
  if(arg_LATE_SOURCES)
    clipscope_room_part(core_${name}_late core_late ${name} SOURCES ${arg_LATE_SOURCES} ROOMS ${name} ${arg_ROOMS} LIBRARIES ${arg_LATE_LIBRARIES})
    foreach(room ${arg_ROOMS})
      if(TARGET core_${room}_late)
        target_link_libraries(core_${name}_late PUBLIC core_${room}_late)
      endif()
    endforeach()
  endif()
endfunction()

function(clipscope_room_part target whole name)
  cmake_parse_arguments(arg "" "" "SOURCES;ROOMS;LIBRARIES" ${ARGN})
  add_library(${target} STATIC EXCLUDE_FROM_ALL ${arg_SOURCES})
  target_include_directories(${target} PUBLIC ${PROJECT_SOURCE_DIR}/core)
  target_link_libraries(${target} PRIVATE clipscope_warnings ${arg_LIBRARIES})
  foreach(room ${arg_ROOMS})
    target_link_libraries(${target} PUBLIC core_${room})
  endforeach()
  target_sources(${whole} PRIVATE $<TARGET_OBJECTS:${target}>)
  target_link_libraries(${whole} PRIVATE ${arg_LIBRARIES})
endfunction()

# tests/core/ROOM/tst_X.cpp as the ctest core.ROOM.X; LIBRARIES besides core.
function(clipscope_core_test room name)
  cmake_parse_arguments(arg "LONG" "" "LIBRARIES;SOURCES" ${ARGN})
  clipscope_test(core.${room}.${name} core/${room}/tst_${name}.cpp LIBRARIES core ${arg_LIBRARIES} SOURCES ${arg_SOURCES} LABEL core)
  string(REPLACE "." "_" target tst_core.${room}.${name})
  if("core_late" IN_LIST arg_LIBRARIES)
    target_link_libraries(${target} PRIVATE clipscope_torch)
    target_precompile_headers(${target} REUSE_FROM torch_test_headers)
  else()
    target_precompile_headers(${target} REUSE_FROM test_headers)
  endif()
  if(arg_LONG)
    set_tests_properties(core.${room}.${name} PROPERTIES LABELS "core;long" TIMEOUT 7200)
    set_property(TEST core.${room}.${name} APPEND PROPERTY ENVIRONMENT "QTEST_FUNCTION_TIMEOUT=7200000")
  endif()
endfunction()

# What several tests stand on, compiled once: a static library of SOURCES; LIBRARIES besides core.
function(clipscope_test_support name)
  cmake_parse_arguments(arg "" "" "SOURCES;LIBRARIES" ${ARGN})
  add_library(${name} STATIC ${arg_SOURCES})
  target_include_directories(${name} PUBLIC ${PROJECT_SOURCE_DIR}/tests ${CMAKE_CURRENT_SOURCE_DIR})
  target_link_libraries(${name} PUBLIC test_support ${arg_LIBRARIES} PRIVATE clipscope_warnings)
endfunction()

function(clipscope_test test source)
  cmake_parse_arguments(arg "" "LABEL" "LIBRARIES;SOURCES" ${ARGN})
  string(REPLACE "." "_" target tst_${test})
  # AUTOMOC would look through every target for a second and more; a test needs its one .moc file.
  get_filename_component(stem ${source} NAME_WE)
  qt_generate_moc(${PROJECT_SOURCE_DIR}/tests/${source} ${CMAKE_CURRENT_BINARY_DIR}/${stem}.moc TARGET ${target})
  add_executable(${target} ${PROJECT_SOURCE_DIR}/tests/${source} ${CMAKE_CURRENT_BINARY_DIR}/${stem}.moc ${arg_SOURCES})
  target_include_directories(${target} PRIVATE ${CMAKE_CURRENT_BINARY_DIR})
  target_compile_definitions(${target} PRIVATE QT_NO_KEYWORDS)
  target_include_directories(${target} PRIVATE ${PROJECT_SOURCE_DIR}/tests)
  target_link_libraries(${target} PRIVATE clipscope_warnings test_support Qt6::Test ${arg_LIBRARIES})
  add_dependencies(${target} clipscope-decoder core_late) # whatever reads a video starts the one, whatever embeds it opens the other
  add_test(NAME ${test} COMMAND ${target})
  set_tests_properties(${test} PROPERTIES LABELS ${arg_LABEL} TIMEOUT 600
    ENVIRONMENT "QT_QPA_PLATFORM=offscreen;OMP_WAIT_POLICY=PASSIVE;LC_ALL=C.UTF-8")
endfunction()

# The test once more as TEST.long, labelled long and with CLIPSCOPE_LONG=1 in its environment: more rounds of the same.
function(clipscope_long_run test)
  string(REPLACE "." "_" target tst_${test})
  add_test(NAME ${test}.long COMMAND ${target})
  set_tests_properties(${test}.long PROPERTIES LABELS long TIMEOUT 7200
    ENVIRONMENT "QT_QPA_PLATFORM=offscreen;OMP_WAIT_POLICY=PASSIVE;LC_ALL=C.UTF-8;CLIPSCOPE_LONG=1;QTEST_FUNCTION_TIMEOUT=7200000")
endfunction()

# tests/SCRIPT, in Python and on its standard library alone, as a ctest: exit status 0 is a pass.
function(clipscope_script_test test script)
  cmake_parse_arguments(arg "" "LABEL" "ARGUMENTS" ${ARGN})
  find_package(Python3 REQUIRED COMPONENTS Interpreter)
  add_test(NAME ${test} COMMAND ${Python3_EXECUTABLE} -B ${PROJECT_SOURCE_DIR}/tests/${script} ${arg_ARGUMENTS})
  set_tests_properties(${test} PROPERTIES LABELS ${arg_LABEL} TIMEOUT 600)
endfunction()
