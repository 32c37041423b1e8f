// The table of tasks: of each operation its steps, their owners, deadlines and undos, from which vm_states it may
// start, and what the server is afterwards. Everything else in this folder reads it; tests are generated from it.
#pragma once

#include <chrono>
#include <initializer_list>
#include <nlohmann/json_fwd.hpp>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>

#include "common/runtime/ids.hpp"
#include "common/store/transaction.hpp"
#include "compute/model/server.hpp"
#include "compute/model/task.hpp"

namespace cumulet::compute::converge {

// A step that cannot be done. The task is undone, and the words (safe to show) become the server's fault.
class StepFailed : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

// What a step works on. Whoever advances the task puts server and task afterwards (unless the server is gone).
struct StepContext {
    store::Transaction& txn;
    Random& random;
    Server& server;
    Task& task;
    bool server_erased = false;
};

enum class Owner { scheduler, compute, host };

using StepFunction = void (*)(StepContext&);

struct Step {
    std::string_view name;  // as os-instance-actions shows it
    Owner owner = Owner::compute;
    std::string_view task_state;  // Nova's, while the step runs; empty: as it was
    StepFunction run = nullptr;   // of scheduler and compute: idempotent, in the transaction of the step before it
    StepFunction undo = nullptr;  // idempotent too
    std::string_view action;      // of a host: what the agent is asked to do (protocol/desired.hpp)
    std::string_view undo_action;
    std::chrono::seconds deadline{0};  // of one attempt of a host
    int attempts = 1;                  // of a host, before the step has failed
};

// A set of VmStates.
class VmStates {
public:
    constexpr VmStates(std::initializer_list<VmState> states) {
        for (auto state : states) bits_ |= bit(state);
    }
    static constexpr VmStates all() {
        VmStates every({});
        every.bits_ = ~0u;
        return every;
    }
    constexpr bool has(VmState state) const { return (bits_ & bit(state)) != 0; }

private:
    static constexpr unsigned bit(VmState state) { return 1u << static_cast<unsigned>(state); }
    unsigned bits_ = 0;
};

struct TaskKind {
    std::string_view name;          // the action's name in os-instance-actions and in 409s
    std::string_view variant = {};  // "HARD" of a reboot: args["type"]
    std::span<const Step> steps;
    VmStates from;
    bool needs_host = true;                        // 409 for a server that is on none
    bool replaces_any = false;                     // ends whatever task runs
    std::span<const std::string_view> replaces{};  // ends a running task of these names; any other is a 409
    StepFunction finish = nullptr;                 // all steps are done: the server's new state
    StepFunction fail = nullptr;                   // the task failed and is undone: the server's state
    StepFunction replaced = nullptr;               // another task took its place: what it leaves that others do not
    int placements = 1;                            // how many hosts are tried
    bool undoes = true;                            // false: a failed step fails the task as it stands
    bool done_without_host = false;                // a host that is down is not waited for
};

std::span<const TaskKind> all_kinds();
// std::logic_error for a name that is not in the table.
const TaskKind& kind_of(std::string_view name, const nlohmann::json& args);

}  // namespace cumulet::compute::converge
