// Handlers where bytes stream: image and object data. Only their files include this (it costs Asio's compile time).
#pragma once

#include <functional>

#include "common/api/call.hpp"
#include "common/http/body.hpp"
#include "common/store/transaction.hpp"

namespace cumulet::api {

class StreamCall : public Call {
public:
    using Call::Call;
    http::BodyReader& body_stream() const;
    std::optional<std::uint64_t> content_length() const;
    // For handlers that take no body, before they change anything: throws http::BodyError when one came and is broken.
    http::Task<void> skip_body();

    // For services whose handlers find out by themselves who asks (S3's signatures): from here on that is the actor.
    void act_as(auth::ContextPtr actor);
    // Runs `body` over a transaction, again on conflicts, and resumes once the commit is durable.
    http::Task<void> transact(std::function<void(store::Transaction&)> body);
    // Runs `work` on the worker pool (files, syncs, hashes of big pieces) and resumes on the io thread.
    http::Task<void> offload(std::function<void()> work);
};

struct StreamHandle {
    http::Task<Reply> (*run)(StreamCall& call);
};

}  // namespace cumulet::api
