// Named leases: of several processes on one store, one at a time holds a name, until it gives it back or stops
// renewing.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "common/runtime/clock.hpp"
#include "common/store/transaction.hpp"

namespace cumulet::store {

// A record, so that a transaction which must not outlive the lease can get() it and compare holder and epoch: its
// commit is then refused once somebody else has taken over. Leases come and go without change-log entries.
struct Lease {
    std::string name;
    std::string holder;
    Timestamp until{};
    std::int64_t epoch = 0;  // grows each time the name changes hands
};
template <>
struct Describe<Lease> {
    static constexpr std::string_view collection = "lease";
    static constexpr int version = 1;
    static constexpr auto key = List{&Lease::name};
    static constexpr auto fields = List{field("name", &Lease::name), field("holder", &Lease::holder),
                                        field("until", &Lease::until), field("epoch", &Lease::epoch)};
    static constexpr auto indexes = List{};
};

// Any thread. Calls block for a commit; they throw StoreError when the store fails.
class Leases {
public:
    // Both must outlive the object. Clocks of the processes may differ by less than a lease's length.
    Leases(Engine& engine, const Clock& clock) : engine_(engine), clock_(clock) {}

    // Takes or renews `name` for `holder`, from now for `length`. nullopt while another holds it. A renewal keeps the
    // epoch.
    std::optional<Lease> acquire(std::string_view name, std::string_view holder, Duration length);
    // Gives the lease back; nothing happens when `holder` does not hold it.
    void release(std::string_view name, std::string_view holder);
    // Who holds `name` now.
    std::optional<Lease> current(std::string_view name);

private:
    // As it is stored, expired or not, with the revision to compare.
    std::pair<std::optional<Lease>, Revision> read(const std::string& key);
    bool write(const std::string& key, Revision seen, const Lease& lease);

    Engine& engine_;
    const Clock& clock_;
};

}  // namespace cumulet::store
