#include "identity/model/role_rules.hpp"

#include <vector>

#include "identity/model/assignment_rules.hpp"
#include "identity/model/births.hpp"
#include "identity/model/faults.hpp"
#include "identity/model/resource_rules.hpp"
#include "identity/model/revocation_rules.hpp"

namespace cumulet::identity {
namespace {

void check_name_free(store::Transaction& txn, const Role& role) {
    auto same = txn.find<Role>("name", role.domain_id, role.name);
    if (!same || same->id == role.id) return;
    if (role.domain_id.empty()) throw conflict("role", fmt::format("Duplicate entry found with name {}", role.name));
    throw name_taken("role", role.name, role.domain_id);
}

}  // namespace

Role require_role(store::Transaction& txn, std::string_view id) {
    auto role = txn.get<Role>(id);
    if (!role) throw not_found("role", id);
    return *role;
}

std::optional<Role> find_role_by_name(store::Transaction& txn, std::string_view domain_id, std::string_view name) {
    return txn.find<Role>("name", domain_id, name);
}

void create_role(store::Transaction& txn, const Role& role) {
    if (!role.domain_id.empty()) require_domain(txn, role.domain_id);
    check_name_free(txn, role);
    hang_on(txn, role.domain_id);
    txn.put(role, "created");
}

void update_role(store::Transaction& txn, const Role& before, const Role& changed) {
    if (is_immutable(before.options) && is_immutable(changed.options)) throw immutable("role", "update", before.id);
    if (before.domain_id != changed.domain_id)
        throw api::Fault(api::Errc::bad_request, "Update of `domain_id` is not allowed.");
    check_name_free(txn, changed);
    if (before.name != changed.name) refresh(txn, {.role_id = before.id});
    txn.put(changed, "updated");
}

void delete_role(store::Transaction& txn, const Role& role) {
    if (is_immutable(role.options)) throw immutable("role", "delete", role.id);
    close(txn, role.id);
    for (const auto& rule : txn.scan<ImpliedRole>({}, role.id)) txn.erase(rule, "role deleted");
    for (const auto& rule : txn.scan<ImpliedRole>({.index = "implied"}, role.id)) txn.erase(rule, "role deleted");
    remove_assignments_with(txn, role.id);
    refresh(txn, {.role_id = role.id});
    txn.erase(role, "deleted");
}

void add_implication(store::Transaction& txn, const Role& prior, const Role& implied) {
    if (implied.name == "admin") throw api::Fault(api::Errc::forbidden, "{} cannot be an implied roles.", implied.id);
    if (!implied.domain_id.empty() && prior.domain_id.empty())
        throw api::Fault(api::Errc::forbidden, "{} cannot be an implied roles.", implied.id);
    if (txn.get<ImpliedRole>(prior.id, implied.id)) return;
    refresh(txn, {.role_id = prior.id});
    hang_on(txn, prior.id);
    hang_on(txn, implied.id);
    txn.put(ImpliedRole{prior.id, implied.id}, "implied");
}

void remove_implication(store::Transaction& txn, const ImpliedRole& rule) {
    refresh(txn, {.role_id = rule.prior_role_id});
    txn.erase(rule, "no longer implied");
}

std::set<std::string> with_implied(store::Transaction& txn, std::set<std::string> role_ids) {
    std::vector<std::string> open(role_ids.begin(), role_ids.end());
    while (!open.empty()) {
        const auto prior = std::move(open.back());
        open.pop_back();
        for (auto& rule : txn.scan<ImpliedRole>({}, prior))
            if (role_ids.insert(rule.implied_role_id).second) open.push_back(std::move(rule.implied_role_id));
    }
    return role_ids;
}

}  // namespace cumulet::identity
