// Process ids in files, as libvirt's daemons keep them: locked by their owner for as long as it lives.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <optional>

namespace cumulet::hypervisor {

// The process that holds the lock on the pid file; nullopt when none does: a stale file of a reused id deceives nobody.
std::optional<pid_t> lock_holder(const std::filesystem::path& pid_file);

// Signals the process and waits until it is gone; sends SIGKILL after `patience`. False when it is there even then.
bool end_process(pid_t pid, int signal, std::chrono::milliseconds patience);

}  // namespace cumulet::hypervisor
