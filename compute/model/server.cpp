#include "compute/model/server.hpp"

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

}  // namespace cumulet::compute
