#include "compute/internal/agent_consoles.hpp"

#include <fmt/format.h>

#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "common/runtime/text.hpp"
#include "common/store/transaction.hpp"
#include "compute/model/host.hpp"

namespace cumulet::compute::internal {

namespace asio = boost::asio;

namespace {

// The client's callback as something to wait for.
http::Task<http::ClientResponse> fetch(http::Client& client, http::ClientRequest request) {
    auto start = [&client](auto handler, http::ClientRequest asked) {
        auto held = std::make_shared<decltype(handler)>(std::move(handler));
        client.send(std::move(asked), [held](std::exception_ptr error, http::ClientResponse response) {
            auto executor = asio::get_associated_executor(*held);
            asio::post(executor, [held, error, response = std::move(response)]() mutable {
                (*held)(error, std::move(response));
            });
        });
    };
    co_return co_await asio::async_initiate<decltype(asio::use_awaitable),
                                            void(std::exception_ptr, http::ClientResponse)>(start, asio::use_awaitable,
                                                                                            std::move(request));
}

}  // namespace

http::Task<std::string> AgentConsoles::console_log(std::string host, std::string server_id, std::size_t max_bytes) {
    std::string listener;
    {
        store::Transaction txn(engine_, {});
        if (auto known = txn.peek<Host>(host)) listener = known->guest_listener;
    }
    if (listener.empty()) throw http::ClientError("host " + host + " has no listener");
    http::ClientRequest request;
    request.url = fmt::format("{}/v1/hosts/{}/guests/{}/console_log?bytes={}", listener, text::percent_encode(host),
                              text::percent_encode(server_id), max_bytes);
    auto response = co_await fetch(client_, std::move(request));
    if (response.status == 404) co_return "";
    if (response.status != 200)
        throw http::ClientError(
            fmt::format("host {} answered {}: {}", host, response.status, response.body.substr(0, 200)));
    co_return std::move(response.body);
}

}  // namespace cumulet::compute::internal
