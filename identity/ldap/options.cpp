#include "identity/ldap/options.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <stdexcept>

#include "common/runtime/text.hpp"

namespace cumulet::identity::ldap {
namespace {

using nlohmann::json;

class Reader {
public:
    Reader(const json& config, const json& defaults) : config_(config), defaults_(defaults) {}

    std::string text(const char* name) const {
        const json& value = find(name);
        if (value.is_null()) return "";
        return value.is_string() ? value.get<std::string>() : value.dump();
    }
    bool flag(const char* name) const {
        const auto value = text(name);
        if (value.empty()) return false;
        for (const char* yes : {"true", "1", "yes", "on"})
            if (text::iequals(value, yes)) return true;
        for (const char* no : {"false", "0", "no", "off"})
            if (text::iequals(value, no)) return false;
        throw wrong(name, value);
    }
    long number(const char* name, long least, long most) const {
        const auto value = text(name);
        if (value.empty()) return 0;
        char* end = nullptr;
        const long number = std::strtol(value.c_str(), &end, 10);
        if (*end != '\0' || number < least || number > most) throw wrong(name, value);
        return number;
    }
    static std::runtime_error wrong(const char* name, const std::string& value) {
        return std::runtime_error(fmt::format("[ldap] {} = '{}' makes no sense", name, value));
    }

private:
    const json& find(const char* name) const {
        static const json kNothing;
        if (auto found = config_.find(name); found != config_.end()) return *found;
        auto found = defaults_.find(name);
        return found == defaults_.end() ? kNothing : *found;
    }
    const json& config_;
    const json& defaults_;
};

EntryKind kind_of(const Reader& read, const std::string& kind, const char* branch, const std::string& suffix) {
    auto option = [&](const char* name) { return read.text((kind + name).c_str()); };
    EntryKind out{.tree_dn = option("_tree_dn"),
                  .filter = option("_filter"),
                  .object_class = option("_objectclass"),
                  .id_attribute = option("_id_attribute"),
                  .name_attribute = option("_name_attribute"),
                  .description_attribute = option(kind == "user" ? "_description_attribute" : "_desc_attribute")};
    if (out.tree_dn.empty()) out.tree_dn = branch + suffix;
    // Filters may come without their parentheses.
    if (!out.filter.empty() && !out.filter.starts_with('(')) out.filter = "(" + out.filter + ")";
    return out;
}

}  // namespace

Options read_options(const json& config, const json& defaults) {
    const Reader read(config, defaults);
    if (read.flag("user_enabled_emulation"))
        throw std::runtime_error(
            "[ldap] user_enabled_emulation is not offered: use user_enabled_attribute or user_filter");
    Options options;
    options.url = read.text("url");
    options.user = read.text("user");
    options.password = read.text("password");
    options.suffix = read.text("suffix");
    const auto scope = read.text("query_scope");
    if (scope != "one" && scope != "sub") throw Reader::wrong("query_scope", scope);
    options.whole_subtree = scope == "sub";
    options.page_size = static_cast<int>(read.number("page_size", 0, 1'000'000));
    options.alias_dereferencing = read.text("alias_dereferencing");
    options.chase_referrals = read.flag("chase_referrals");
    options.users = kind_of(read, "user", "ou=Users,", options.suffix);
    options.groups = kind_of(read, "group", "ou=UserGroups,", options.suffix);
    options.mail_attribute = read.text("user_mail_attribute");
    options.default_project_attribute = read.text("user_default_project_id_attribute");
    options.enabled_attribute = read.text("user_enabled_attribute");
    options.enabled_invert = read.flag("user_enabled_invert");
    options.enabled_mask = read.number("user_enabled_mask", 0, 0x7fffffff);
    if (options.enabled_mask != 0)
        options.enabled_default_number = read.number("user_enabled_default", 0, 0x7fffffff);
    else
        options.enabled_default = read.flag("user_enabled_default");
    options.member_attribute = read.text("group_member_attribute");
    options.members_are_ids = read.flag("group_members_are_ids");
    options.use_tls = read.flag("use_tls");
    options.tls_cacertfile = read.text("tls_cacertfile");
    options.tls_cacertdir = read.text("tls_cacertdir");
    options.tls_req_cert = read.text("tls_req_cert");
    if (options.tls_req_cert != "demand" && options.tls_req_cert != "allow" && options.tls_req_cert != "never")
        throw Reader::wrong("tls_req_cert", options.tls_req_cert);
    if (const auto wait = read.number("connection_timeout", -1, 3600); wait > 0)
        options.timeout_s = static_cast<int>(wait);
    options.pool_size = static_cast<int>(read.number("pool_size", 1, 1000));
    options.pool_lifetime_s = static_cast<int>(read.number("pool_connection_lifetime", 1, 86'400));
    return options;
}

}  // namespace cumulet::identity::ldap
