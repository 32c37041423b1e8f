#include "common/api/reply.hpp"

namespace cumulet::api {

namespace {

Reply with_body(int status, std::string body, std::string content_type) {
    http::Response response;
    response.status = status;
    response.headers.set("Content-Type", std::move(content_type));
    response.body = std::move(body);
    return Reply::of(std::move(response));
}

}  // namespace

Reply Reply::json(int status, const nlohmann::json& body) {
    // Names of guests and objects come from outside: bytes that are no UTF-8 must not turn an answer into a failure.
    return with_body(status, body.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace), "application/json");
}

Reply Reply::empty(int status) {
    http::Response response;
    response.status = status;
    return of(std::move(response));
}

Reply Reply::text(int status, std::string body, std::string content_type) {
    return with_body(status, std::move(body), std::move(content_type));
}

Reply Reply::raw_json(int status, std::string body) { return with_body(status, std::move(body), "application/json"); }

Reply Reply::of(http::Response response) {
    Reply reply;
    reply.response_ = std::move(response);
    return reply;
}

}  // namespace cumulet::api
