#include "tests/linearizability/register.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <set>
#include <utility>

namespace cumulet::test {

namespace {

constexpr auto kNever = std::numeric_limits<std::uint64_t>::max();

// Everything before `first` has taken effect, and of what follows those in `beyond`.
struct State {
    std::size_t first = 0;
    std::vector<std::size_t> beyond;  // ascending
    std::uint64_t value = 0;
    auto operator<=>(const State&) const = default;
};

std::uint64_t end_of(const Operation& operation) { return operation.certain ? operation.ended : kNever; }

// Takes effect next, if that agrees with what it saw.
bool apply(const std::vector<Operation>& history, std::size_t index, State& state) {
    const auto& operation = history[index];
    if (operation.kind == Operation::Kind::read && operation.value != state.value) return false;
    if (operation.kind == Operation::Kind::write) state.value = operation.value;
    state.beyond.insert(std::lower_bound(state.beyond.begin(), state.beyond.end(), index), index);
    while (!state.beyond.empty() && state.beyond.front() == state.first) {
        state.beyond.erase(state.beyond.begin());
        ++state.first;
    }
    return true;
}

// Nothing is left that must have taken effect.
bool is_done(const std::vector<Operation>& history, const State& state) {
    for (auto index = state.first; index < history.size(); ++index)
        if (history[index].certain && !std::binary_search(state.beyond.begin(), state.beyond.end(), index))
            return false;
    return true;
}

// Those that may come next: none that waits began after another had ended.
std::vector<State> successors(const std::vector<Operation>& history, const State& state) {
    auto earliest_end = kNever;
    for (auto index = state.first; index < history.size() && history[index].began < earliest_end; ++index)
        if (!std::binary_search(state.beyond.begin(), state.beyond.end(), index))
            earliest_end = std::min(earliest_end, end_of(history[index]));
    std::vector<State> next;
    for (auto index = state.first; index < history.size() && history[index].began < earliest_end; ++index) {
        if (std::binary_search(state.beyond.begin(), state.beyond.end(), index)) continue;
        State after = state;
        if (apply(history, index, after)) next.push_back(std::move(after));
    }
    return next;
}

}  // namespace

bool is_linearizable(const std::vector<Operation>& unordered) {
    auto history = unordered;
    std::sort(history.begin(), history.end(), [](const Operation& a, const Operation& b) { return a.began < b.began; });
    std::set<State> seen{State{}};
    std::vector<State> waiting{State{}};
    while (!waiting.empty()) {
        const State state = std::move(waiting.back());
        waiting.pop_back();
        if (is_done(history, state)) return true;
        for (auto& next : successors(history, state))
            if (seen.insert(next).second) waiting.push_back(std::move(next));
    }
    return false;
}

std::string describe(const std::vector<Operation>& unordered) {
    auto history = unordered;
    std::sort(history.begin(), history.end(), [](const Operation& a, const Operation& b) { return a.began < b.began; });
    std::string text;
    for (const auto& each : history)
        text += fmt::format("{:>12} - {:>12} {} {}{}\n", each.began, each.ended,
                            each.kind == Operation::Kind::write ? "write" : "read", each.value,
                            each.certain ? "" : " (not answered)");
    return text;
}

}  // namespace cumulet::test
