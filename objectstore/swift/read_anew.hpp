// Reading what others replace meanwhile. Included only where bytes stream.
#pragma once

#include "common/api/reply.hpp"
#include "common/http/body.hpp"
#include "objectstore/swift/replaced.hpp"

namespace cumulet::objectstore::swift {

// A blob may be gone by the time it is opened: then the object has another one, which is the answer. Each round is
// another writer's commit, so the number of rounds is bounded by theirs, not by waiting.
template <class Read, class Call>
http::Task<api::Reply> read_anew(Read read, Call& call) {
    constexpr int kRounds = 100;
    for (int round = 1; round < kRounds; ++round) {
        try {
            co_return co_await read(call);
        } catch (const ObjectReplaced&) {
        }
    }
    co_return co_await read(call);
}

}  // namespace cumulet::objectstore::swift
