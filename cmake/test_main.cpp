#define CATCH_CONFIG_MAIN
#include <catch2/catch.hpp>

// RocksDB's library is not built with the thread sanitizer, which then takes its memory for racing.
extern "C" const char* __tsan_default_suppressions();
extern "C" const char* __tsan_default_suppressions() { return "race:librocksdb.so\n"; }
