#include "objectstore/swift/acl.hpp"

#include <algorithm>

#include "common/api/fault.hpp"
#include "common/http/url.hpp"
#include "common/runtime/text.hpp"
#include "objectstore/swift/tempauth.hpp"

namespace cumulet::objectstore::swift {

namespace {

using api::Errc;
using api::Fault;

bool is_referrer_word(std::string_view word) {
    return word == ".r" || word == ".ref" || word == ".referer" || word == ".referrer";
}

std::string clean_referrer(std::string_view raw, std::string_view value) {
    std::string_view host = text::trim(value);
    const bool negated = host.starts_with('-');
    if (negated) host = text::trim(host.substr(1));
    // "*.example.com" and ".example.com" are one.
    if (host != "*" && host.starts_with('*')) host = text::trim(host.substr(1));
    if (host.empty() || host == ".")
        throw Fault(Errc::bad_request, "No host/domain value after referrer designation in ACL: '{}'", raw);
    return fmt::format(".r:{}{}", negated ? "-" : "", host);
}

std::string clean_item(std::string_view raw, bool for_writing) {
    const auto colon = raw.find(':');
    if (colon == std::string_view::npos || !raw.starts_with('.')) return std::string(raw);
    const auto word = text::to_lower(text::trim(raw.substr(0, colon)));
    if (!is_referrer_word(word)) throw Fault(Errc::bad_request, "Unknown designator {} in ACL: '{}'", word, raw);
    if (for_writing) throw Fault(Errc::bad_request, "Referrers not allowed in write ACL: '{}'", raw);
    return clean_referrer(raw, raw.substr(colon + 1));
}

bool host_fits(std::string_view host, std::string_view pattern) {
    return host == pattern || (pattern.starts_with('.') && host.ends_with(pattern));
}

}  // namespace

Acl parse_acl(std::string_view text) {
    Acl acl;
    for (auto item : text::split(text, ',')) {
        item = text::trim(item);
        if (item.empty()) continue;
        if (item.starts_with(".r:"))
            acl.referrers.emplace_back(item.substr(3));
        else if (item == ".rlistings")
            acl.listings = true;
        else
            acl.groups.emplace_back(item);
    }
    return acl;
}

std::string clean_acl(std::string_view text, bool for_writing) {
    std::string clean;
    for (auto item : text::split(text, ',')) {
        item = text::trim(item);
        if (item.empty()) continue;
        if (!clean.empty()) clean += ',';
        clean += clean_item(item, for_writing);
    }
    return clean;
}

bool Acl::allows_referrer(std::string_view referrer) const {
    const auto url = http::parse_url(referrer);
    const std::string host = url ? url->host : "unknown";
    bool allowed = false;
    for (const std::string_view pattern : referrers) {
        if (pattern.starts_with('-')) {
            if (host_fits(host, pattern.substr(1))) allowed = false;
        } else if (pattern == "*" || host_fits(host, pattern)) {
            allowed = true;
        }
    }
    return allowed;
}

bool Acl::allows(const auth::Context& who, bool by_name) const {
    if (is_tempauth(who))
        return std::any_of(groups.begin(), groups.end(), [&](const std::string& group) { return who.has_role(group); });
    // Names are only sure within the default domain; elsewhere ACLs go by id.
    const bool names = by_name && who.project_domain_id == "default" && who.user_domain_id == "default";
    std::vector<std::string> projects{"*"}, users{"*"};
    if (!who.project_id.empty()) projects.push_back(who.project_id);
    users.push_back(who.user_id);
    if (names) {
        projects.push_back(who.project_name);
        users.push_back(who.user_name);
    }
    const auto among = [](const std::vector<std::string>& list, std::string_view word) {
        return !word.empty() && std::find(list.begin(), list.end(), word) != list.end();
    };
    return std::any_of(groups.begin(), groups.end(), [&](const std::string& group) {
        const auto colon = group.find(':');
        if (colon == std::string::npos) return who.has_role(group);
        const std::string_view whole = group;
        return among(projects, whole.substr(0, colon)) && among(users, whole.substr(colon + 1));
    });
}

}  // namespace cumulet::objectstore::swift
