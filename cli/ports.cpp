#include "cli/ports.hpp"

#include <fmt/format.h>

#include <array>
#include <stdexcept>

namespace cumulet::cli {

Ports Ports::with_offset(int offset) {
    Ports ports;
    const std::array<std::uint16_t*, 15> all = {&ports.identity,
                                                &ports.compute,
                                                &ports.metadata,
                                                &ports.volume,
                                                &ports.placement,
                                                &ports.agents,
                                                &ports.image,
                                                &ports.network,
                                                &ports.object_store,
                                                &ports.s3,
                                                &ports.bus,
                                                &ports.identity_admin,
                                                &ports.object_store_admin,
                                                &ports.compute_admin,
                                                &ports.agent_admin};
    for (std::uint16_t* port : all) {
        const int moved = *port + offset;
        if (moved < 1 || moved > 65'535)
            throw std::invalid_argument(fmt::format(
                "--port-offset {}: port {} would become {}; ports go from 1 to 65535", offset, *port, moved));
        *port = static_cast<std::uint16_t>(moved);
    }
    return ports;
}

}  // namespace cumulet::cli
