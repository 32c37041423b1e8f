# One library target a folder. Each target sees headers only through an include tree of its own (a folder of links in the
# build directory), so including a header of a folder that is not linked does not build.
add_library(cumulet_base INTERFACE)

function(_cumulet_own_headers target folder)
    set(tree ${CMAKE_BINARY_DIR}/include/${target})
    get_filename_component(parent ${folder} DIRECTORY)
    file(MAKE_DIRECTORY ${tree}/${parent})
    file(CREATE_LINK ${CMAKE_SOURCE_DIR}/${folder} ${tree}/${folder} SYMBOLIC)
    target_include_directories(${target} PUBLIC ${tree})
endfunction()

function(_cumulet_precompiled target)
    target_link_libraries(${target} PUBLIC cumulet_base)
    if(TARGET cumulet_pch)
        target_precompile_headers(${target} REUSE_FROM cumulet_pch)
    endif()
endfunction()

# cumulet_library(LINK <our targets and public libraries> PRIVATE <libraries only the .cpp files see> [EXCLUDE <files>])
# builds every .cpp of the current folder; the target is the folder's path with '_' for '/'.
function(cumulet_library)
    cmake_parse_arguments(ARG "" "" "LINK;PRIVATE;EXCLUDE" ${ARGN})
    file(RELATIVE_PATH folder ${CMAKE_SOURCE_DIR} ${CMAKE_CURRENT_SOURCE_DIR})
    string(REPLACE "/" "_" target ${folder})
    file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cpp)
    foreach(file IN LISTS ARG_EXCLUDE)
        list(REMOVE_ITEM sources ${CMAKE_CURRENT_SOURCE_DIR}/${file})
    endforeach()
    add_library(${target} STATIC ${sources})
    set_target_properties(${target} PROPERTIES LINKER_LANGUAGE CXX)
    _cumulet_own_headers(${target} ${folder})
    target_link_libraries(${target} PUBLIC ${ARG_LINK} PRIVATE ${ARG_PRIVATE})
    _cumulet_precompiled(${target})
endfunction()

# What `./dev up` builds: every program and driver, no test.
add_custom_target(programs)
function(_cumulet_is_program target)
    file(RELATIVE_PATH folder ${CMAKE_SOURCE_DIR} ${CMAKE_CURRENT_SOURCE_DIR})
    if(NOT folder MATCHES "^tests")
        add_dependencies(programs ${target})
    endif()
endfunction()

# cumulet_program(<binary name> SOURCES <files> LINK <targets>)
function(cumulet_program name)
    cmake_parse_arguments(ARG "" "" "SOURCES;LINK" ${ARGN})
    add_executable(${name} ${ARG_SOURCES})
    target_link_libraries(${name} PRIVATE ${ARG_LINK})
    _cumulet_precompiled(${name})
    _cumulet_is_program(${name})
endfunction()

# cumulet_plugin(<name> SOURCES <files> LINK <targets>): a hypervisor driver, build/drivers/<name>.so, opened by dlopen.
function(cumulet_plugin name)
    cmake_parse_arguments(ARG "" "" "SOURCES;LINK" ${ARGN})
    add_library(driver_${name} MODULE ${ARG_SOURCES})
    set_target_properties(driver_${name} PROPERTIES PREFIX "" OUTPUT_NAME ${name}
        LIBRARY_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/drivers)
    target_link_libraries(driver_${name} PRIVATE ${ARG_LINK})
    _cumulet_precompiled(driver_${name})
    _cumulet_is_program(driver_${name})
endfunction()

# What `./dev sanitize` builds: every Catch2 executable, and of these the ones labelled "threads".
add_custom_target(unit_tests)
add_custom_target(thread_tests)

# cumulet_test(<name> LINK <targets> [SOURCES <files>] [LABELS <labels>]): a Catch2 executable of the current folder's .cpp files.
# Labels: "host" changes this machine (network, guests); "threads" runs under the thread sanitizer too.
function(cumulet_test name)
    cmake_parse_arguments(ARG "" "" "LINK;SOURCES;LABELS" ${ARGN})
    if(NOT ARG_SOURCES)
        file(GLOB ARG_SOURCES CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cpp)
    endif()
    add_executable(${name} ${ARG_SOURCES})
    target_link_libraries(${name} PRIVATE ${ARG_LINK} test_main)
    target_precompile_headers(${name} REUSE_FROM cumulet_test_pch)
    add_test(NAME ${name} COMMAND ${name})
    set_tests_properties(${name} PROPERTIES TIMEOUT 900 LABELS "unit;${ARG_LABELS}")
    if(NOT "host" IN_LIST ARG_LABELS)
        add_dependencies(unit_tests ${name})
    endif()
    if("threads" IN_LIST ARG_LABELS)
        add_dependencies(thread_tests ${name})
    endif()
endfunction()
