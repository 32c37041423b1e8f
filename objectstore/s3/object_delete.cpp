// Deleting one object or version, or many in a request.
#include "objectstore/s3/object_delete.hpp"

#include "objectstore/s3/object_headers.hpp"
#include "objectstore/s3/rules/lock.hpp"
#include "objectstore/s3/times.hpp"

namespace cumulet::objectstore::s3 {

namespace {

using api::Reply;

constexpr std::size_t kMaxDeletes = 1000;
constexpr std::size_t kSkippedBytes = 128u << 20;  // of a document that is too long

bool bypasses_governance(const S3Call& call, const std::string& key) {
    return call.header_is_true("x-amz-bypass-governance-retention") &&
           is_allowed(call, "s3:BypassGovernanceRetention", Grant::none, key);
}

void check_lock(const S3Call& call, const Object& object) {
    const auto& system = object.system;
    if (const auto hold = system.find("legal-hold"); hold != system.end() && hold->second == "ON")
        throw S3Error("AccessDenied", "Access Denied because object protected by object lock.");
    const auto found = system.find("retention");
    if (found == system.end()) return;
    const auto retention = Retention::from_text(found->second);
    if (!retention || may_replace(*retention, std::nullopt, call.now(), bypasses_governance(call, object.name))) return;
    throw S3Error("AccessDenied", "Access Denied because object protected by object lock.");
}

void check_conditions(const EraseConditions& conditions, const Object& object, bool marker) {
    const bool etag =
        !conditions.etag || *conditions.etag == "*" || (!marker && plain_etag(*conditions.etag) == shown_etag(object));
    const bool size = !conditions.size || (!marker && *conditions.size == object.length);
    const bool modified = !conditions.modified_at || *conditions.modified_at == whole_seconds(object.modified_at);
    if (!etag || !size || !modified)
        throw S3Error("PreconditionFailed")
            .with("Condition",
                  !etag ? "If-Match" : (!size ? "x-amz-if-match-size" : "x-amz-if-match-last-modified-time"));
}

// The current version, or the marker that hides all others.
void check_current(const S3Call& call, store::Transaction& txn, const Container& container, const std::string& name,
                   const EraseConditions& conditions) {
    const auto object = txn.get<Object>(container.account, container.name, name);
    if (object && !object->expired(call.now())) {
        check_conditions(conditions, *object, false);
        if (container.versioning == Versioning::off) check_lock(call, *object);
        return;
    }
    const auto newest = txn.scan<Version>({.limit = 1}, container.account, container.name, name);
    if (!newest.empty() && newest.front().delete_marker) check_conditions(conditions, newest.front().object, true);
}

std::optional<std::uint64_t> size_in(const std::string& text) {
    if (text.empty()) return std::nullopt;
    if (text.size() > 15 || text.find_first_not_of("0123456789") != std::string::npos)
        throw S3Error("InvalidArgument", "A size to match must be a number.");
    return std::stoull(text);
}

std::optional<Timestamp> time_in(const std::string& text) {
    if (text.empty()) return std::nullopt;
    auto time = parse_http_date(text);
    if (!time) time = parse_iso(text);
    if (!time) throw S3Error("InvalidArgument", "A time to match must be a date.");
    return whole_seconds(*time);
}

EraseConditions conditions_of_headers(const S3Call& call) {
    const auto text = [&](const char* name) { return std::string(call.header(name).value_or("")); };
    EraseConditions conditions{.size = size_in(text("x-amz-if-match-size")),
                               .modified_at = time_in(text("x-amz-if-match-last-modified-time"))};
    if (const auto etag = call.header("If-Match")) conditions.etag = std::string(*etag);
    return conditions;
}

EraseConditions conditions_of(const XmlNode& object) {
    EraseConditions conditions{.size = size_in(object.text_of("Size")),
                               .modified_at = time_in(object.text_of("LastModifiedTime"))};
    if (object.has("ETag")) conditions.etag = object.text_of("ETag");
    return conditions;
}

}  // namespace

http::Task<Erased> erase_object(S3Call& call, const std::string& name, const std::string& version_id,
                                const EraseConditions& conditions) {
    const auto& swift = call.swift();
    Erased erased;
    std::optional<Blob> gone;
    co_await call.http.transact([&](store::Transaction& txn) {
        erased = {};
        gone.reset();
        const auto container = call.guarded_container(txn);
        if (version_id.empty()) {
            check_current(call, txn, container, name, conditions);
            const auto done = objectstore::delete_object(txn, swift.engine, container, name,
                                                         shown_precision(swift.clock.now()), "deleted");
            gone = done.gone;
            if (done.marker) {
                erased.marker = true;
                erased.marker_id = done.marker->versioned ? version_id_of(*done.marker) : "null";
            }
            return;
        }
        const auto found = find_version(txn, container, name, version_id);
        erased.version_id = version_id;
        if (!found) {
            if (version_id != "null" && !time_of_version_id(version_id))
                throw S3Error("InvalidArgument", "Invalid version id specified").with("ArgumentName", "versionId");
            return;
        }
        check_conditions(conditions, found->object, found->delete_marker);
        if (!found->delete_marker) check_lock(call, found->object);
        if (found->delete_marker) {
            erased.marker = true;
            erased.marker_id = version_id;
        }
        gone = erase_version(txn, swift.engine, *found, After::previous, "deleted");
    });
    if (gone) swift.engine.discard(*gone);
    co_return erased;
}

http::Task<Reply> delete_object(S3Call& call) {
    co_await call.http.skip_body();
    const auto version = call.query_or("versionId", "");
    authorize(call, version.empty() ? "s3:DeleteObject" : "s3:DeleteObjectVersion", Grant::write, call.object);
    const auto erased = co_await erase_object(call, call.object, version, conditions_of_headers(call));
    Reply reply = no_content();
    auto& headers = reply.response().headers;
    if (erased.marker) headers.set("x-amz-delete-marker", "true");
    if (!erased.version_id.empty())
        headers.set("x-amz-version-id", erased.version_id);
    else if (!erased.marker_id.empty())
        headers.set("x-amz-version-id", erased.marker_id);
    co_return reply;
}

http::Task<Reply> delete_objects(S3Call& call) {
    if (call.http.request().content_length.value_or(0) > call.s3.settings.max_document_bytes) {
        // Some listen for the answer only once they have sent all of it.
        co_await call.http.body_stream().skip(kSkippedBytes);
        throw S3Error("MalformedXML");
    }
    const auto document = co_await document_of(call, "Delete");
    const bool quiet = document.text_of("Quiet") == "true";
    const auto objects = document.all("Object");
    if (objects.empty() || objects.size() > kMaxDeletes) throw S3Error("MalformedXML");
    for (const auto* each : objects)
        if (each->required("Key").empty()) throw S3Error("UserKeyMustBeSpecified");
    XmlOut out("DeleteResult");
    for (const auto* each : objects) {
        const auto& name = each->required("Key");
        const auto version = each->text_of("VersionId");
        std::optional<S3Error> error;
        Erased erased;
        try {
            if (name.size() > call.s3.settings.max_key_bytes) throw S3Error("KeyTooLongError");
            authorize(call, version.empty() ? "s3:DeleteObject" : "s3:DeleteObjectVersion", Grant::write, name);
            erased = co_await erase_object(call, name, version, conditions_of(*each));
        } catch (const S3Error& found) {
            error = found;
        }
        if (!error && quiet) continue;
        out.open(error ? "Error" : "Deleted").add("Key", name);
        if (!version.empty()) out.add("VersionId", version);
        if (error)
            out.add("Code", error->code()).add("Message", error->what());
        else if (erased.marker)
            out.flag("DeleteMarker", true).add("DeleteMarkerVersionId", erased.marker_id);
        out.close();
    }
    co_return xml_reply(out);
}

}  // namespace cumulet::objectstore::s3
