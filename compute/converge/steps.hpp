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

// resize: quota and host hold what the larger of both flavors needs; StepFailed when the host has no room, Fault when
// the quota has none.
void claim_resize(StepContext& context);
void unclaim_resize(StepContext& context);
// The host runs the new size: the user decides.
void became_resized(StepContext& context);
// confirm: the flavor it had is no more of interest. revert: it has that one again.
void settle_resize(StepContext& context);
void return_flavor(StepContext& context);

// createImage and shelve: the image whose id is in the task's arguments goes unless its data came.
void drop_image(StepContext& context);
// shelve: the server is on no host any more.
void leave_host(StepContext& context);

void became_active_first(StepContext& context);
void became_active(StepContext& context);
void became_stopped(StepContext& context);
void became_paused(StepContext& context);
void became_suspended(StepContext& context);
// Active or stopped, as it was before.
void became_as_wanted(StepContext& context);
void became_rescued(StepContext& context);
void became_unrescued(StepContext& context);
// migrate: the disk is an image until the server runs elsewhere. evacuate: the disk is lost with the host.
void begin_migration(StepContext& context);
void leave_for_another_host(StepContext& context);
void leave_lost_host(StepContext& context);
void became_migrated(StepContext& context);
// No other host took it: it is kept as its image, or in ERROR where there is none.
void migration_failed(StepContext& context);
void became_shelved(StepContext& context);
// Runs again where it was placed; the image it was kept as goes.
void became_unshelved(StepContext& context);
void unchanged(StepContext& context);
// createBackup: the oldest backups beyond the rotation go.
void rotated(StepContext& context);
void attached(StepContext& context);

// The server goes to ERROR with the task's message as its fault.
void create_failed(StepContext& context);
void delete_failed(StepContext& context);
void rebuild_failed(StepContext& context);
void resize_failed(StepContext& context);
void snapshot_failed(StepContext& context);
void rescue_failed(StepContext& context);
// It stays in the state it was in; the action's record says what went wrong.
void kept(StepContext& context);

}  // namespace cumulet::compute::converge::steps
