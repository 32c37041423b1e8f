#include "compute/daemon/consoles.hpp"

#include "common/api/awaiting.hpp"
#include "common/http/client.hpp"
#include "common/store/transaction.hpp"
#include "compute/daemon/config.hpp"
#include "compute/model/host.hpp"

namespace cumulet::compute::daemon {
namespace {

class AgentConsoles final : public servers::ConsoleSource {
public:
    AgentConsoles(http::Io& io, http::ClientOptions options, store::Engine& engine, const Clock& clock)
        : client_(io, std::move(options)), engine_(engine), clock_(clock) {}

    http::Task<std::string> console_log(std::string host, std::string server_id, std::size_t max_bytes) override {
        http::ClientRequest request;
        request.url = fmt::format("{}/v1/guests/{}/console_log?bytes={}", listener_of(host), server_id, max_bytes);
        auto response = co_await send(std::move(request));
        if (response.status == 404) co_return "";  // the guest is not there (any more): nothing to read
        if (response.status != 200)
            throw http::ClientError(
                fmt::format("host {} answered {} for the console of {}", host, response.status, server_id));
        co_return std::move(response.body);
    }

private:
    std::string listener_of(const std::string& host) {
        store::Transaction txn(engine_, {.time = clock_.now(), .operation = "console"});
        auto known = txn.peek<Host>(host);
        if (!known || known->guest_listener.empty()) throw http::ClientError("host " + host + " has no listener");
        return known->guest_listener;
    }

    http::Task<http::ClientResponse> send(http::ClientRequest request) {
        using Outcome = std::pair<std::exception_ptr, http::ClientResponse>;
        auto [error, response] = co_await api::wait_for<Outcome>([&](auto done) {
            client_.send(std::move(request), [done](std::exception_ptr error, http::ClientResponse response) {
                done({error, std::move(response)});
            });
        });
        if (error) std::rethrow_exception(error);
        co_return std::move(response);
    }

    http::Client client_;
    store::Engine& engine_;
    const Clock& clock_;
};

}  // namespace

std::unique_ptr<servers::ConsoleSource> make_console_source(cumulet::daemon::Platform& platform,
                                                            const runtime::Config& config, store::Engine& engine) {
    http::ClientOptions options;
    options.ca_file = config.get(kAgentCa);
    options.cert_file = config.get(kAgentCert);
    options.key_file = config.get(kAgentKey);
    options.read_timeout_ms = std::chrono::milliseconds(10'000);
    return std::make_unique<AgentConsoles>(platform.io(), std::move(options), engine, platform.clock());
}

}  // namespace cumulet::compute::daemon
