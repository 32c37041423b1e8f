#include "compute/converge/task_table.hpp"

#include <nlohmann/json.hpp>

#include "compute/converge/steps.hpp"
#include "compute/protocol/actions.hpp"

namespace cumulet::compute::converge {

namespace {

namespace action = protocol::action;
using namespace std::chrono_literals;
using enum VmState;

// A spawn may have to fetch an image of many gigabytes; a soft stop waits for the guest's own patience.
constexpr auto kSpawnDeadline = 900s;
constexpr auto kDestroyDeadline = 120s;
constexpr auto kPowerDeadline = 120s;
constexpr auto kSoftDeadline = 300s;
constexpr int kDestroyAttempts = 5;
constexpr int kSnapshotAttempts = 3;

// What several operations do alike, each under task states of its own.
constexpr Step schedule_step(std::string_view task_state) {
    return {.name = "schedule",
            .owner = Owner::scheduler,
            .task_state = task_state,
            .run = steps::place,
            .undo = steps::unplace};
}
constexpr Step ports_step(std::string_view task_state) {
    return {.name = "ports", .task_state = task_state, .run = steps::bind_ports, .undo = steps::unbind_ports};
}
constexpr Step spawn_step(std::string_view task_state) {
    return {.name = "spawn",
            .owner = Owner::host,
            .task_state = task_state,
            .action = action::kSpawn,
            .undo_action = action::kDestroy,
            .deadline = kSpawnDeadline};
}
constexpr Step destroy_step(std::string_view name, std::string_view task_state) {
    return {.name = name,
            .owner = Owner::host,
            .task_state = task_state,
            .action = action::kDestroy,
            .deadline = kDestroyDeadline,
            .attempts = kDestroyAttempts};
}
// The disk becomes an image, the guest stays off until the next step or the undoing.
constexpr Step shelving_snapshot_step(std::string_view task_state) {
    return {.name = "snapshot",
            .owner = Owner::host,
            .task_state = task_state,
            .action = action::kShelve,
            .undo_action = action::kAsWanted,
            .deadline = kSpawnDeadline,
            .attempts = kSnapshotAttempts};
}
// One step on the host, nothing to undo: the server stays as the host last reported it.
constexpr Step host_step(std::string_view name, std::string_view task_state, std::string_view action,
                         std::chrono::seconds deadline = kPowerDeadline) {
    return {.name = name, .owner = Owner::host, .task_state = task_state, .action = action, .deadline = deadline};
}

constexpr Step kCreateSteps[] = {schedule_step("scheduling"), ports_step("networking"), spawn_step("spawning")};
constexpr Step kDeleteSteps[] = {destroy_step("destroy", "deleting"),
                                 {.name = "release", .task_state = "deleting", .run = steps::release_everything}};
constexpr Step kStopSteps[] = {host_step("stop", "powering-off", action::kShutDown, kSoftDeadline)};
constexpr Step kStartSteps[] = {host_step("start", "powering-on", action::kPowerOn)};
constexpr Step kSoftRebootSteps[] = {host_step("reboot", "rebooting", action::kRebootSoft, kSoftDeadline)};
constexpr Step kHardRebootSteps[] = {host_step("reboot", "rebooting_hard", action::kRebootHard)};
constexpr Step kPauseSteps[] = {host_step("pause", "pausing", action::kPause)};
constexpr Step kUnpauseSteps[] = {host_step("unpause", "unpausing", action::kPowerOn)};
constexpr Step kSuspendSteps[] = {host_step("suspend", "suspending", action::kSuspend, kSoftDeadline)};
constexpr Step kResumeSteps[] = {host_step("resume", "resuming", action::kPowerOn, kSoftDeadline)};
constexpr Step kAttachSteps[] = {
    {.name = "bind", .run = steps::bind_ports, .undo = steps::release_detached_port},
    {.name = "attach",
     .owner = Owner::host,
     .action = action::kAttachNic,
     .undo_action = action::kDetachNic,
     .deadline = kPowerDeadline},
};
constexpr Step kDetachSteps[] = {host_step("detach", "", action::kDetachNic),
                                 {.name = "release", .run = steps::release_detached_port}};

// The disks are made anew: a step that has begun cannot be undone.
constexpr Step kRebuildSteps[] = {host_step("rebuild", "rebuilding", action::kRebuild, kSpawnDeadline)};
constexpr Step kRescueSteps[] = {{.name = "rescue",
                                  .owner = Owner::host,
                                  .task_state = "rescuing",
                                  .action = action::kRescue,
                                  .undo_action = action::kUnrescue,
                                  .deadline = kSpawnDeadline}};
constexpr Step kUnrescueSteps[] = {host_step("unrescue", "unrescuing", action::kUnrescue, kSoftDeadline)};
constexpr Step kResizeSteps[] = {
    {.name = "claim",
     .owner = Owner::scheduler,
     .task_state = "resize_prep",
     .run = steps::claim_resize,
     .undo = steps::unclaim_resize},
    {.name = "resize",
     .owner = Owner::host,
     .task_state = "resize_migrating",
     .action = action::kResize,
     .undo_action = action::kRevertResize,
     .deadline = kSpawnDeadline},
};
constexpr Step kConfirmResizeSteps[] = {host_step("confirm", "", action::kConfirmResize),
                                        {.name = "release", .run = steps::settle_resize}};
constexpr Step kRevertResizeSteps[] = {
    host_step("revert", "resize_reverting", action::kRevertResize, kSpawnDeadline),
    {.name = "release", .task_state = "resize_reverting", .run = steps::return_flavor}};

constexpr Step kCreateImageSteps[] = {{.name = "snapshot",
                                       .owner = Owner::host,
                                       .task_state = "image_uploading",
                                       .action = action::kSnapshot,
                                       .deadline = kSpawnDeadline,
                                       .attempts = kSnapshotAttempts}};
constexpr Step kShelveSteps[] = {
    shelving_snapshot_step("shelving_image_uploading"),
    destroy_step("offload", "shelving_offloading"),
    {.name = "release", .task_state = "shelving_offloading", .run = steps::leave_host},
};
constexpr Step kUnshelveSteps[] = {schedule_step("unshelving"), ports_step("unshelving"), spawn_step("spawning")};

// By way of an image: hosts need not know each other, and a copy of the disk exists at every moment.
constexpr Step kMigrateSteps[] = {
    {.name = "prepare", .task_state = "resize_prep", .run = steps::begin_migration},
    shelving_snapshot_step("resize_migrating"),
    destroy_step("offload", "resize_migrating"),
    {.name = "release", .task_state = "resize_migrating", .run = steps::leave_for_another_host},
    schedule_step("resize_migrated"),
    ports_step("resize_migrated"),
    spawn_step("resize_finish"),
};
// From a host that is down: what it still has of the server it removes itself once it is back.
constexpr Step kEvacuateSteps[] = {
    {.name = "prepare", .task_state = "rebuilding", .run = steps::begin_migration},
    {.name = "release", .task_state = "rebuilding", .run = steps::leave_lost_host},
    schedule_step("rebuilding"),
    ports_step("rebuilding"),
    spawn_step("rebuild_spawning"),
};

constexpr std::string_view kReplacedByHardReboot[] = {"reboot", "pause", "unpause", "suspend", "resume"};

constexpr TaskKind kKinds[] = {
    {.name = "create",
     .steps = kCreateSteps,
     .from = {building},
     .needs_host = false,
     .finish = steps::became_active_first,
     .fail = steps::create_failed,
     .placements = 3},
    {.name = "delete",
     .steps = kDeleteSteps,
     .from = VmStates::all(),
     .needs_host = false,
     .replaces_any = true,
     .finish = nullptr,
     .fail = steps::delete_failed,
     .undoes = false,
     .done_without_host = true},
    {.name = "stop",
     .steps = kStopSteps,
     .from = {active, error},
     .finish = steps::became_stopped,
     .fail = steps::kept},
    {.name = "start", .steps = kStartSteps, .from = {stopped}, .finish = steps::became_active, .fail = steps::kept},
    {.name = "reboot",
     .variant = "HARD",
     .steps = kHardRebootSteps,
     .from = {active, stopped, paused, suspended, error},
     .replaces = kReplacedByHardReboot,
     .finish = steps::became_active,
     .fail = steps::kept},
    {.name = "reboot",
     .steps = kSoftRebootSteps,
     .from = {active},
     .finish = steps::became_active,
     .fail = steps::kept},
    {.name = "pause", .steps = kPauseSteps, .from = {active}, .finish = steps::became_paused, .fail = steps::kept},
    {.name = "unpause", .steps = kUnpauseSteps, .from = {paused}, .finish = steps::became_active, .fail = steps::kept},
    {.name = "suspend",
     .steps = kSuspendSteps,
     .from = {active},
     .finish = steps::became_suspended,
     .fail = steps::kept},
    {.name = "resume", .steps = kResumeSteps, .from = {suspended}, .finish = steps::became_active, .fail = steps::kept},
    {.name = "rebuild",
     .steps = kRebuildSteps,
     .from = {active, stopped, error},
     .finish = steps::became_as_wanted,
     .fail = steps::rebuild_failed},
    {.name = "rescue",
     .steps = kRescueSteps,
     .from = {active, stopped, error},
     .finish = steps::became_rescued,
     .fail = steps::rescue_failed},
    {.name = "unrescue",
     .steps = kUnrescueSteps,
     .from = {rescued},
     .finish = steps::became_unrescued,
     .fail = steps::kept},
    {.name = "resize",
     .steps = kResizeSteps,
     .from = {active, stopped},
     .finish = steps::became_resized,
     .fail = steps::resize_failed},
    {.name = "confirmResize",
     .steps = kConfirmResizeSteps,
     .from = {resized},
     .finish = steps::became_as_wanted,
     .fail = steps::kept},
    {.name = "revertResize",
     .steps = kRevertResizeSteps,
     .from = {resized},
     .finish = steps::became_as_wanted,
     .fail = steps::kept},
    {.name = "createImage",
     .steps = kCreateImageSteps,
     .from = {active, stopped, paused, suspended},
     .finish = steps::unchanged,
     .fail = steps::snapshot_failed,
     .replaced = steps::drop_image},
    {.name = "createBackup",
     .steps = kCreateImageSteps,
     .from = {active, stopped, paused, suspended},
     .finish = steps::rotated,
     .fail = steps::snapshot_failed,
     .replaced = steps::drop_image},
    {.name = "shelve",
     .steps = kShelveSteps,
     .from = {active, stopped, paused, suspended},
     .finish = steps::became_shelved,
     .fail = steps::snapshot_failed,
     .replaced = steps::drop_image},
    {.name = "unshelve",
     .steps = kUnshelveSteps,
     .from = {shelved_offloaded},
     .needs_host = false,
     .finish = steps::became_unshelved,
     .fail = steps::kept,
     .placements = 3},
    {.name = "migrate",
     .steps = kMigrateSteps,
     .from = {active},
     .finish = steps::became_migrated,
     .fail = steps::migration_failed,
     .replaced = steps::drop_image},
    {.name = "evacuate",
     .steps = kEvacuateSteps,
     .from = {active, stopped, error},
     .needs_host = false,
     .finish = steps::became_migrated,
     .fail = steps::migration_failed},
    {.name = "attach_interface",
     .steps = kAttachSteps,
     .from = {active, paused, stopped},
     .finish = steps::attached,
     .fail = steps::kept},
    {.name = "detach_interface",
     .steps = kDetachSteps,
     .from = {active, paused, stopped},
     .finish = steps::unchanged,
     .fail = steps::kept},
};

}  // namespace

std::span<const TaskKind> all_kinds() { return kKinds; }

const TaskKind& kind_of(std::string_view name, const nlohmann::json& args) {
    std::string variant;
    if (args.is_object()) variant = args.value("type", "");
    for (const auto& kind : kKinds)
        if (kind.name == name && (kind.variant.empty() || kind.variant == variant)) return kind;
    throw std::logic_error("no task is named " + std::string(name));
}

}  // namespace cumulet::compute::converge
