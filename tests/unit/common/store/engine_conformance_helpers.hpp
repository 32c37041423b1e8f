// What the conformance rules are written in.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "common/store/engine.hpp"

namespace cumulet::store {

using Keys = std::vector<std::string>;

inline CommitResult put(Engine& engine, const std::string& key, std::optional<std::string> bytes,
                        std::string log = "") {
    return commit_and_wait(engine, {.writes = {{key, std::move(bytes)}}, .log = std::move(log)});
}

inline CommitResult add(Engine& engine, const std::string& counter, std::int64_t delta,
                        std::optional<std::int64_t> max = {}) {
    return commit_and_wait(engine, {.adds = {{counter, delta, max}}});
}

inline std::optional<std::string> get(Engine& engine, std::string_view key) {
    auto value = engine.snapshot()->get(key);
    if (!value) return std::nullopt;
    return value->bytes;
}

inline Keys keys_of(Snapshot& snapshot, const Range& range) {
    Keys keys;
    snapshot.scan(range, [&](std::string_view key, std::string_view, Revision) {
        keys.emplace_back(key);
        return true;
    });
    return keys;
}

}  // namespace cumulet::store
