#include "compute/model/quota.hpp"

namespace cumulet::compute {

const std::map<std::string, std::int64_t>& quota_defaults() {
    static const std::map<std::string, std::int64_t> kDefaults{
        // Nova
        {"instances", 10},
        {"cores", 20},
        {"ram", 51200},
        {"metadata_items", 128},
        {"key_pairs", 100},
        {"server_groups", 10},
        {"server_group_members", 10},
        {"injected_files", 5},
        {"injected_file_content_bytes", 10240},
        {"injected_file_path_bytes", 255},
        // Neutron
        {"network", 100},
        {"subnet", 100},
        {"port", 500},
        {"router", 10},
        {"floatingip", 50},
        {"security_group", 10},
        {"security_group_rule", 100},
        {"subnetpool", -1},
        {"rbac_policy", 10},
    };
    return kDefaults;
}

std::int64_t quota_limit(store::Transaction& txn, std::string_view project_id, std::string_view resource) {
    const std::string name(resource);
    for (std::string_view holder : {project_id, std::string_view("class:default")}) {
        auto set = txn.peek<QuotaSet>(holder);
        if (!set) continue;
        if (auto limit = set->limits.find(name); limit != set->limits.end()) return limit->second;
    }
    auto limit = quota_defaults().find(name);
    return limit == quota_defaults().end() ? -1 : limit->second;
}

namespace {
std::string counter_name(std::string_view project_id, std::string_view resource) {
    return fmt::format("quota/{}/{}", project_id, resource);
}
}  // namespace

std::int64_t quota_used(store::Transaction& txn, std::string_view project_id, std::string_view resource) {
    return txn.counter(counter_name(project_id, resource));
}

void quota_take(store::Transaction& txn, std::string_view project_id, std::string_view resource, std::int64_t amount) {
    if (amount == 0) return;
    const auto name = counter_name(project_id, resource);
    if (amount < 0) {
        txn.add(name, amount);
        return;
    }
    const auto limit = quota_limit(txn, project_id, resource);
    if (limit < 0) {
        txn.add(name, amount);
        return;
    }
    const auto used = txn.counter(name);
    if (used + amount > limit)
        throw api::Fault(api::Errc::over_limit, "Quota exceeded for {}: Requested {}, but already used {} of {} {}",
                         resource, amount, used, limit, resource)
            .kind("OverQuota");
    txn.add(name, amount, limit);
}

}  // namespace cumulet::compute
