#include "objectstore/swift/call.hpp"

#include "common/api/awaiting.hpp"
#include "common/api/service.hpp"
#include "objectstore/swift/cors.hpp"
#include "objectstore/swift/service.hpp"

namespace cumulet::objectstore::swift {

namespace {

http::Task<auth::ContextPtr> service_of(api::StreamCall& call) {
    auto* validator = call.module<Swift>().validator;
    const auto token = call.header("X-Service-Token");
    if (!validator || !token || token->empty() || token->size() > 8192) co_return nullptr;
    const std::string text(*token);
    auto start = [validator, &text](auto done) { validator->validate(text, std::move(done)); };
    const auto found = co_await api::wait_for<auth::Validation>(std::move(start));
    if (found.verdict != auth::Verdict::valid || found.context->expires_at <= call.now()) co_return nullptr;
    co_return found.context;
}

// Browsers read an error only when it, too, says who may.
http::Response as_response(const SwiftCall& call, const api::Fault& fault) {
    auto response = api::swift_fault(fault, call.request_id());
    if (const auto* validator = call.module<Swift>().validator; validator && fault.status() == 401)
        response.headers.set("WWW-Authenticate", fmt::format("Keystone uri=\"{}\"", validator->authenticate_uri()));
    return response;
}

}  // namespace

http::Task<api::Reply> run(api::StreamCall& plain, http::Task<api::Reply> (*handler)(SwiftCall&)) {
    SwiftCall call(plain);
    if (call.header("X-Service-Token")) call.service_ = co_await service_of(plain);
    std::optional<api::Reply> reply;
    std::optional<api::Fault> fault;
    try {
        reply = co_await handler(call);
    } catch (OtherAnswer& other) {
        reply = std::move(other.reply);
    } catch (const api::Fault& thrown) {
        if (!call.header("Origin")) throw;
        fault = thrown;
    }
    if (fault && fault->code() == api::Errc::internal) throw *fault;
    if (fault) reply = api::Reply::of(as_response(call, *fault));
    add_cors(call, reply->response());
    co_return std::move(*reply);
}

}  // namespace cumulet::objectstore::swift
