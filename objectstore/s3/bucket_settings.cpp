// The settings of a bucket: documents that are checked when they are put, kept with the container's record, and read by
// those whom they concern.
#include "objectstore/s3/call.hpp"
#include "objectstore/s3/rules/cors.hpp"
#include "objectstore/s3/rules/lifecycle.hpp"
#include "objectstore/s3/rules/lock.hpp"
#include "objectstore/s3/rules/policy.hpp"
#include "objectstore/s3/rules/public_access.hpp"
#include "objectstore/s3/rules/tags.hpp"
#include "objectstore/s3/rules/website.hpp"

namespace cumulet::objectstore::s3 {

namespace {

using api::Reply;
using http::Method;

http::Task<void> change(S3Call& call, std::function<void(Container&)> how) {
    co_await call.http.transact([&](store::Transaction& txn) {
        auto container = call.guarded_container(txn);
        how(container);
        container.changed_at = shown_precision(call.now());
        put_container(txn, container, "changed");
    });
}

AclList bucket_acl(const S3Call& call) {
    const auto found = call.container.system.find("acl");
    return found != call.container.system.end() ? AclList::from_text(found->second)
                                                : private_acl(call.owner_id(call.container));
}

// Rules that came without a name get one, by which owners can speak of them.
std::string with_rule_ids(const S3Call& call, const XmlNode& document) {
    XmlOut out(document.name);
    for (auto rule : document.children) {
        if (rule.name == "Rule" && rule.text_of("ID").empty()) {
            std::erase_if(rule.children, [](const XmlNode& each) { return each.name == "ID"; });
            rule.children.insert(rule.children.begin(), XmlNode{.name = "ID", .text = call.http.random().hex_uuid()});
        }
        out.add(rule);
    }
    return out.take();
}

// One kind of document.
struct Setting {
    std::string_view name;  // the subresource, and where it is kept
    std::string_view root;
    void (*check)(const S3Call& call, const XmlNode& document);
    void (*missing)();            // throws what S3 says when it was never set
    std::string_view unset = {};  // or what it says instead: the content of the root
};

void check_encryption(const S3Call& call, const XmlNode& document) {
    const auto* rule = document.child("Rule");
    const auto* how = rule ? rule->child("ApplyServerSideEncryptionByDefault") : nullptr;
    if (!how) throw S3Error("MalformedXML");
    if (how->text_of("SSEAlgorithm") == "aws:kms")
        throw S3Error("NotImplemented", "There is no key management service here.");
    if (how->text_of("SSEAlgorithm") != "AES256") throw S3Error("MalformedXML");
    if (!call.swift().engine.encrypts()) throw S3Error("NotImplemented", "This store does not encrypt what it keeps.");
}

void check_ownership(const S3Call& call, const XmlNode& document) {
    if (parse_ownership(document) == Ownership::enforced && !bucket_acl(call).is_private())
        throw S3Error("InvalidBucketAclWithObjectOwnership");
}

void check_payer(const S3Call&, const XmlNode& document) {
    const auto& payer = document.required("Payer");
    if (payer == "Requester") throw S3Error("NotImplemented", "Nobody is charged here.");
    if (payer != "BucketOwner") throw S3Error("MalformedXML");
}

// Only what turns it off.
void check_off(const S3Call&, const XmlNode& document) {
    if (!document.children.empty()) throw S3Error("NotImplemented", "This cannot be turned on here.");
}

constexpr Setting kSettings[] = {
    {"cors", "CORSConfiguration", [](const S3Call&, const XmlNode& d) { parse_cors(d); },
     [] { throw S3Error("NoSuchCORSConfiguration"); }},
    {"lifecycle", "LifecycleConfiguration", [](const S3Call&, const XmlNode& d) { parse_lifecycle(d); },
     [] { throw S3Error("NoSuchLifecycleConfiguration"); }},
    {"website", "WebsiteConfiguration", [](const S3Call&, const XmlNode& d) { parse_website(d); },
     [] { throw S3Error("NoSuchWebsiteConfiguration"); }},
    {"tagging", "Tagging", [](const S3Call&, const XmlNode& d) { tags_of_document(d, kMaxBucketTags); },
     [] { throw S3Error("NoSuchTagSet"); }},
    {"encryption", "ServerSideEncryptionConfiguration", check_encryption,
     [] { throw S3Error("ServerSideEncryptionConfigurationNotFoundError"); }},
    {"ownershipControls", "OwnershipControls", check_ownership,
     [] { throw S3Error("OwnershipControlsNotFoundError"); }},
    {"publicAccessBlock", "PublicAccessBlockConfiguration",
     [](const S3Call&, const XmlNode& d) { parse_public_access(d); },
     [] { throw S3Error("NoSuchPublicAccessBlockConfiguration"); }},
    {"requestPayment", "RequestPaymentConfiguration", check_payer, nullptr, "<Payer>BucketOwner</Payer>"},
    {"logging", "BucketLoggingStatus", check_off, nullptr, ""},
    {"notification", "NotificationConfiguration", check_off, nullptr, ""},
    {"accelerate", "AccelerateConfiguration", check_off, nullptr, ""},
    {"replication", "ReplicationConfiguration", check_off,
     [] { throw S3Error("ReplicationConfigurationNotFoundError"); }},
};

const Setting& setting_of(const S3Call& call) {
    for (const auto& each : kSettings)
        if (each.name == call.operation->subresource) return each;
    throw S3Error("NotImplemented");
}

http::Task<Reply> show_setting(S3Call& call) {
    const auto& setting = setting_of(call);
    const auto found = call.container.system.find(std::string(setting.name));
    if (found != call.container.system.end()) co_return Reply::text(200, found->second, "application/xml");
    if (setting.missing) setting.missing();
    XmlOut out(setting.root);
    out.raw(setting.unset);
    co_return xml_reply(out);
}

http::Task<Reply> put_setting(S3Call& call) {
    const auto& setting = setting_of(call);
    const auto text = co_await text_of(call, call.s3.settings.max_document_bytes);
    const auto document = parse_xml(text, setting.root);
    setting.check(call, document);
    const auto kept = setting.name == "lifecycle" ? with_rule_ids(call, document) : text;
    co_await change(call, [&](Container& container) { container.system[std::string(setting.name)] = kept; });
    co_return Reply::empty(setting.name == "tagging" ? 204 : 200);
}

http::Task<Reply> delete_setting(S3Call& call) {
    co_await call.http.skip_body();
    const std::string name(call.operation->subresource);
    co_await change(call, [&](Container& container) { container.system.erase(name); });
    co_return no_content();
}

http::Task<Reply> show_policy(S3Call& call) {
    const auto found = call.container.system.find("policy");
    if (found == call.container.system.end()) throw S3Error("NoSuchBucketPolicy").with("BucketName", call.bucket);
    co_return Reply::text(200, found->second, "application/json");
}

http::Task<Reply> put_policy(S3Call& call) {
    const auto text = co_await text_of(call, call.s3.settings.max_document_bytes);
    const auto policy = parse_policy(text, call.bucket);
    const auto block = call.container.system.find("publicAccessBlock");
    if (block != call.container.system.end() && policy.is_public() &&
        parse_public_access(parse_xml(block->second, "PublicAccessBlockConfiguration")).block_policy)
        throw S3Error("AccessDenied");
    co_await change(call, [&](Container& container) { container.system["policy"] = text; });
    co_return no_content();
}

http::Task<Reply> show_policy_status(S3Call& call) {
    const auto found = call.container.system.find("policy");
    bool is_public = found != call.container.system.end() && parse_policy(found->second, call.bucket).is_public();
    if (const auto acl = call.container.system.find("acl"); acl != call.container.system.end())
        is_public = is_public || AclList::from_text(acl->second).is_public();
    XmlOut out("PolicyStatus");
    out.add("IsPublic", is_public ? "true" : "false");
    co_return xml_reply(out);
}

http::Task<Reply> show_versioning(S3Call& call) {
    XmlOut out("VersioningConfiguration");
    if (call.container.versioning != Versioning::off)
        out.add("Status", call.container.versioning == Versioning::enabled ? "Enabled" : "Suspended");
    co_return xml_reply(out);
}

http::Task<Reply> put_versioning(S3Call& call) {
    const auto document = co_await document_of(call, "VersioningConfiguration");
    const auto status = document.text_of("Status");
    if (!document.has("Status")) throw S3Error("IllegalVersioningConfigurationException");
    if (status != "Enabled" && status != "Suspended") throw S3Error("MalformedXML");
    if (status == "Suspended" && call.container.system.contains("object-lock"))
        throw S3Error(
            "InvalidBucketState",
            "An Object Lock configuration is present on this bucket, so the versioning state cannot be changed.");
    co_await change(call, [&](Container& container) {
        container.versioning = status == "Enabled" ? Versioning::enabled : Versioning::suspended;
    });
    co_return Reply::empty(200);
}

http::Task<Reply> show_lock(S3Call& call) {
    const auto found = call.container.system.find("object-lock");
    if (found == call.container.system.end())
        throw S3Error("ObjectLockConfigurationNotFoundError").with("BucketName", call.bucket);
    co_return Reply::text(200, found->second, "application/xml");
}

http::Task<Reply> put_lock(S3Call& call) {
    const auto text = co_await text_of(call, call.s3.settings.max_document_bytes);
    parse_lock_rule(parse_xml(text, "ObjectLockConfiguration"));
    if (call.container.versioning != Versioning::enabled)
        throw S3Error("InvalidBucketState",
                      "Versioning must be 'Enabled' on the bucket to apply a Object Lock configuration");
    co_await change(call, [&](Container& container) { container.system["object-lock"] = text; });
    co_return Reply::empty(200);
}

http::Task<Reply> show_bucket_acl(S3Call& call) {
    XmlOut out("AccessControlPolicy");
    show_acl(out, bucket_acl(call));
    co_return xml_reply(out);
}

http::Task<Reply> put_bucket_acl(S3Call& call) {
    const auto text = co_await text_of(call, call.s3.settings.max_document_bytes);
    if (ownership_of(call.container) == Ownership::enforced) throw S3Error("AccessControlListNotSupported");
    const auto owner = call.owner_id(call.container);
    auto acl = acl_of_headers(call.headers(), owner, owner);
    if (acl && !text.empty()) throw S3Error("InvalidRequest", "An ACL is given both in headers and in the body.");
    if (!acl && text.empty()) throw S3Error("MissingSecurityHeader");
    if (!acl) acl = acl_of_document(parse_xml(text, "AccessControlPolicy"), owner);
    refuse_public(call, *acl);
    co_await change(call, [&](Container& container) { container.system["acl"] = acl->text(); });
    co_return Reply::empty(200);
}

constexpr Operation setting(Method method, std::string_view name, std::string_view action,
                            http::Task<Reply> (*run)(S3Call&)) {
    return {method, Level::bucket, name, action, Grant::none, false, run};
}

constexpr Operation kOperations[] = {
    setting(Method::get, "cors", "s3:GetBucketCORS", show_setting),
    setting(Method::put, "cors", "s3:PutBucketCORS", put_setting),
    setting(Method::del, "cors", "s3:PutBucketCORS", delete_setting),
    setting(Method::get, "lifecycle", "s3:GetLifecycleConfiguration", show_setting),
    setting(Method::put, "lifecycle", "s3:PutLifecycleConfiguration", put_setting),
    setting(Method::del, "lifecycle", "s3:PutLifecycleConfiguration", delete_setting),
    setting(Method::get, "website", "s3:GetBucketWebsite", show_setting),
    setting(Method::put, "website", "s3:PutBucketWebsite", put_setting),
    setting(Method::del, "website", "s3:DeleteBucketWebsite", delete_setting),
    setting(Method::get, "tagging", "s3:GetBucketTagging", show_setting),
    setting(Method::put, "tagging", "s3:PutBucketTagging", put_setting),
    setting(Method::del, "tagging", "s3:PutBucketTagging", delete_setting),
    setting(Method::get, "encryption", "s3:GetEncryptionConfiguration", show_setting),
    setting(Method::put, "encryption", "s3:PutEncryptionConfiguration", put_setting),
    setting(Method::del, "encryption", "s3:PutEncryptionConfiguration", delete_setting),
    setting(Method::get, "ownershipControls", "s3:GetBucketOwnershipControls", show_setting),
    setting(Method::put, "ownershipControls", "s3:PutBucketOwnershipControls", put_setting),
    setting(Method::del, "ownershipControls", "s3:PutBucketOwnershipControls", delete_setting),
    setting(Method::get, "publicAccessBlock", "s3:GetBucketPublicAccessBlock", show_setting),
    setting(Method::put, "publicAccessBlock", "s3:PutBucketPublicAccessBlock", put_setting),
    setting(Method::del, "publicAccessBlock", "s3:PutBucketPublicAccessBlock", delete_setting),
    setting(Method::get, "requestPayment", "s3:GetBucketRequestPayment", show_setting),
    setting(Method::put, "requestPayment", "s3:PutBucketRequestPayment", put_setting),
    setting(Method::get, "logging", "s3:GetBucketLogging", show_setting),
    setting(Method::put, "logging", "s3:PutBucketLogging", put_setting),
    setting(Method::get, "notification", "s3:GetBucketNotification", show_setting),
    setting(Method::put, "notification", "s3:PutBucketNotification", put_setting),
    setting(Method::get, "accelerate", "s3:GetAccelerateConfiguration", show_setting),
    setting(Method::put, "accelerate", "s3:PutAccelerateConfiguration", put_setting),
    setting(Method::get, "replication", "s3:GetReplicationConfiguration", show_setting),
    setting(Method::put, "replication", "s3:PutReplicationConfiguration", put_setting),
    setting(Method::del, "replication", "s3:PutReplicationConfiguration", delete_setting),
    setting(Method::get, "policy", "s3:GetBucketPolicy", show_policy),
    setting(Method::put, "policy", "s3:PutBucketPolicy", put_policy),
    setting(Method::del, "policy", "s3:DeleteBucketPolicy", delete_setting),
    setting(Method::get, "policyStatus", "s3:GetBucketPolicyStatus", show_policy_status),
    setting(Method::get, "versioning", "s3:GetBucketVersioning", show_versioning),
    setting(Method::put, "versioning", "s3:PutBucketVersioning", put_versioning),
    setting(Method::get, "object-lock", "s3:GetBucketObjectLockConfiguration", show_lock),
    setting(Method::put, "object-lock", "s3:PutBucketObjectLockConfiguration", put_lock),
    {Method::get, Level::bucket, "acl", "s3:GetBucketAcl", Grant::read_acp, false, show_bucket_acl},
    {Method::put, Level::bucket, "acl", "s3:PutBucketAcl", Grant::write_acp, false, put_bucket_acl},
};

}  // namespace

Operations setting_operations() { return kOperations; }

}  // namespace cumulet::objectstore::s3
