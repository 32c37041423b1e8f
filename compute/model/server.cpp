#include "compute/model/server.hpp"

#include <algorithm>

namespace cumulet::compute {

int power_state_number(PowerState state) {
    switch (state) {
        case PowerState::none:
            return 0;
        case PowerState::running:
            return 1;
        case PowerState::paused:
            return 3;
        case PowerState::shutdown:
            return 4;
        case PowerState::crashed:
            return 6;
        case PowerState::suspended:
            return 7;
    }
    return 0;
}

std::int64_t disk_gib_of(const Flavor& flavor) {
    return flavor.root_gib + flavor.ephemeral_gib + (flavor.swap_mib + 1023) / 1024;
}

Flavor held_by(const Server& server) {
    Flavor held = server.flavor;
    if (const auto& other = server.other_flavor) {
        held.vcpus = std::max(held.vcpus, other->vcpus);
        held.memory_mib = std::max(held.memory_mib, other->memory_mib);
        if (disk_gib_of(*other) > disk_gib_of(held)) {
            held.root_gib = other->root_gib;
            held.ephemeral_gib = other->ephemeral_gib;
            held.swap_mib = other->swap_mib;
        }
    }
    return held;
}

}  // namespace cumulet::compute
