// Where a directory is and what its entries mean: the options of Keystone's [ldap] section.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace cumulet::identity::ldap {

struct EntryKind {
    std::string tree_dn, filter, object_class, id_attribute, name_attribute, description_attribute;
};

struct Options {
    std::string url, user, password, suffix;
    bool whole_subtree = false;  // query_scope "sub"
    int page_size = 0;
    std::string alias_dereferencing = "default";
    bool chase_referrals = false;
    EntryKind users, groups;
    std::string mail_attribute, default_project_attribute;
    std::string enabled_attribute;
    bool enabled_invert = false, enabled_default = true;
    long enabled_mask = 0, enabled_default_number = 0;
    std::string member_attribute;
    bool members_are_ids = false;
    bool use_tls = false;
    std::string tls_cacertfile, tls_cacertdir, tls_req_cert = "demand";
    int timeout_s = 5;  // of a connection and of an answer
    int pool_size = 10;
    int pool_lifetime_s = 600;
};

// `config`: the members of the section, as texts or with their types; what is missing is as `defaults` has it. Throws
// std::runtime_error that names an option whose value makes no sense or asks for what is not built (emulated enabling).
Options read_options(const nlohmann::json& config, const nlohmann::json& defaults);

}  // namespace cumulet::identity::ldap
