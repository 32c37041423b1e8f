// Reading what others replace meanwhile: a reader that was overtaken begins anew.
#pragma once

#include "common/api/fault.hpp"
#include "common/api/reply.hpp"
#include "common/http/body.hpp"

namespace cumulet::objectstore::swift {

// The object was replaced between reading its record and opening its bytes. Whoever reads a single object begins anew
// with the record as it is then; where that cannot be done it is a 404.
class ObjectReplaced : public api::Fault {
public:
    ObjectReplaced() : api::Fault(api::Fault::general(api::Errc::not_found)) {}
};

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
