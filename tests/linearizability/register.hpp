// Whether what clients saw of a register can be explained by one order of their operations that agrees with real time
// (linearizability), after Wing and Gong, with Lowe's memory of what was tried.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace cumulet::test {

// One operation on one register, with the span of time in which it took effect. A deleted register holds 0.
struct Operation {
    enum class Kind { write, read } kind;
    std::uint64_t value = 0;  // written, or read
    std::uint64_t began = 0, ended = 0;
    bool certain = true;  // false: a write that was not answered; it may have taken effect any time after it began
};

// Registers begin as 0. At most 10,000 operations with few at the same time: the search grows with those that overlap.
bool is_linearizable(const std::vector<Operation>& history);

// For people: one line an operation, by the time it began.
std::string describe(const std::vector<Operation>& history);

}  // namespace cumulet::test
