// A domain's own configuration, with its secrets, and which options there are.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "common/store/transaction.hpp"
#include "identity/vault.hpp"

namespace cumulet::identity {

// {"identity": {…}, "ldap": {…}}: what may be set, with the values a domain has that sets nothing.
const nlohmann::json& domain_config_defaults();
// Whether the option is never shown.
bool is_sensitive_option(std::string_view group, std::string_view option);
// Fault 403 unless they can be set for a domain. Empty names are not looked at.
void check_domain_option(std::string_view group, std::string_view option);

// The options that are shown, and those that are not; both {group: {option: value}}, empty when nothing is set.
struct DomainOptions {
    nlohmann::json shown = nlohmann::json::object();
    nlohmann::json secret = nlohmann::json::object();
    bool empty() const { return shown.empty() && secret.empty(); }
    bool has(std::string_view group, std::string_view option) const;
};
// Puts {group: {option: value}} over them, each where it belongs.
void set_domain_options(DomainOptions& options, const nlohmann::json& groups);
DomainOptions domain_options(store::Transaction& txn, const Vault& vault, std::string_view domain_id);
void put_domain_options(store::Transaction& txn, const Vault& vault, std::string_view domain_id,
                        const DomainOptions& options, std::string_view reason);

// All of them together with "%(option)s" in texts replaced by the sensitive option of that name in the group: what a
// driver works with.
nlohmann::json resolved_domain_options(const DomainOptions& options);

}  // namespace cumulet::identity
