// Moving tasks on, within a transaction of the caller: a host reported a step, a deadline passed, a host went down.
// Each of these is idempotent: told twice, or too late, it changes nothing.
#pragma once

#include <string>
#include <string_view>

#include "compute/converge/task_table.hpp"
#include "compute/protocol/report.hpp"

namespace cumulet::compute::converge {

// Goes on from the task's present step until it waits for a host or has ended, and writes task and server. The record
// of a task that has ended goes: the change log tells what it was (compute/history).
void proceed(StepContext& context, std::string_view reason);
// Ends the task as failed without undoing anything ("superseded by delete"). Does not write the server.
void abandon(store::Transaction& txn, Task& task, const std::string& why);

// What `host` says about a step. False when it is about nothing that waits for it: an old attempt, another task, a
// server that is gone.
bool report_step(store::Transaction& txn, Random& random, const std::string& host, const protocol::StepResult& result);
// What `host` observed of a server between tasks. False when ignored: not on this host, a task runs, or the host had
// not seen the server's newest state.
bool report_power(store::Transaction& txn, const std::string& host, const protocol::GuestReport& guest);

// The task's step is past its deadline: it counts as failed.
bool expire(store::Transaction& txn, Random& random, const std::string& server_id, const std::string& task_id);
// The host that the task waits for is down: a delete ends here (the host makes absent what it finds when it comes
// back), a create and all else fail.
bool give_up_on_host(store::Transaction& txn, Random& random, const std::string& server_id, const std::string& task_id);

// The number of the order that an open task waits for: two orders of one task never share it.
std::int64_t order_number(const Task& task);
bool is_open(const Task& task);

}  // namespace cumulet::compute::converge
