// A request to the Swift API: an API call, and what only Swift's requests bring along.
#pragma once

#include <stdexcept>

#include "common/api/fault.hpp"
#include "common/api/reply.hpp"
#include "common/api/stream.hpp"
#include "common/auth/context.hpp"

namespace cumulet::objectstore::swift {

// Thrown by what finds the answer to be another one than the handler's, with headers of its own.
struct OtherAnswer {
    api::Reply reply;
};

class SwiftCall : public api::StreamCall {
public:
    explicit SwiftCall(const api::StreamCall& call) : StreamCall(call) {}

    // Whose X-Service-Token came along; null without a valid one.
    const auth::Context* service() const { return service_.get(); }
    // A signature other than a token's lets this request read and write the objects of one container.
    void warrant(std::string account, std::string container) { warrant_ = {std::move(account), std::move(container)}; }
    bool has_warrant(std::string_view account, std::string_view container) const {
        return !warrant_.first.empty() && warrant_.first == account && warrant_.second == container;
    }
    // Sent by another cluster, whose time of the change this is.
    void set_synced(Timestamp at) { synced_at_ = at; }
    const std::optional<Timestamp>& synced_at() const { return synced_at_; }
    // The ETag of the answer is to be shown in quotes.
    void quote_etag(bool wanted) { quotes_etag_ = wanted; }
    // HEAD is a GET whose body nobody gets.
    bool is_head() const { return request().method == http::Method::head; }

private:
    friend http::Task<api::Reply> run(api::StreamCall& call, http::Task<api::Reply> (*handler)(SwiftCall&));
    auth::ContextPtr service_;
    std::optional<Timestamp> synced_at_;
    bool quotes_etag_ = false;
    std::pair<std::string, std::string> warrant_;  // account and container
};

// A fault as an answer: with what a 401 says about logging in.
api::Reply refusal(const SwiftCall& call, const api::Fault& fault);

// The page that says no more than a status does.
std::string page_of(api::Errc code);

// Runs a handler: service token before it, CORS headers behind it.
http::Task<api::Reply> run(api::StreamCall& call, http::Task<api::Reply> (*handler)(SwiftCall&));

// For endpoint tables: constexpr api::StreamHandle kGet = handled<get_object>;
template <http::Task<api::Reply> (*Handler)(SwiftCall&)>
http::Task<api::Reply> handled_by(api::StreamCall& call) {
    return run(call, Handler);
}
template <http::Task<api::Reply> (*Handler)(SwiftCall&)>
inline constexpr api::StreamHandle handled{handled_by<Handler>};

}  // namespace cumulet::objectstore::swift
