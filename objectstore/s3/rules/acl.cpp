#include "objectstore/s3/rules/acl.hpp"

#include <algorithm>

#include "common/runtime/text.hpp"
#include "objectstore/s3/wire/error.hpp"

namespace cumulet::objectstore::s3 {

namespace {

constexpr std::size_t kMaxGrants = 100;
constexpr std::string_view kLogDelivery = "http://acs.amazonaws.com/groups/s3/LogDelivery";
constexpr std::pair<Permission, std::string_view> kNames[] = {{Permission::read, "READ"},
                                                              {Permission::write, "WRITE"},
                                                              {Permission::read_acp, "READ_ACP"},
                                                              {Permission::write_acp, "WRITE_ACP"},
                                                              {Permission::full_control, "FULL_CONTROL"}};

std::string_view name_of(Permission permission) { return kNames[static_cast<std::size_t>(permission)].second; }

std::optional<Permission> permission_of(std::string_view name) {
    for (const auto& [permission, text] : kNames)
        if (text == name) return permission;
    return std::nullopt;
}

bool is_group(std::string_view who) { return who.starts_with("http://"); }

void check_grantee(std::string_view who) {
    if (is_group(who)) {
        if (who != kEveryone && who != kSignedIn && who != kLogDelivery)
            throw S3Error("InvalidArgument", "Invalid group uri").with("ArgumentValue", std::string(who));
    } else if (who.empty() || who.find_first_of(" \n") != std::string_view::npos) {
        throw S3Error("InvalidArgument", "Invalid id").with("ArgumentName", "CanonicalUser/ID");
    }
}

}  // namespace

bool AclList::allows(Permission wanted, std::string_view id) const {
    return std::any_of(grants.begin(), grants.end(), [&](const AclGrant& grant) {
        if (grant.permission != wanted && grant.permission != Permission::full_control) return false;
        if (grant.who == kEveryone) return true;
        if (id.empty()) return false;
        return grant.who == id || grant.who == kSignedIn;
    });
}

bool AclList::is_public() const {
    return std::any_of(grants.begin(), grants.end(),
                       [](const AclGrant& grant) { return grant.who == kEveryone || grant.who == kSignedIn; });
}

bool AclList::is_private() const {
    return std::all_of(grants.begin(), grants.end(), [&](const AclGrant& grant) {
        return grant.permission == Permission::full_control && grant.who == owner;
    });
}

AclList AclList::without_public() const {
    AclList rest = *this;
    std::erase_if(rest.grants, [](const AclGrant& grant) { return is_group(grant.who); });
    return rest;
}

std::string AclList::text() const {
    std::string out = owner;
    for (const auto& grant : grants) out += "\n" + std::string(name_of(grant.permission)) + " " + grant.who;
    return out;
}

AclList AclList::from_text(std::string_view text) {
    AclList acl;
    bool first = true;
    for (const auto line : text::split(text, '\n')) {
        if (std::exchange(first, false)) {
            acl.owner = line;
            continue;
        }
        const auto blank = line.find(' ');
        if (const auto permission = permission_of(line.substr(0, blank)); permission && blank != std::string_view::npos)
            acl.grants.push_back({*permission, std::string(line.substr(blank + 1))});
    }
    return acl;
}

AclList private_acl(const std::string& owner) { return {owner, {{Permission::full_control, owner}}}; }

std::optional<AclList> canned_acl(std::string_view name, const std::string& owner, const std::string& bucket_owner) {
    AclList acl = private_acl(owner);
    const auto add = [&](Permission permission, std::string_view who) {
        acl.grants.push_back({permission, std::string(who)});
    };
    if (name == "private") return acl;
    if (name == "public-read") {
        add(Permission::read, kEveryone);
    } else if (name == "public-read-write") {
        add(Permission::read, kEveryone);
        add(Permission::write, kEveryone);
    } else if (name == "authenticated-read") {
        add(Permission::read, kSignedIn);
    } else if (name == "bucket-owner-read") {
        if (bucket_owner != owner) add(Permission::read, bucket_owner);
    } else if (name == "bucket-owner-full-control") {
        if (bucket_owner != owner) add(Permission::full_control, bucket_owner);
    } else if (name == "log-delivery-write") {
        add(Permission::write, kLogDelivery);
        add(Permission::read_acp, kLogDelivery);
    } else {
        return std::nullopt;
    }
    return acl;
}

std::optional<AclList> acl_of_headers(const http::Headers& headers, const std::string& owner,
                                      const std::string& bucket_owner) {
    constexpr std::pair<std::string_view, Permission> kHeaders[] = {
        {"x-amz-grant-read", Permission::read},
        {"x-amz-grant-write", Permission::write},
        {"x-amz-grant-read-acp", Permission::read_acp},
        {"x-amz-grant-write-acp", Permission::write_acp},
        {"x-amz-grant-full-control", Permission::full_control}};
    std::optional<AclList> acl;
    for (const auto& [name, permission] : kHeaders) {
        const auto value = headers.get(name);
        if (!value) continue;
        if (!acl) acl = AclList{owner, {}};
        for (auto each : text::split(*value, ',')) {
            each = text::trim(each);
            const auto equals = each.find('=');
            if (equals == std::string_view::npos)
                throw S3Error("InvalidArgument").with("ArgumentName", std::string(name));
            const auto kind = text::to_lower(text::trim(each.substr(0, equals)));
            auto who = text::trim(each.substr(equals + 1));
            if (who.size() >= 2 && who.front() == '"' && who.back() == '"') who = who.substr(1, who.size() - 2);
            if (kind == "emailaddress") throw S3Error("UnresolvableGrantByEmailAddress");
            if (kind != "id" && kind != "uri") throw S3Error("InvalidArgument").with("ArgumentName", std::string(name));
            check_grantee(who);
            acl->grants.push_back({permission, std::string(who)});
            if (acl->grants.size() > kMaxGrants) throw S3Error("MalformedACLError");
        }
    }
    const auto canned = headers.get("x-amz-acl");
    if (!canned) return acl;
    if (acl) throw S3Error("InvalidRequest", "Specifying both Canned ACLs and Header Grants is not allowed");
    acl = canned_acl(*canned, owner, bucket_owner);
    if (!acl)
        throw S3Error("InvalidArgument").with("ArgumentName", "x-amz-acl").with("ArgumentValue", std::string(*canned));
    return acl;
}

AclList acl_of_document(const XmlNode& document, const std::string& owner) {
    const auto* named = document.child("Owner");
    const auto* list = document.child("AccessControlList");
    if (!list) throw S3Error("MalformedACLError");
    if (named && named->has("ID") && named->text_of("ID") != owner) throw S3Error("AccessDenied");
    AclList acl{owner, {}};
    for (const auto* grant : list->all("Grant")) {
        const auto permission = permission_of(grant->text_of("Permission"));
        const auto* grantee = grant->child("Grantee");
        if (!permission || !grantee) throw S3Error("MalformedACLError");
        if (grantee->has("EmailAddress")) throw S3Error("UnresolvableGrantByEmailAddress");
        const auto who = grantee->has("URI") ? grantee->text_of("URI") : grantee->text_of("ID");
        check_grantee(who);
        acl.grants.push_back({*permission, who});
    }
    if (acl.grants.size() > kMaxGrants) throw S3Error("MalformedACLError");
    return acl;
}

void show_acl(XmlOut& out, const AclList& acl) {
    out.open("Owner").add("ID", acl.owner).add("DisplayName", acl.owner).close().open("AccessControlList");
    // Groups first, as Ceph lists them.
    auto grants = acl.grants;
    std::stable_partition(grants.begin(), grants.end(), [](const AclGrant& grant) { return is_group(grant.who); });
    for (const auto& grant : grants) {
        out.open("Grant");
        if (is_group(grant.who))
            out.open_typed("Grantee", "Group").add("URI", grant.who).close();
        else
            out.open_typed("Grantee", "CanonicalUser").add("ID", grant.who).add("DisplayName", grant.who).close();
        out.add("Permission", name_of(grant.permission)).close();
    }
    out.close();
}

}  // namespace cumulet::objectstore::s3
