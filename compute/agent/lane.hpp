// One guest as its agent knows it: what is wanted, what was seen, what is being done.
#pragma once

#include <optional>
#include <string>

#include "common/runtime/clock.hpp"
#include "compute/protocol/desired.hpp"

namespace cumulet::compute::agent {

// Names an order: the same task and number is the same order, however often it is told.
struct OrderKey {
    std::string task_id;
    std::int64_t order = 0;
    bool operator==(const OrderKey&) const = default;
};

enum class Doing { nothing, order, remove, restore, power };

struct Lane {
    std::optional<protocol::Guest> wanted;  // nullopt: it does not belong here
    std::string seen_power;                 // as last observed or brought about; empty: not here
    std::int64_t network = 0;               // the state of the network that came with it
    bool maybe_here = false;                // something of it may be on this host

    Doing doing = Doing::nothing;  // a call that has not returned
    OrderKey working;              // the order it carries out
    Timestamp last_work_end{};

    OrderKey order;  // the newest one heard of
    Timestamp order_deadline{};
    bool answered = false;        // its result was handed to the outbox
    protocol::StepResult answer;  // told again when the order comes again
    Timestamp retry_at{};         // after a failed remove, restore or power
    int failures = 0;
};

}  // namespace cumulet::compute::agent
