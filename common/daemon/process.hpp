// What a daemon asks of the operating system.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace cumulet::daemon {

// Blocks SIGTERM, SIGINT and SIGHUP for this thread and all it starts; ignores SIGPIPE. Call before any thread is
// started. Returns a descriptor that is readable when one of them has come.
int take_signals();
// The signal that has come, 0 when none has.
int next_signal(int descriptor);
// As if the process had got SIGTERM. Any thread.
void ask_to_stop();

// Makes the C library give memory back: large pieces (documents of a thousand rows, parts of the change log) come from
// the system and return to it, and threads share a few arenas. glibc's own rules kept twice as much. Call before any
// thread is started; the environment's MALLOC_ARENA_MAX goes first.
void keep_little_memory();

// Lets this process open `wanted` files, or as many as the hard limit permits.
void raise_file_limit(std::int64_t wanted);

// Becomes `user` with its groups when this process is root. Throws std::runtime_error when that fails.
void become_user(const std::string& user);

// Ends the process with SIGALRM unless it has ended by itself after `limit`.
void limit_remaining_life(std::chrono::seconds limit);

}  // namespace cumulet::daemon
