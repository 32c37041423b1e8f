// One connection of a client: opens, sends one request at a time, reads its answer. Internal to common/http.
#pragma once

#include <functional>
#include <memory>

#include "common/http/client.hpp"
#include "common/http/incoming_body.hpp"
#include "common/http/stream.hpp"
#include "common/http/url.hpp"

namespace boost::asio::ssl {
class context;
}

namespace cumulet::http {

// One request on its way.
struct Exchange {
    ClientRequest request;
    Url url;
    // A body that is not in `request`: its length, and who gives the pieces (nullopt: gave up).
    std::optional<std::uint64_t> upload_length;
    std::function<Task<std::optional<std::string>>()> upload;
    // Where the body of a 2xx answer goes instead of `response`; false: gave up.
    std::function<Task<bool>(std::string_view)> sink;
    Client::Done done;
    ClientResponse response;
};

// Lives on one io thread.
class ClientConnection {
public:
    ClientConnection(boost::asio::io_context& context, const ClientOptions& options);

    boost::asio::io_context& context() { return context_; }
    bool is_open() const { return open_; }
    bool looks_dead() { return stream_.looks_dead(); }
    // Throws ClientError.
    Task<void> open(const Url& url, std::shared_ptr<boost::asio::ssl::context> tls);
    enum class Outcome { answered, dead };
    // Fills exchange.response. dead: the connection ended before any byte of the answer. Throws ClientError for all
    // else.
    Task<Outcome> run(Exchange& exchange);
    // Whether another request may follow.
    bool reusable() const { return reusable_; }
    void abort();

private:
    Task<bool> send(Exchange& exchange);
    Task<bool> send_upload(Exchange& exchange);
    Task<bool> read_head(Exchange& exchange, HeadInfo& info);
    Task<void> read_body(Exchange& exchange, const HeadInfo& info);
    [[noreturn]] void fail(const Exchange& exchange, std::string_view what) const;

    boost::asio::io_context& context_;
    const ClientOptions& options_;
    Stream stream_;
    InputBuffer input_;
    bool open_ = false;
    bool reusable_ = false;
    bool aborted_ = false;
};

}  // namespace cumulet::http
