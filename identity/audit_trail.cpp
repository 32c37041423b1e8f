#include "identity/audit_trail.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <system_error>

#include "common/runtime/log.hpp"

namespace cumulet::identity {
namespace {

constexpr auto kPause = std::chrono::milliseconds(200);
constexpr std::size_t kEntriesAtOnce = 200;

int open_file(const std::filesystem::path& file) {
    if (file.empty()) return -1;
    const int descriptor = open(file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (descriptor < 0)
        throw std::runtime_error(
            fmt::format("cannot open the audit file {}: {}", file.string(), std::generic_category().message(errno)));
    return descriptor;
}

store::Revision read_position(const std::filesystem::path& file, store::Revision otherwise) {
    std::ifstream in(file);
    store::Revision position = 0;
    return in >> position ? std::min(position, otherwise) : otherwise;
}

}  // namespace

AuditTrail::AuditTrail(store::Engine& engine, bus::Bus& bus, const Clock& clock, Random& random, AuditOptions options)
    : engine_(engine),
      bus_(bus),
      clock_(clock),
      random_(random),
      options_(std::move(options)),
      file_(open_file(options_.file)),
      position_(read_position(options_.position_file, engine.last_revision())),
      rounds_("audit trail", kPause, [this] { write_on(); }) {
    std::lock_guard lock(writing_);
    keep_position();  // what is changed while the service is away is read when it is back
}

AuditTrail::~AuditTrail() {
    try {
        write_on();
    } catch (const std::exception& error) {
        log::error("audit trail: {}", error.what());
    }
    if (file_ >= 0) close(file_);
}

void AuditTrail::record(LoginAttempt attempt) {
    std::lock_guard lock(mutex_);
    if (waiting_.size() >= options_.most_waiting) {
        ++dropped_;
        return;
    }
    waiting_.push_back(std::move(attempt));
}

void AuditTrail::reopen() {
    std::lock_guard lock(writing_);
    const int fresh = open_file(options_.file);
    if (file_ >= 0) close(file_);
    file_ = fresh;
}

void AuditTrail::put(const nlohmann::json& event) {
    auto text = event.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
    bus_.publish(kAuditSubject, text);
    if (file_ < 0) return;
    lines_ += text;
    lines_ += '\n';
}

void AuditTrail::flush() {
    std::string_view rest = lines_;
    while (!rest.empty()) {
        const ssize_t written = write(file_, rest.data(), rest.size());
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) {
            lines_.clear();  // read again from the change log
            throw std::runtime_error("writing the audit file: " + std::generic_category().message(errno));
        }
        rest.remove_prefix(static_cast<std::size_t>(written));
    }
    lines_.clear();
}

void AuditTrail::write_on() {
    std::lock_guard lock(writing_);
    write_logins();
    write_changes();
}

void AuditTrail::write_logins() {
    std::deque<LoginAttempt> attempts;
    std::size_t dropped = 0;
    {
        std::lock_guard waiting(mutex_);
        attempts.swap(waiting_);
        dropped = std::exchange(dropped_, 0);
    }
    for (const auto& attempt : attempts) put(audit_event(attempt, random_.hex_uuid()));
    if (dropped > 0)
        put(audit_event(
            {.time = clock_.now(), .status = 503, .reason = fmt::format("{} log-ins are not described", dropped)},
            random_.hex_uuid()));
    flush();
}

void AuditTrail::write_changes() {
    const auto until = engine_.last_revision();
    if (position_ >= until) return;
    auto position = position_;
    try {
        while (position < until) {
            const auto entries = store::read_changes(engine_, position, kEntriesAtOnce);
            for (const auto& entry : entries) {
                for (const auto& event : audit_events(entry)) put(event);
                position = entry.revision;
            }
            flush();
            if (entries.size() < kEntriesAtOnce) position = std::max(position, until);
        }
    } catch (const store::StoreError&) {
        log::error("audit trail: the change log no longer reaches back to revision {}", position);
        position = until;
    }
    position_ = position;
    keep_position();
}

void AuditTrail::keep_position() const {
    if (options_.position_file.empty()) return;
    const auto fresh = options_.position_file.string() + ".new";
    std::ofstream(fresh) << position_;
    std::error_code ignored;
    std::filesystem::rename(fresh, options_.position_file, ignored);
}

}  // namespace cumulet::identity
