# Language level, warnings, linker, compiler cache and sanitizers: what every target shares.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)

# Position-independent everywhere and alike: hypervisor drivers are shared objects, and a precompiled header serves only
# objects with the same setting (CMake's own property would give programs -fPIE).
add_compile_options(-fPIC -Wall -Wextra -Werror -fno-omit-frame-pointer)
set(CMAKE_CXX_FLAGS_DEBUG "-O0 -g1")
set(CMAKE_CXX_FLAGS_RELEASE "-O2 -g1")

find_program(CUMULET_LLD NAMES ld.lld-16 ld.lld)
if(CUMULET_LLD AND CMAKE_CXX_COMPILER_ID MATCHES "Clang")
    add_link_options(--ld-path=${CUMULET_LLD})
endif()

find_program(CUMULET_CCACHE ccache)
if(CUMULET_CCACHE)
    # Precompiled headers need these two or every object misses the cache.
    set(ENV{CCACHE_SLOPPINESS} pch_defines,time_macros,include_file_mtime,include_file_ctime)
    set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env
        CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime ${CUMULET_CCACHE})
    if(CMAKE_CXX_COMPILER_ID MATCHES "Clang")
        add_compile_options("SHELL:-Xclang -fno-pch-timestamp")
    endif()
endif()

set(CUMULET_SANITIZE "" CACHE STRING "sanitizers, e.g. address,undefined or thread")
if(CUMULET_SANITIZE)
    add_compile_options(-fsanitize=${CUMULET_SANITIZE} -fno-sanitize-recover=all)
    add_link_options(-fsanitize=${CUMULET_SANITIZE})
endif()
