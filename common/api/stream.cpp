#include "common/api/stream.hpp"

#include "common/api/call_parts.hpp"
#include "common/api/commit_async.hpp"
#include "common/api/exchange.hpp"
#include "common/api/worker_call.hpp"

namespace cumulet::api {

http::BodyReader& StreamCall::body_stream() const { return *parts_.request->body; }
std::optional<std::uint64_t> StreamCall::content_length() const { return parts_.request->content_length; }

http::Task<void> StreamCall::skip_body() { co_await body_stream().skip(kSkippedBodyBytes); }

void StreamCall::act_as(auth::ContextPtr actor) { parts_.actor = std::move(actor); }

http::Task<void> StreamCall::transact(std::function<void(store::Transaction&)> body) {
    store::Cause cause{.time = parts_.now, .request_id = parts_.request_id};
    if (parts_.actor) {
        cause.user_id = parts_.actor->user_id;
        cause.project_id = parts_.actor->project_id;
    }
    cause.operation = fmt::format("{} {}", http::to_string(parts_.endpoint->method), parts_.endpoint->path);
    co_await run_transaction(*parts_.engine, std::move(cause), *parts_.random, std::move(body));
}

http::Task<void> StreamCall::offload(std::function<void()> work) {
    co_await run_on_workers(parts_.workers, std::move(work));
}

}  // namespace cumulet::api
