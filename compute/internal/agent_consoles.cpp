#include "compute/internal/agent_consoles.hpp"

#include "common/api/awaiting.hpp"
#include "common/runtime/text.hpp"
#include "common/store/transaction.hpp"
#include "compute/model/host.hpp"

namespace cumulet::compute::internal {

namespace {

http::Task<http::ClientResponse> fetch(http::Client& client, http::ClientRequest request) {
    using Outcome = std::pair<std::exception_ptr, http::ClientResponse>;
    auto [error, response] = co_await api::wait_for<Outcome>([&](auto done) {
        client.send(std::move(request), [done](std::exception_ptr failure, http::ClientResponse answer) {
            done({failure, std::move(answer)});
        });
    });
    if (error) std::rethrow_exception(error);
    co_return std::move(response);
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
    request.url =
        fmt::format("{}/v1/guests/{}/console_log?bytes={}", listener, text::percent_encode(server_id), max_bytes);
    auto response = co_await fetch(client_, std::move(request));
    if (response.status == 404) co_return "";  // the guest is not there (any more): nothing to read
    if (response.status != 200)
        throw http::ClientError(
            fmt::format("host {} answered {}: {}", host, response.status, response.body.substr(0, 200)));
    co_return std::move(response.body);
}

}  // namespace cumulet::compute::internal
