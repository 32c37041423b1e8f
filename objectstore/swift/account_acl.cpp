#include "objectstore/swift/account_acl.hpp"

#include <algorithm>

#include "common/api/fault.hpp"
#include "objectstore/swift/tempauth.hpp"

namespace cumulet::objectstore::swift {

namespace {

using api::Errc;
using api::Fault;

bool names_any(const AccountAcl& acl, const char* level, const std::vector<std::string>& groups) {
    const auto found = acl.find(level);
    if (found == acl.end()) return false;
    return std::any_of(found->second.begin(), found->second.end(), [&](const std::string& name) {
        return std::find(groups.begin(), groups.end(), name) != groups.end();
    });
}

}  // namespace

std::vector<std::string> groups_of(const auth::Context& who) {
    if (is_tempauth(who)) return who.roles;
    std::vector<std::string> groups{who.user_id};
    if (!who.project_id.empty()) {
        groups.push_back(who.project_id);
        groups.push_back(who.project_id + ":" + who.user_id);
    }
    return groups;
}

Grant grant_of(const Account& account, const auth::Context& who) {
    if (account.acl.empty()) return Grant::none;
    const auto groups = groups_of(who);
    if (names_any(account.acl, "admin", groups)) return Grant::admin;
    if (names_any(account.acl, "read-write", groups)) return Grant::write;
    return names_any(account.acl, "read-only", groups) ? Grant::read : Grant::none;
}

AccountAcl parse_account_acl(std::string_view text) {
    AccountAcl acl;
    if (text.empty()) return acl;
    const auto json = nlohmann::json::parse(text, nullptr, false);
    const auto refuse = [&] { return Fault(Errc::bad_request, "Syntax error in JSON ACL: '{}'", text); };
    if (json.is_discarded() || !json.is_object()) throw refuse();
    for (const auto& [level, names] : json.items()) {
        if (level != "admin" && level != "read-write" && level != "read-only")
            throw Fault(Errc::bad_request, "Key '{}' not recognized", level);
        if (!names.is_array()) throw Fault(Errc::bad_request, "Value for key '{}' must be a list", level);
        for (const auto& name : names) {
            if (!name.is_string()) throw Fault(Errc::bad_request, "Elements of list '{}' must be strings", level);
            acl[level].push_back(name);
        }
    }
    return acl;
}

std::string to_json(const AccountAcl& acl) {
    if (acl.empty()) return "";
    return nlohmann::json(acl).dump(-1, ' ', true);
}

}  // namespace cumulet::objectstore::swift
