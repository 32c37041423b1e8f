// Console text of guests, asked of the listeners of their agents.
#pragma once

#include "common/http/client.hpp"
#include "common/store/engine.hpp"
#include "compute/servers/console_source.hpp"

namespace cumulet::compute::internal {

class AgentConsoles final : public servers::ConsoleSource {
public:
    // `client` shows the compute daemon's certificate. Both outlive this.
    AgentConsoles(store::Engine& engine, http::Client& client) : engine_(engine), client_(client) {}
    http::Task<std::string> console_log(std::string host, std::string server_id, std::size_t max_bytes) override;

private:
    store::Engine& engine_;
    http::Client& client_;
};

}  // namespace cumulet::compute::internal
