#include "objectstore/s3/object_headers.hpp"

#include "common/runtime/text.hpp"
#include "objectstore/model/versions.hpp"
#include "objectstore/s3/rules/lock.hpp"
#include "objectstore/s3/rules/tags.hpp"
#include "objectstore/s3/sealed.hpp"
#include "objectstore/s3/times.hpp"
#include "objectstore/s3/wire/sent_date.hpp"

namespace cumulet::objectstore::s3 {

namespace {

constexpr std::string_view kMetaPrefix = "x-amz-meta-";
constexpr std::string_view kKeptHeaders[] = {
    "Cache-Control", "Content-Disposition", "Content-Encoding", "Content-Language", "Expires", "X-Robots-Tag"};

// The form in which the bucket space keeps names of metadata: "Foo-Bar".
std::string as_title(std::string_view name) {
    std::string out = text::to_lower(name);
    bool first = true;
    for (auto& c : out) {
        if (first && c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
        first = c == '-';
    }
    return out;
}

// AWS's own coding of the body is none of the object's.
std::string without_aws_chunked(std::string_view encodings) {
    std::string out;
    for (auto each : text::split(encodings, ',')) {
        each = text::trim(each);
        if (each.empty() || text::iequals(each, "aws-chunked")) continue;
        out += (out.empty() ? "" : ", ") + std::string(each);
    }
    return out;
}

bool names_etag(std::string_view header, const std::string& etag) {
    for (auto each : text::split(header, ',')) {
        each = text::trim(each);
        if (each.starts_with("W/")) each.remove_prefix(2);
        if (each == "*" || plain_etag(each) == etag) return true;
    }
    return false;
}

}  // namespace

std::string shown_etag(const Object& object) {
    if (object.link.is_static())
        return object.link.static_etag.empty() ? object.link.etag : object.link.static_etag + "-0";
    if (object.is_static_large()) return object.static_etag + "-0";
    return object.is_dynamic_large() ? object.etag + "-0" : object.etag;
}

std::string quoted_etag(const Object& object) { return "\"" + shown_etag(object) + "\""; }

std::string plain_etag(std::string_view sent) {
    sent = text::trim(sent);
    if (sent.size() >= 2 && sent.front() == '"' && sent.back() == '"') sent = sent.substr(1, sent.size() - 2);
    return std::string(sent);
}

std::string owner_of(const S3Call& call, const Object& object) {
    const auto found = object.system.find("owner");
    return found != object.system.end() ? found->second : call.owner_id(call.container);
}

void show_owner(const S3Call& call, XmlOut& out, const Object& object) {
    const auto id = owner_of(call, object);
    out.open("Owner").add("ID", id).add("DisplayName", id).close();
}

AclList acl_of(const S3Call& call, const Object& object) {
    const auto found = object.system.find("acl");
    return found != object.system.end() ? AclList::from_text(found->second) : private_acl(owner_of(call, object));
}

std::optional<Checksum> object_checksum(const Object& object) {
    const auto found = object.system.find("checksum");
    if (found == object.system.end()) return std::nullopt;
    const auto equals = found->second.find('=');
    const auto kind = checksum_kind(std::string_view(found->second).substr(0, equals));
    if (!kind) return std::nullopt;
    return Checksum{*kind, found->second.substr(equals + 1)};
}

std::string checksum_type(const Object& object) {
    const auto type = object.system.find("checksum-type");
    return type == object.system.end() ? "FULL_OBJECT" : type->second;
}

void show_version(const S3Call& call, const Object& object, http::Headers& headers) {
    if (object.versioned)
        headers.set("x-amz-version-id", version_id_of(object));
    else if (call.container.versioning != Versioning::off)
        headers.set("x-amz-version-id", "null");
}

namespace {

void take_lock(const S3Call& call, Object& object) {
    const auto& bucket = call.container.system;
    const auto rule_text = bucket.find("object-lock");
    const auto hold = call.header("x-amz-object-lock-legal-hold");
    auto retention = retention_of_headers(call.header("x-amz-object-lock-mode"),
                                          call.header("x-amz-object-lock-retain-until-date"), call.now());
    if (rule_text == bucket.end()) {
        if (hold || retention) throw S3Error("InvalidRequest", "Bucket is missing ObjectLockConfiguration");
        return;
    }
    if (!retention) {
        const auto rule = parse_lock_rule(parse_xml(rule_text->second, "ObjectLockConfiguration"));
        if (rule.days > 0) retention = Retention{rule.compliance, call.now() + std::chrono::hours(24 * rule.days)};
    }
    if (retention) object.system["retention"] = retention->text();
    if (!hold) return;
    if (*hold != "ON" && *hold != "OFF") throw S3Error("InvalidArgument", "Legal Hold must be either of 'ON' or 'OFF'");
    object.system["legal-hold"] = *hold;
}

void take_encryption(const S3Call& call, Object& object) {
    const auto sent = call.header("x-amz-server-side-encryption");
    const bool encrypts = call.swift().engine.encrypts();
    if (sent && *sent != "AES256" && *sent != "aws:kms")
        throw S3Error("InvalidArgument", "The encryption method specified is not supported");
    if (sent && sent_client_key(call))
        throw S3Error(
            "InvalidArgument",
            "Server Side Encryption with Customer provided key is incompatible with the encryption method specified");
    if (call.header("x-amz-server-side-encryption-aws-kms-key-id") && sent != "aws:kms")
        throw S3Error(
            "InvalidArgument",
            "Server Side Encryption with AWS KMS managed key requires HTTP header x-amz-server-side-encryption "
            ": aws:kms");
    if (sent && (*sent != "AES256" || !encrypts))
        throw S3Error("NotImplemented", *sent == "AES256" ? "This store does not encrypt what it keeps."
                                                          : "There is no key management service here.");
    if (encrypts && !sent_client_key(call)) object.system["sse"] = "AES256";
}

constexpr std::string_view kStorageClasses[] = {"STANDARD",     "REDUCED_REDUNDANCY",  "STANDARD_IA",
                                                "ONEZONE_IA",   "INTELLIGENT_TIERING", "GLACIER",
                                                "DEEP_ARCHIVE", "GLACIER_IR"};

}  // namespace

void take_attributes(const S3Call& call, Object& object) {
    auto& system = object.system;
    auto own = call.own_id();
    const auto bucket_owner = call.owner_id(call.container);
    const auto ownership = ownership_of(call.container);
    if (ownership == Ownership::enforced) refuse_acl_headers(call.headers(), bucket_owner);
    if (ownership == Ownership::enforced ||
        (ownership == Ownership::preferred && call.header("x-amz-acl") == "bucket-owner-full-control"))
        own = bucket_owner;
    if (!own.empty() && own != bucket_owner) system["owner"] = own;
    if (const auto tags = call.header("x-amz-tagging"); tags && !tags->empty())
        system["tags"] = query_of_tags(tags_of_query(*tags, kMaxObjectTags));
    if (const auto acl = acl_of_headers(call.headers(), own.empty() ? bucket_owner : own, bucket_owner)) {
        refuse_public(call, *acl);
        system["acl"] = acl->text();
    }
    if (const auto name = call.header("x-amz-storage-class"); name && *name != "STANDARD") {
        if (std::find(std::begin(kStorageClasses), std::end(kStorageClasses), *name) == std::end(kStorageClasses))
            throw S3Error("InvalidStorageClass");
    }
    if (const auto to = call.header("x-amz-website-redirect-location")) {
        if (!to->starts_with("/") && !to->starts_with("http://") && !to->starts_with("https://"))
            throw S3Error("InvalidArgument",
                          "The website redirect location must have a prefix of 'http://' or 'https://' or '/'.");
        system["redirect"] = *to;
    }
    take_lock(call, object);
    take_encryption(call, object);
}

void take_headers(const S3Call& call, Object& object) {
    object.content_type = call.header("Content-Type").value_or("");
    if (object.content_type.empty()) object.content_type = "binary/octet-stream";
    for (const auto name : kKeptHeaders) {
        const auto sent = call.header(name);
        if (!sent) continue;
        std::string value(*sent);
        if (name == "Content-Encoding") value = without_aws_chunked(value);
        if (!value.empty()) object.headers[std::string(name)] = std::move(value);
    }
    std::size_t bytes = 0;
    for (const auto& [name, value] : call.headers()) {
        if (name.size() <= kMetaPrefix.size() ||
            !text::iequals(std::string_view(name).substr(0, kMetaPrefix.size()), kMetaPrefix))
            continue;
        auto& kept = object.metadata[as_title(std::string_view(name).substr(kMetaPrefix.size()))];
        kept += (kept.empty() ? "" : ",") + value;
        bytes += name.size() - kMetaPrefix.size() + value.size();
    }
    if (bytes > call.s3.settings.max_metadata_bytes) throw S3Error("MetadataTooLarge");
}

void show_headers(const S3Call& call, const Object& object, http::Headers& headers) {
    headers.set("Content-Type", object.content_type);
    headers.set("Last-Modified", http_date(object.modified_at));
    headers.set("ETag", quoted_etag(object));
    headers.set("Accept-Ranges", "bytes");
    for (const auto& [name, value] : object.headers) headers.set(name, value);
    for (const auto& [name, value] : object.metadata)
        headers.set(std::string(kMetaPrefix) + text::to_lower(name), value);
    show_version(call, object, headers);
    show_sealing(object, headers);
    const auto& system = object.system;
    if (const auto found = system.find("tags"); found != system.end())
        headers.set("x-amz-tagging-count", std::to_string(std::count(found->second.begin(), found->second.end(), '=')));
    if (const auto found = system.find("redirect"); found != system.end())
        headers.set("x-amz-website-redirect-location", found->second);
    if (const auto found = system.find("legal-hold"); found != system.end())
        headers.set("x-amz-object-lock-legal-hold", found->second);
    if (const auto found = system.find("retention"); found != system.end())
        if (const auto retention = Retention::from_text(found->second)) {
            headers.set("x-amz-object-lock-mode", std::string(retention->mode()));
            headers.set("x-amz-object-lock-retain-until-date", iso_until(retention->until));
        }
    if (call.header("x-amz-checksum-mode") == "ENABLED" && !call.header("Range"))
        if (const auto sum = object_checksum(object)) {
            headers.set(checksum_header(sum->kind), sum->value);
            headers.set("x-amz-checksum-type", checksum_type(object));
        }
}

void override_headers(const S3Call& call, http::Headers& headers) {
    for (const std::string_view name :
         {"Content-Type", "Content-Language", "Expires", "Cache-Control", "Content-Disposition", "Content-Encoding"}) {
        const auto value = call.query("response-" + text::to_lower(name));
        if (!value) continue;
        if (call.anonymous())
            throw S3Error("InvalidRequest", "Request specific response headers cannot be used for anonymous requests.");
        if (value->find_first_of("\r\n") != std::string::npos || value->find('\0') != std::string::npos)
            throw S3Error("InvalidArgument", "A header cannot hold such characters.");
        headers.set(name, *value);
    }
}

void check_write_conditions(const S3Call& call, const Object* there) {
    const auto etag = there ? shown_etag(*there) : std::string();
    if (const auto none = call.header("If-None-Match"); none && there && names_etag(*none, etag))
        throw S3Error("PreconditionFailed").with("Condition", "If-None-Match");
    const auto match = call.header("If-Match");
    if (!match) return;
    if (!there) throw S3Error("NoSuchKey").with("Key", call.object);
    if (!names_etag(*match, etag)) throw S3Error("PreconditionFailed").with("Condition", "If-Match");
}

Verdict judge_conditions(const S3Call& call, const Object& object, const std::string& prefix) {
    const auto etag = shown_etag(object);
    const auto sent = [&](const char* name) { return call.header(prefix + name); };
    const auto modified = whole_seconds(object.modified_at);
    const auto time = [&](const char* name) { return sent_date(sent(name).value_or("")); };
    if (const auto match = sent("If-Match")) {
        if (!names_etag(*match, etag)) return Verdict::failed;
    } else if (const auto since = time("If-Unmodified-Since"); since && modified > *since) {
        return Verdict::failed;
    }
    if (const auto none = sent("If-None-Match")) {
        if (names_etag(*none, etag)) return Verdict::not_modified;
    } else if (const auto since = time("If-Modified-Since"); since && modified <= *since) {
        return Verdict::not_modified;
    }
    return Verdict::proceed;
}

}  // namespace cumulet::objectstore::s3
