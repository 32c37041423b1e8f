// What an agent can be asked to do with a guest as a step of a task. Every action is repeatable.
#pragma once

#include <string_view>

namespace cumulet::compute::protocol::action {

inline constexpr std::string_view kSpawn = "spawn";         // define with disks and NICs, then run
inline constexpr std::string_view kDestroy = "destroy";     // nothing of it is left
inline constexpr std::string_view kShutDown = "shut_down";  // ask the guest, then pull the plug
inline constexpr std::string_view kPowerOn = "power_on";    // running, from whatever it is
inline constexpr std::string_view kPause = "pause";
inline constexpr std::string_view kSuspend = "suspend";
inline constexpr std::string_view kRebootSoft = "reboot_soft";
inline constexpr std::string_view kRebootHard = "reboot_hard";
inline constexpr std::string_view kRebuild = "rebuild";               // new disks of the image; power as wanted
inline constexpr std::string_view kRescue = "rescue";                 // runs the rescue image, its own disk beside
inline constexpr std::string_view kUnrescue = "unrescue";             // runs its own disk again; power as wanted
inline constexpr std::string_view kResize = "resize";                 // another size; the disk as it was is kept
inline constexpr std::string_view kRevertResize = "revert_resize";    // the size told and the disk that was kept
inline constexpr std::string_view kConfirmResize = "confirm_resize";  // the disk that was kept goes
inline constexpr std::string_view kSnapshot = "snapshot";             // its disk is sent as an image; args: image_id
inline constexpr std::string_view kShelve = "shelve";                 // the same of a guest that is off from now on
inline constexpr std::string_view kAsWanted = "as_wanted";            // power as wanted
inline constexpr std::string_view kAttachNic = "attach_nic";          // args: port_id
inline constexpr std::string_view kDetachNic = "detach_nic";          // args: port_id, mac

}  // namespace cumulet::compute::protocol::action
