#include "objectstore/swift/call.hpp"

#include "common/api/awaiting.hpp"
#include "common/api/service.hpp"
#include "common/runtime/text.hpp"
#include "objectstore/swift/container_sync.hpp"
#include "objectstore/swift/cors.hpp"
#include "objectstore/swift/domain_remap.hpp"
#include "objectstore/swift/quoted_etags.hpp"
#include "objectstore/swift/rate_limits.hpp"
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

}  // namespace

api::Reply refusal(const SwiftCall& call, const api::Fault& fault) {
    auto response = api::swift_fault(fault, call.request_id());
    if (fault.status() != 401) return api::Reply::of(std::move(response));
    const auto account = call.endpoint().path.starts_with("/v1/{account}") ? call.path("account") : "unknown";
    const auto* validator = call.module<Swift>().validator;
    if (const auto uri = validator ? validator->authenticate_uri() : ""; !uri.empty())
        response.headers.add("WWW-Authenticate", fmt::format("Keystone uri=\"{}\"", uri));
    response.headers.add("WWW-Authenticate", fmt::format("Swift realm=\"{}\"", text::percent_encode(account)));
    return api::Reply::of(std::move(response));
}

std::string page_of(api::Errc code) {
    return std::get<std::string>(api::swift_fault(api::Fault::general(code), "").body);
}

http::Task<api::Reply> run(api::StreamCall& plain, http::Task<api::Reply> (*handler)(SwiftCall&)) {
    SwiftCall call(plain);
    // The router does not count slashes; names do not begin with an empty version.
    if (!call.request().path.starts_with("/v1/")) throw api::Fault::general(api::Errc::not_found);
    if (call.header("X-Service-Token")) call.service_ = co_await service_of(plain);
    std::optional<api::Reply> reply;
    std::optional<api::Fault> fault;
    try {
        admit_sync(call);
        if (call.module<Swift>().rate_limits) co_await wait_for_turn(call);
        reply = co_await handler(call);
    } catch (OtherAnswer& other) {
        reply = std::move(other.reply);
    } catch (const api::Fault& thrown) {
        // Browsers read an error only when it, too, says who may.
        if (thrown.code() == api::Errc::internal || (thrown.status() != 401 && !call.header("Origin"))) throw;
        fault = thrown;
    }
    if (fault) reply = refusal(call, *fault);
    if (call.quotes_etag_) quote_etag(reply->response().headers);
    shorten_location(call, reply->response().headers);
    add_cors(call, reply->response());
    co_return std::move(*reply);
}

}  // namespace cumulet::objectstore::swift
