// The audit trail: every change and every log-in as one line of JSON in a file, and on the bus.
#pragma once

#include <condition_variable>
#include <deque>
#include <filesystem>
#include <mutex>
#include <string>

#include "common/bus/bus.hpp"
#include "common/runtime/clock.hpp"
#include "common/runtime/ids.hpp"
#include "common/runtime/periodic.hpp"
#include "common/store/engine.hpp"
#include "identity/audit_events.hpp"

namespace cumulet::identity {

inline constexpr std::string_view kAuditSubject = "identity.audit";

struct AuditOptions {
    std::filesystem::path file;  // for its owner alone; empty: only the bus
    // How far the change log was read: what follows is read again after a crash, so an event may stand there twice,
    // under one message_id.
    std::filesystem::path position_file;
    std::size_t most_waiting = 10'000;  // log-ins; more are counted, not described
};

// All members: any thread.
class AuditTrail {
public:
    // Writes in a thread of its own until it is destroyed; then once more. Throws std::runtime_error when the file
    // cannot be opened.
    AuditTrail(store::Engine& engine, bus::Bus& bus, const Clock& clock, Random& random, AuditOptions options);
    ~AuditTrail();
    void record(LoginAttempt attempt);
    // The file was renamed: opens it anew. Throws std::runtime_error.
    void reopen();

private:
    void write_on();
    void write_changes();
    void write_logins();
    void put(const nlohmann::json& event);
    void flush();
    void keep_position() const;

    store::Engine& engine_;
    bus::Bus& bus_;
    const Clock& clock_;
    Random& random_;
    const AuditOptions options_;
    std::mutex writing_;
    int file_ = -1;
    std::string lines_;  // not yet written
    store::Revision position_ = 0;
    std::mutex mutex_;
    std::deque<LoginAttempt> waiting_;
    std::size_t dropped_ = 0;
    runtime::Periodic rounds_;
};

}  // namespace cumulet::identity
