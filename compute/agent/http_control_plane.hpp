// The compute daemon over its internal API.
#pragma once

#include <string>

#include "common/http/client.hpp"
#include "compute/agent/control_plane.hpp"

namespace cumulet::compute::agent {

// Any thread but io threads. `client` shows the agent's certificate and outlives this.
class HttpControlPlane final : public ControlPlane {
public:
    HttpControlPlane(http::Client& client, std::string url);
    void register_host(const std::string& host, const protocol::HostDescription& description) override;
    std::optional<protocol::Desired> report(const std::string& host, const protocol::Report& report) override;
    void upload_image(const std::string& server_id, const std::string& image_id, const std::string& file) override;
    void download_image(const std::string& image_id, const std::function<void(std::string_view)>& sink) override;

private:
    http::ClientResponse send(http::Method method, const std::string& path, std::string body);

    http::Client& client_;
    std::string url_;
};

}  // namespace cumulet::compute::agent
