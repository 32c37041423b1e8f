// The compute daemon as an agent sees it.
#pragma once

#include <functional>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

#include "compute/protocol/desired.hpp"
#include "compute/protocol/report.hpp"

namespace cumulet::compute::agent {

// No answer, or one that says "later": the agent tries again.
class ControlPlaneError : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};
// The daemon does not know this host: it must register (again).
class NotRegistered : public ControlPlaneError {
public:
    using ControlPlaneError::ControlPlaneError;
};

// Calls block; any thread. Everything throws ControlPlaneError.
class ControlPlane {
public:
    virtual ~ControlPlane() = default;
    virtual void register_host(const std::string& host, const protocol::HostDescription& description) = 0;
    // Hands in a batch and returns what changed since report.since, nullopt when nothing did.
    virtual std::optional<protocol::Desired> report(const std::string& host, const protocol::Report& report) = 0;
    // The bytes of an image, piece by piece.
    // The file as the data of an image made of the server. Throws ControlPlaneError.
    virtual void upload_image(const std::string& server_id, const std::string& image_id, const std::string& file) = 0;
    virtual void download_image(const std::string& image_id, const std::function<void(std::string_view)>& sink) = 0;
};

}  // namespace cumulet::compute::agent
