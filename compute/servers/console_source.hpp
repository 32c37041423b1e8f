// Where console text comes from: the agent of the guest's host, asked over its own listener.
#pragma once

#include <string>

#include "common/http/body.hpp"

namespace cumulet::compute::servers {

class ConsoleSource {
public:
    virtual ~ConsoleSource() = default;
    // The last `max_bytes` of the guest's serial console. Throws http::ClientError when the host does not answer.
    virtual http::Task<std::string> console_log(std::string host, std::string server_id, std::size_t max_bytes) = 0;
};

}  // namespace cumulet::compute::servers
