// From Keystone's tables to our records, one function a part of the model. Each reads whole tables, puts what it can
// and reports what it cannot; they run in the order in which they stand here.
#pragma once

#include <set>
#include <string>

#include "identity/keystone_import/database.hpp"
#include "identity/keystone_import/writer.hpp"
#include "identity/tokens/fernet.hpp"
#include "identity/vault.hpp"

namespace cumulet::identity::keystone_import {

// What later tables refer to.
struct Known {
    std::set<std::string> projects, domains, users, groups, roles;
};

struct Source {
    Database& database;
    Writer& writer;
    const Vault& vault;
    std::vector<tokens::FernetKey> credential_keys;  // of the Keystone; empty: none were given
    Known known = {};
};

void import_resources(Source& source);    // domains, projects, tags, options
void import_roles(Source& source);        // roles, implications
void import_users(Source& source);        // users, passwords, groups, memberships
void import_assignments(Source& source);  // on projects, domains, the system
void import_catalog(Source& source);      // regions, services, endpoints, endpoint groups, policies, limits
void import_secrets(Source& source);      // credentials, application credentials, access rules, trusts, OAuth
void import_federation(Source& source);   // identity and service providers, protocols, mappings, domain configuration
void import_revocations(Source& source);

// A JSON column; an empty object when it is NULL or damaged.
nlohmann::json json_of(const Row& row, std::string_view column);
std::string take_text(nlohmann::json& extra, const char* name);

}  // namespace cumulet::identity::keystone_import
