# Libraries of the distribution, and the two precompiled headers (ours, and ours with Catch2 for tests).
find_package(Threads REQUIRED)
find_package(OpenSSL REQUIRED)
find_package(Boost 1.81 REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(fmt REQUIRED)
find_package(spdlog REQUIRED)
find_package(RocksDB REQUIRED)
find_package(yaml-cpp REQUIRED)
find_package(prometheus-cpp REQUIRED)
find_package(pugixml REQUIRED)
find_package(PkgConfig REQUIRED)
pkg_check_modules(LIBVIRT IMPORTED_TARGET libvirt)
pkg_check_modules(NATS IMPORTED_TARGET libnats)
pkg_check_modules(NFTABLES IMPORTED_TARGET libnftables)
pkg_check_modules(ARCHIVE REQUIRED IMPORTED_TARGET libarchive)
pkg_check_modules(MARIADB REQUIRED IMPORTED_TARGET libmariadb)
pkg_check_modules(LIBNL IMPORTED_TARGET libnl-3.0)

target_link_libraries(cumulet_base INTERFACE nlohmann_json::nlohmann_json fmt::fmt Threads::Threads)

add_library(cumulet_pch STATIC ${CMAKE_SOURCE_DIR}/cmake/empty.cpp)
target_link_libraries(cumulet_pch PUBLIC cumulet_base)
target_precompile_headers(cumulet_pch PUBLIC
    <algorithm> <array> <atomic> <chrono> <condition_variable> <cstdint> <deque> <filesystem> <functional> <map> <memory>
    <mutex> <optional> <random> <set> <span> <string> <string_view> <thread> <tuple> <type_traits> <unordered_map> <unordered_set>
    <utility> <variant> <vector> <fmt/format.h> <nlohmann/json.hpp>)

enable_testing()
add_library(cumulet_test_pch STATIC ${CMAKE_SOURCE_DIR}/cmake/empty.cpp)
target_link_libraries(cumulet_test_pch PUBLIC cumulet_base)
target_precompile_headers(cumulet_test_pch PUBLIC
    <algorithm> <chrono> <functional> <map> <memory> <optional> <random> <string> <string_view> <vector> <fmt/format.h>
    <nlohmann/json.hpp> <catch2/catch.hpp>)
add_library(test_main STATIC ${CMAKE_SOURCE_DIR}/cmake/test_main.cpp)
target_link_libraries(test_main PUBLIC cumulet_base)
