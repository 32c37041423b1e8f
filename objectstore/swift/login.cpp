// GET /auth/v1.0: the log-in of users of the object store's own.
#include "common/api/fault.hpp"
#include "common/api/reply.hpp"
#include "common/runtime/text.hpp"
#include "common/store/transaction.hpp"
#include "objectstore/swift/service.hpp"
#include "objectstore/swift/tables.hpp"
#include "objectstore/swift/tempauth.hpp"

namespace cumulet::objectstore::swift {

namespace {

using api::Endpoint;
using api::Errc;
using api::Fault;
using api::Policy;
using api::Reply;
using http::Method;

std::string sent(const api::Call& call, const char* header, const char* other) {
    const auto value = call.header(header);
    return std::string(value ? *value : call.header(other).value_or(""));
}

Reply log_in(api::Call& call, store::Transaction&) {
    auto* tempauth = call.module<Swift>().tempauth;
    if (!tempauth || !tempauth->has_users()) throw Fault::general(Errc::not_found);
    const auto user = sent(call, "X-Auth-User", "X-Storage-User");
    const auto login = tempauth->log_in(user, sent(call, "X-Auth-Key", "X-Storage-Pass"));
    if (!login) throw Fault::general(Errc::unauthorized);
    Reply reply = Reply::text(200, "", "text/html; charset=UTF-8");
    auto& headers = reply.response().headers;
    headers.set("X-Storage-Url", call.base_url() + "/v1/" + text::percent_encode(login->account));
    headers.set("X-Auth-Token", login->token);
    headers.set("X-Storage-Token", login->token);
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(login->left).count();
    headers.set("X-Auth-Token-Expires", std::to_string(seconds));
    return reply;
}

constexpr Endpoint kTable[] = {
    {.method = Method::get,
     .path = "/auth/v1.0",
     .policy = Policy::open(),
     .summary = "Log in a user of the object store's own.",
     .handle = log_in},
    {.method = Method::get,
     .path = "/auth/v1",
     .policy = Policy::open(),
     .summary = "Log in a user of the object store's own.",
     .handle = log_in},
};

}  // namespace

api::EndpointTable login_endpoints() { return kTable; }

}  // namespace cumulet::objectstore::swift
