#include "common/store/lease.hpp"

namespace cumulet::store {

namespace {

std::string key_of(std::string_view name) {
    return detail::row_prefix(Describe<Lease>::collection) + detail::key_parts(Lease{.name = std::string(name)});
}

}  // namespace

std::optional<Lease> Leases::acquire(std::string_view name, std::string_view holder, Duration length) {
    const std::string key = key_of(name);
    for (;;) {
        auto [known, seen] = read(key);
        const Timestamp now = clock_.now();
        Lease wanted{.name = std::string(name), .holder = std::string(holder), .until = now + length, .epoch = 1};
        if (known) {
            const bool running = known->until > now;
            if (running && known->holder != holder) return std::nullopt;
            wanted.epoch = running ? known->epoch : known->epoch + 1;
        }
        if (write(key, seen, wanted)) return wanted;
    }
}

void Leases::release(std::string_view name, std::string_view holder) {
    const std::string key = key_of(name);
    for (;;) {
        auto [known, seen] = read(key);
        if (!known || known->holder != holder || known->until <= clock_.now()) return;
        // Kept, expired: its epoch must go on growing.
        known->until = clock_.now();
        if (write(key, seen, *known)) return;
    }
}

std::optional<Lease> Leases::current(std::string_view name) {
    auto known = read(key_of(name)).first;
    if (!known || known->until <= clock_.now()) return std::nullopt;
    return known;
}

std::pair<std::optional<Lease>, Revision> Leases::read(const std::string& key) {
    auto value = engine_.snapshot()->get(key);
    if (!value) return {std::nullopt, 0};
    return {decode_row<Lease>(value->bytes), value->revision};
}

bool Leases::write(const std::string& key, Revision seen, const Lease& lease) {
    Batch batch;
    batch.compares.push_back({key, seen});
    batch.writes.push_back({key, encode_row(lease)});
    return went_through(store::commit_and_wait(engine_, std::move(batch)));
}

}  // namespace cumulet::store
