#include "hypervisor-drivers/sim/host.hpp"

#include <fmt/format.h>

namespace cumulet::hypervisor::sim {
namespace {

// FNV-1a: the same on every build, unlike std::hash.
std::uint64_t mix(std::uint64_t seed, const std::string& name) {
    std::uint64_t hash = 14695981039346656037ULL ^ seed;
    for (const unsigned char c : name) hash = (hash ^ c) * 1099511628211ULL;
    return hash;
}

// Distributions of the standard library differ between libraries; a seed must mean the same everywhere.
double unit(std::mt19937_64& random) { return static_cast<double>(random() >> 11) * 0x1.0p-53; }

}  // namespace

SimHost::SimHost(std::string name, SimSettings settings)
    : name_(std::move(name)), settings_(std::move(settings)), random_(mix(settings_.seed, name_)) {
    if (settings_.state_dir.empty()) return;
    journal_.emplace(settings_.state_dir / fmt::format("sim-{}.jsonl", name_));
    guests_ = journal_->read();
    journal_->rewrite(guests_);
}

SimSettings SimHost::settings() const {
    const std::lock_guard lock(mutex_);
    return settings_;
}

std::vector<SimGuest> SimHost::guests() const {
    const std::lock_guard lock(mutex_);
    std::vector<SimGuest> all;
    all.reserve(guests_.size());
    for (const auto& [id, guest] : guests_) all.push_back(guest);
    return all;
}

std::optional<SimGuest> SimHost::find(const GuestId& id) const {
    const std::lock_guard lock(mutex_);
    const auto found = guests_.find(id);
    return found == guests_.end() ? std::nullopt : std::optional(found->second);
}

std::vector<GuestState> SimHost::observe() const {
    const std::lock_guard lock(mutex_);
    std::vector<GuestState> states;
    states.reserve(guests_.size());
    for (const auto& [id, guest] : guests_) {
        const bool holds_memory = guest.power == Power::running || guest.power == Power::paused;
        states.push_back({.id = id,
                          .power = guest.power,
                          .foreign = guest.foreign,
                          .memory_mib = holds_memory ? guest.memory_mib : 0,
                          .vcpus = guest.vcpus,
                          .cpu_time_ns = guest.boots * 1'000'000'000LL});
    }
    return states;
}

void SimHost::store(const SimGuest& guest) {
    if (journal_) journal_->put(guest, guests_);
}

void SimHost::update(const GuestId& id, const std::function<bool(SimGuest&)>& change) {
    const std::lock_guard lock(mutex_);
    const auto found = guests_.find(id);
    if (found == guests_.end()) {
        throw DriverError(DriverErrc::not_found, fmt::format("host {} has no guest {}", name_, id));
    }
    refuse_foreign(id);
    if (change(found->second)) store(found->second);
}

void SimHost::refuse_foreign(const GuestId& id) const {
    const auto found = guests_.find(id);
    if (found == guests_.end() || !found->second.foreign) return;
    throw DriverError(DriverErrc::invalid, fmt::format("guest {} on host {} is not one of this cloud", id, name_));
}

void SimHost::put(SimGuest guest) {
    const std::lock_guard lock(mutex_);
    refuse_foreign(guest.id);
    const GuestId id = guest.id;
    store(guests_.insert_or_assign(id, std::move(guest)).first->second);
}

void SimHost::erase(const GuestId& id) {
    const std::lock_guard lock(mutex_);
    const auto found = guests_.find(id);
    if (found == guests_.end()) return;
    refuse_foreign(id);
    guests_.erase(found);
    if (journal_) journal_->erase(id, guests_);
}

void SimHost::break_guest(const GuestId& id, Power power) {
    std::function<void(const GuestId&)> listener;
    {
        const std::lock_guard lock(mutex_);
        const auto found = guests_.find(id);
        if (found == guests_.end()) return;
        found->second.power = power;
        store(found->second);
        listener = listener_;
    }
    if (listener) listener(id);
}

void SimHost::add_foreign(const GuestId& id, const std::string& name) {
    SimGuest guest;
    guest.id = id;
    guest.name = name;
    guest.power = Power::running;
    guest.foreign = true;
    guest.memory_mib = 128;
    put(std::move(guest));
}

void SimHost::set_faults(double probability) {
    const std::lock_guard lock(mutex_);
    settings_.fault.fill(probability);
}

void SimHost::set_hang_name(std::string part_of_name) {
    const std::lock_guard lock(mutex_);
    settings_.hang_name = std::move(part_of_name);
}

void SimHost::hang() {
    std::unique_lock lock(mutex_);
    const auto seen = releases_;
    ++hanging_;
    released_.wait(lock, [&] { return releases_ != seen; });
    --hanging_;
    throw DriverError(DriverErrc::failed, fmt::format("host {} let a hung call go", name_));
}

void SimHost::release_hangs() {
    const std::lock_guard lock(mutex_);
    ++releases_;
    released_.notify_all();
}

std::size_t SimHost::hanging() const {
    const std::lock_guard lock(mutex_);
    return hanging_;
}

void SimHost::set_listener(std::function<void(const GuestId&)> listener) {
    const std::lock_guard lock(mutex_);
    listener_ = std::move(listener);
}

std::chrono::milliseconds SimHost::draw_delay(Operation operation) {
    const std::lock_guard lock(mutex_);
    const DelayRange range = settings_.delay[static_cast<std::size_t>(operation)];
    const auto width = (range.most - range.least).count();
    if (width == 0) return range.least;
    return range.least +
           std::chrono::milliseconds(static_cast<std::int64_t>(unit(random_) * static_cast<double>(width + 1)));
}

SimHost::Fault SimHost::draw_fault(Operation operation) {
    const std::lock_guard lock(mutex_);
    const double probability = settings_.fault[static_cast<std::size_t>(operation)];
    if (probability <= 0) return Fault::none;
    const double drawn = unit(random_);
    if (drawn >= probability) return Fault::none;
    return drawn < probability / 2 ? Fault::before : Fault::after;
}

bool SimHost::hangs(Operation operation, const std::string& guest_name) const {
    const std::lock_guard lock(mutex_);
    return !settings_.hang_name.empty() && settings_.hang_operations.contains(operation) &&
           guest_name.find(settings_.hang_name) != std::string::npos;
}

}  // namespace cumulet::hypervisor::sim
