// `cumulet down`, and cleaning up after a supervisor that was killed.
#pragma once

#include "cli/state_folder.hpp"

namespace cumulet::cli {

// Stops the cloud of this folder and waits until every process has ended. A cloud that is down already is a success.
// Guests run on, with the libvirtd that the agent started for them; `with_guests` ends both: nothing runs afterwards,
// and the guests are found switched off by the next `up`. Throws CommandError when the cloud does not stop within a
// minute.
int down(const StateFolder& state, bool with_guests = false);

// Waits for processes that a killed supervisor left behind (they stop by themselves), and ends those that do not. The
// caller holds the lock.
void see_off_leftovers(const StateFolder& state);

}  // namespace cumulet::cli
