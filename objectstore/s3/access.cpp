// Who may: the owner; else what the bucket's policy, its and its objects' ACLs, and the container's ACLs of the Swift
// API give. A denial of the policy outweighs all, but that owners can always repair it.
#include <algorithm>

#include "common/auth/context.hpp"
#include "common/runtime/text.hpp"
#include "objectstore/s3/call.hpp"
#include "objectstore/s3/rules/policy.hpp"
#include "objectstore/s3/rules/public_access.hpp"
#include "objectstore/s3/rules/tags.hpp"
#include "objectstore/swift/access.hpp"
#include "objectstore/swift/acl.hpp"

namespace cumulet::objectstore::s3 {

namespace {

// What a container's ACLs of the Swift API give, holds here too.
bool swift_acl_allows(const S3Call& call, Grant grant, bool about_bucket) {
    const auto& container = call.container;
    const bool by_name = swift::names_hold(container);
    if (grant == Grant::write)
        return !call.anonymous() && swift::parse_acl(container.write_acl).allows(call.who(), by_name);
    if (grant != Grant::read) return false;
    const auto acl = swift::parse_acl(container.read_acl);
    if (!call.anonymous() && acl.allows(call.who(), by_name)) return true;
    if (about_bucket && !acl.listings) return false;
    return acl.allows_referrer(call.http.header("Referer").value_or(""));
}

std::optional<Permission> permission_of(Grant grant) {
    switch (grant) {
        case Grant::read:
            return Permission::read;
        case Grant::write:
            return Permission::write;
        case Grant::read_acp:
            return Permission::read_acp;
        case Grant::write_acp:
            return Permission::write_acp;
        case Grant::none:
        case Grant::anyone:
        case Grant::in_body:
            break;
    }
    return std::nullopt;
}

PublicAccessBlock block_of(const S3Call& call) {
    const auto found = call.container.system.find("publicAccessBlock");
    if (found == call.container.system.end()) return {};
    return parse_public_access(parse_xml(found->second, "PublicAccessBlockConfiguration"));
}

bool acl_allows(const S3Call& call, Grant grant, const std::string* object_acl) {
    const auto wanted = permission_of(grant);
    if (!wanted || ownership_of(call.container) == Ownership::enforced) return false;
    std::string text;
    if (object_acl) {
        text = *object_acl;
    } else {
        const auto found = call.container.system.find("acl");
        if (found == call.container.system.end()) return false;
        text = found->second;
    }
    auto acl = AclList::from_text(text);
    if (acl.is_public() && block_of(call).ignore_acls) acl = acl.without_public();
    if (call.anonymous()) return acl.allows(*wanted, "");
    return std::any_of(call.grantees.begin(), call.grantees.end(),
                       [&](const std::string& each) { return acl.allows(*wanted, each); });
}

void add_request_facts(const S3Call& call, std::map<std::string, std::string>& facts) {
    const auto& request = call.http.request();
    facts["aws:sourceip"] = request.remote_address;
    facts["aws:securetransport"] = request.secure ? "true" : "false";
    facts["aws:currenttime"] = to_iso_seconds(call.now());
    for (const auto& [header, key] : {std::pair{"Referer", "aws:referer"}, {"User-Agent", "aws:useragent"}})
        if (const auto value = call.http.header(header)) facts[key] = *value;
    for (const auto& [header, key] :
         {std::pair{"x-amz-acl", "s3:x-amz-acl"},
          {"x-amz-copy-source", "s3:x-amz-copy-source"},
          {"x-amz-metadata-directive", "s3:x-amz-metadata-directive"},
          {"x-amz-server-side-encryption", "s3:x-amz-server-side-encryption"},
          {"x-amz-storage-class", "s3:x-amz-storage-class"},
          {"x-amz-grant-full-control", "s3:x-amz-grant-full-control"},
          {"x-amz-grant-read", "s3:x-amz-grant-read"},
          {"x-amz-grant-write", "s3:x-amz-grant-write"},
          {"x-amz-grant-read-acp", "s3:x-amz-grant-read-acp"},
          {"x-amz-grant-write-acp", "s3:x-amz-grant-write-acp"},
          {"x-amz-server-side-encryption-customer-algorithm", "s3:x-amz-server-side-encryption-customer-algorithm"}})
        if (const auto value = call.header(header)) facts[key] = *value;
    for (const auto* name : {"prefix", "delimiter", "max-keys", "versionId"})
        if (const auto value = call.query(name))
            facts[std::string("s3:") + (std::string(name) == "versionId" ? "versionid" : name)] = *value;
    if (const auto tags = call.header("x-amz-tagging"))
        for (const auto& [key, value] : tags_of_query(*tags, kMaxObjectTags))
            facts["s3:requestobjecttag/" + text::to_lower(key)] = value;
}

Effect policy_says(const S3Call& call, std::string_view action, const std::string& key, const Object* object) {
    const auto found = call.container.system.find("policy");
    if (found == call.container.system.end()) return Effect::none;
    const auto policy = parse_policy(found->second, call.bucket);
    PolicyQuestion question{.action = std::string(action),
                            .resource = "arn:aws:s3:::" + call.bucket + (key.empty() ? "" : "/" + key)};
    if (!call.anonymous()) {
        question.project = call.who().project_id;
        question.user_id = call.who().user_id;
        question.user_name = call.who().user_name;
        question.facts["aws:username"] = question.user_name;
        question.facts["aws:userid"] = question.user_id;
    }
    add_request_facts(call, question.facts);
    // Asked about an object that is missing: what may be listed may be known not to be there.
    if (action == "s3:ListBucket" && !call.object.empty()) question.facts["s3:prefix"] = call.object;
    if (object)
        if (const auto tags = object->system.find("tags"); tags != object->system.end())
            for (const auto& [name, value] : tags_of_query(tags->second, kMaxObjectTags))
                question.facts["s3:existingobjecttag/" + text::to_lower(name)] = value;
    const auto effect = policy.answer(question);
    // A public policy under a block that restricts is for the account alone.
    if (effect == Effect::allow && policy.is_public() && block_of(call).restrict_buckets) return Effect::none;
    return effect;
}

}  // namespace

bool is_allowed(const S3Call& call, std::string_view action, Grant grant, const std::string& key,
                const std::string* object_acl, const Object* object) {
    const auto effect = policy_says(call, action, key, object);
    const bool repairs = action.ends_with("BucketPolicy");
    if (effect == Effect::deny && !(call.owns && repairs)) return false;
    if (call.owns || effect == Effect::allow) return true;
    return acl_allows(call, grant, object_acl) || swift_acl_allows(call, grant, key.empty());
}

void authorize(const S3Call& call, std::string_view action, Grant grant, const std::string& key,
               const std::string* object_acl, const Object* object) {
    if (!is_allowed(call, action, grant, key, object_acl, object)) throw S3Error("AccessDenied");
}

Ownership ownership_of(const Container& container) {
    const auto found = container.system.find("ownershipControls");
    if (found == container.system.end()) return Ownership::writer;
    return parse_ownership(parse_xml(found->second, "OwnershipControls"));
}

void refuse_public(const S3Call& call, const AclList& acl) {
    if (acl.is_public() && block_of(call).block_acls) throw S3Error("AccessDenied");
}

}  // namespace cumulet::objectstore::s3
