// What the compute daemon's own steps do, and what a server becomes when a task ends. Named in the task table only.
#pragma once

#include "compute/converge/task_table.hpp"

namespace cumulet::compute::converge::steps {

// create: a host is chosen and allocated; StepFailed with the explanation when none fits.
void place(StepContext& context);
void unplace(StepContext& context);
// The server's ports belong to its host.
void bind_ports(StepContext& context);
void unbind_ports(StepContext& context);
// delete: ports, placement and quota are given back, the server's row moves to deleted_server.
void release_everything(StepContext& context);
void release_detached_port(StepContext& context);

void became_active_first(StepContext& context);
void became_active(StepContext& context);
void became_stopped(StepContext& context);
void became_paused(StepContext& context);
void became_suspended(StepContext& context);
void unchanged(StepContext& context);
void attached(StepContext& context);

// The server goes to ERROR with the task's message as its fault.
void create_failed(StepContext& context);
void delete_failed(StepContext& context);
// It stays in the state it was in; the action's record says what went wrong.
void kept(StepContext& context);

}  // namespace cumulet::compute::converge::steps
