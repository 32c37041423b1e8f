// Quotas: limits by project (or the default class), use in counters that move in the same commit as what they count.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "common/api/fault.hpp"
#include "common/store/record.hpp"
#include "common/store/transaction.hpp"

namespace cumulet::compute {

// Limits that differ from the defaults. `project_id` "class:default" holds the operator's new defaults.
struct QuotaSet {
    std::string project_id;
    std::map<std::string, std::int64_t> limits;  // -1: unlimited
};

// Every resource with its built-in limit: Nova's and Neutron's.
const std::map<std::string, std::int64_t>& quota_defaults();

// The limit in force; -1: unlimited.
std::int64_t quota_limit(store::Transaction& txn, std::string_view project_id, std::string_view resource);
std::int64_t quota_used(store::Transaction& txn, std::string_view project_id, std::string_view resource);

// Moves the use of a resource by `amount` (negative gives back). Throws Fault over_limit in the words of Nova
// ("Quota exceeded for cores: Requested 4, but already used 18 of 20 cores") when it would pass the limit; racing
// commits are held to the limit by the store.
void quota_take(store::Transaction& txn, std::string_view project_id, std::string_view resource, std::int64_t amount);

}  // namespace cumulet::compute

template <>
struct cumulet::store::Describe<cumulet::compute::QuotaSet> {
    using QuotaSet = cumulet::compute::QuotaSet;
    static constexpr std::string_view collection = "quota_set";
    static constexpr int version = 1;
    static constexpr auto key = List{&QuotaSet::project_id};
    static constexpr auto fields = List{field("project_id", &QuotaSet::project_id), field("limits", &QuotaSet::limits)};
    static constexpr auto indexes = List{};
};
