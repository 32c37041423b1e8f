// What stands beside an object's bytes and can be changed without them: tags, ACL, retention, legal hold. And all of it
// in one answer.
#include "common/runtime/text.hpp"
#include "objectstore/s3/object_headers.hpp"
#include "objectstore/s3/object_parts.hpp"
#include "objectstore/s3/object_read.hpp"
#include "objectstore/s3/paging.hpp"
#include "objectstore/s3/rules/lock.hpp"
#include "objectstore/s3/rules/tags.hpp"
#include "objectstore/s3/sealed.hpp"
#include "objectstore/s3/times.hpp"

namespace cumulet::objectstore::s3 {

namespace {

using api::Reply;
using http::Method;

// Changes the version that the call names, current or older; what comes back is as it was written.
http::Task<Object> change(S3Call& call, std::function<void(Object&)> how) {
    Object changed;
    co_await call.http.transact([&](store::Transaction& txn) {
        auto version = guarded_version(call, txn, call.guarded_container(txn));
        how(version.object);
        put_version(txn, version);
        changed = version.object;
    });
    co_return changed;
}

Reply answer(const S3Call& call, const Object& object, int status) {
    Reply reply = Reply::empty(status);
    show_version(call, object, reply.response().headers);
    return reply;
}

Reply with_version(const S3Call& call, const Object& object, Reply reply) {
    show_version(call, object, reply.response().headers);
    return reply;
}

http::Task<Reply> show_tags(S3Call& call) {
    const auto object = authorized_object(call, "s3:GetObjectTagging", Grant::none, call.query_or("versionId", ""));
    const auto found = object.system.find("tags");
    const auto tags = found == object.system.end() ? Tags{} : tags_of_query(found->second, kMaxObjectTags);
    co_return with_version(call, object, Reply::text(200, document_of_tags(tags), "application/xml"));
}

http::Task<Reply> put_tags(S3Call& call) {
    const auto document = co_await document_of(call, "Tagging");
    const auto tags = query_of_tags(tags_of_document(document, kMaxObjectTags));
    authorized_object(call, "s3:PutObjectTagging", Grant::none, call.query_or("versionId", ""));
    const auto object = co_await change(call, [&](Object& each) { each.system["tags"] = tags; });
    co_return answer(call, object, 200);
}

http::Task<Reply> delete_tags(S3Call& call) {
    co_await call.http.skip_body();
    authorized_object(call, "s3:DeleteObjectTagging", Grant::none, call.query_or("versionId", ""));
    const auto object = co_await change(call, [&](Object& each) { each.system.erase("tags"); });
    co_return answer(call, object, 204);
}

http::Task<Reply> show_object_acl(S3Call& call) {
    const auto object = authorized_object(call, "s3:GetObjectAcl", Grant::read_acp, call.query_or("versionId", ""));
    XmlOut out("AccessControlPolicy");
    show_acl(out, acl_of(call, object));
    co_return with_version(call, object, xml_reply(out));
}

http::Task<Reply> put_object_acl(S3Call& call) {
    const auto text = co_await text_of(call, call.s3.settings.max_document_bytes);
    if (ownership_of(call.container) == Ownership::enforced) throw S3Error("AccessControlListNotSupported");
    const auto before = authorized_object(call, "s3:PutObjectAcl", Grant::write_acp, call.query_or("versionId", ""));
    const auto owner = owner_of(call, before);
    auto acl = acl_of_headers(call.headers(), owner, call.owner_id(call.container));
    if (acl && !text.empty()) throw S3Error("InvalidRequest", "An ACL is given both in headers and in the body.");
    if (!acl && text.empty()) throw S3Error("MissingSecurityHeader");
    if (!acl) acl = acl_of_document(parse_xml(text, "AccessControlPolicy"), owner);
    refuse_public(call, *acl);
    const auto object = co_await change(call, [&](Object& each) { each.system["acl"] = acl->text(); });
    co_return answer(call, object, 200);
}

void require_locking(const S3Call& call) {
    if (!call.container.system.contains("object-lock"))
        throw S3Error("InvalidRequest", "Bucket is missing Object Lock Configuration");
}

http::Task<Reply> show_retention(S3Call& call) {
    require_locking(call);
    const auto object = authorized_object(call, "s3:GetObjectRetention", Grant::none, call.query_or("versionId", ""));
    const auto found = object.system.find("retention");
    const auto retention = found == object.system.end() ? std::nullopt : Retention::from_text(found->second);
    if (!retention) throw S3Error("NoSuchObjectLockConfiguration");
    XmlOut out("Retention");
    out.add("Mode", retention->mode()).add("RetainUntilDate", iso_until(retention->until));
    co_return with_version(call, object, xml_reply(out));
}

http::Task<Reply> put_retention(S3Call& call) {
    require_locking(call);
    const auto document = co_await document_of(call, "Retention");
    const auto next = retention_of_document(document, call.now());
    authorized_object(call, "s3:PutObjectRetention", Grant::none, call.query_or("versionId", ""));
    const bool bypass = call.header_is_true("x-amz-bypass-governance-retention") &&
                        is_allowed(call, "s3:BypassGovernanceRetention", Grant::none, call.object);
    const auto object = co_await change(call, [&](Object& each) {
        if (const auto set = each.system.find("retention"); set != each.system.end())
            if (const auto retention = Retention::from_text(set->second);
                retention && !may_replace(*retention, next, call.now(), bypass))
                throw S3Error("AccessDenied", "Access Denied because object protected by object lock.");
        if (next)
            each.system["retention"] = next->text();
        else
            each.system.erase("retention");
    });
    co_return answer(call, object, 200);
}

http::Task<Reply> show_hold(S3Call& call) {
    require_locking(call);
    const auto object = authorized_object(call, "s3:GetObjectLegalHold", Grant::none, call.query_or("versionId", ""));
    const auto found = object.system.find("legal-hold");
    if (found == object.system.end()) throw S3Error("NoSuchObjectLockConfiguration");
    XmlOut out("LegalHold");
    out.add("Status", found->second);
    co_return with_version(call, object, xml_reply(out));
}

http::Task<Reply> put_hold(S3Call& call) {
    require_locking(call);
    const bool on = hold_of_document(co_await document_of(call, "LegalHold"));
    authorized_object(call, "s3:PutObjectLegalHold", Grant::none, call.query_or("versionId", ""));
    const auto object = co_await change(call, [&](Object& each) { each.system["legal-hold"] = on ? "ON" : "OFF"; });
    co_return answer(call, object, 200);
}

void show_part_sizes(const S3Call& call, const Object& object, XmlOut& out) {
    const auto parts = parts_of(object);
    if (parts.empty()) return;
    const auto sum = object_checksum(object);
    const auto sent_max = call.header("x-amz-max-parts"), sent_marker = call.header("x-amz-part-number-marker");
    const auto number = [](std::optional<std::string_view> sent, std::size_t fallback) {
        if (!sent || sent->empty() || sent->size() > 6 ||
            sent->find_first_not_of("0123456789") != std::string_view::npos)
            return fallback;
        return static_cast<std::size_t>(std::stoul(std::string(*sent)));
    };
    const auto most = number(sent_max, 1000), marker = number(sent_marker, 0);
    out.open("ObjectParts").add("PartsCount", parts.size());
    const auto last = std::max(marker, std::min(parts.size(), marker + most));
    out.add("PartNumberMarker", marker).add("NextPartNumberMarker", last).add("MaxParts", most);
    out.flag("IsTruncated", last < parts.size());
    for (std::size_t i = marker; i < last; ++i) {
        out.open("Part").add("PartNumber", i + 1).add("Size", parts[i].length);
        if (sum && !parts[i].checksum.empty()) out.add(checksum_element(sum->kind), parts[i].checksum);
        out.close();
    }
    out.close();
}

http::Task<Reply> show_attributes(S3Call& call) {
    const auto object = authorized_object(call, "s3:GetObject", Grant::read);
    require_client_key(call, object);
    const auto asked = call.header("x-amz-object-attributes");
    if (!asked) throw S3Error("InvalidArgument", "The x-amz-object-attributes header is missing.");
    XmlOut out("GetObjectAttributesResponse");
    for (auto each : text::split(*asked, ',')) {
        each = text::trim(each);
        if (each == "ETag") {
            out.add("ETag", shown_etag(object));
        } else if (each == "Checksum") {
            if (const auto sum = object_checksum(object))
                out.open("Checksum")
                    .add(checksum_element(sum->kind), sum->value)
                    .add("ChecksumType", checksum_type(object))
                    .close();
        } else if (each == "ObjectParts") {
            show_part_sizes(call, object, out);
        } else if (each == "StorageClass") {
            out.add("StorageClass", "STANDARD");
        } else if (each == "ObjectSize") {
            out.add("ObjectSize", object.length);
        } else {
            throw S3Error("InvalidArgument", "Invalid attribute name specified.");
        }
    }
    Reply reply = with_version(call, object, xml_reply(out));
    reply.response().headers.set("Last-Modified", http_date(object.modified_at));
    co_return reply;
}

constexpr Operation kOperations[] = {
    {Method::get, Level::object, "tagging", "s3:GetObjectTagging", Grant::none, true, show_tags},
    {Method::put, Level::object, "tagging", "s3:PutObjectTagging", Grant::none, true, put_tags},
    {Method::del, Level::object, "tagging", "s3:DeleteObjectTagging", Grant::none, true, delete_tags},
    {Method::get, Level::object, "acl", "s3:GetObjectAcl", Grant::read_acp, true, show_object_acl},
    {Method::put, Level::object, "acl", "s3:PutObjectAcl", Grant::write_acp, true, put_object_acl},
    {Method::get, Level::object, "retention", "s3:GetObjectRetention", Grant::none, true, show_retention},
    {Method::put, Level::object, "retention", "s3:PutObjectRetention", Grant::none, true, put_retention},
    {Method::get, Level::object, "legal-hold", "s3:GetObjectLegalHold", Grant::none, true, show_hold},
    {Method::put, Level::object, "legal-hold", "s3:PutObjectLegalHold", Grant::none, true, put_hold},
    {Method::get, Level::object, "attributes", "s3:GetObjectAttributes", Grant::read, true, show_attributes},
};

}  // namespace

Operations attribute_operations() { return kOperations; }

}  // namespace cumulet::objectstore::s3
