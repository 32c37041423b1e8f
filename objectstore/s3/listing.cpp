// ListObjects, both versions.
#include "common/runtime/text.hpp"
#include "objectstore/model/versions.hpp"
#include "objectstore/s3/call.hpp"
#include "objectstore/s3/object_headers.hpp"
#include "objectstore/s3/paging.hpp"
#include "objectstore/s3/times.hpp"

namespace cumulet::objectstore::s3 {

namespace {

using api::Reply;
using http::Method;

struct Page {
    std::vector<ObjectEntry> entries;
    bool truncated = false;
    std::string last;  // name of the last entry
};

std::string name_of(const ObjectEntry& entry) {
    if (const auto* object = std::get_if<Object>(&entry)) return object->name;
    return std::get<Directory>(entry).name;
}

Page read_page(const S3Call& call, const PageOrder& order, const std::string& marker) {
    Page page;
    if (order.max_keys == 0) return page;
    auto txn = call.reading();
    page.entries = list_objects(
        txn, call.container,
        {.prefix = order.prefix, .delimiter = order.delimiter, .marker = marker, .limit = order.max_keys + 1});
    if (page.entries.size() > order.max_keys) {
        page.entries.pop_back();
        page.truncated = true;
    }
    if (!page.entries.empty()) page.last = name_of(page.entries.back());
    return page;
}

void show_entries(const S3Call& call, XmlOut& out, const Page& page, const PageOrder& order, bool with_owner) {
    for (const auto& entry : page.entries) {
        const auto* object = std::get_if<Object>(&entry);
        if (!object) continue;
        out.open("Contents")
            .add("Key", order.shown(object->name))
            .add("LastModified", iso_millis(object->modified_at))
            .add("ETag", quoted_etag(*object))
            .add("Size", object->link.is_static() ? object->link.length : object->length);
        if (with_owner) show_owner(call, out, *object);
        out.add("StorageClass", "STANDARD").close();
    }
    for (const auto& entry : page.entries)
        if (const auto* directory = std::get_if<Directory>(&entry))
            out.open("CommonPrefixes").add("Prefix", order.shown(directory->name)).close();
}

Reply list_v1(const S3Call& call, const PageOrder& order) {
    const auto marker = call.query_or("marker", "");
    const auto page = read_page(call, order, marker);
    XmlOut out("ListBucketResult");
    out.add("Name", call.bucket).add("Prefix", order.shown(order.prefix)).add("Marker", order.shown(marker));
    out.add("MaxKeys", order.max_keys);
    if (!order.delimiter.empty()) out.add("Delimiter", order.shown(order.delimiter));
    if (order.as_url) out.add("EncodingType", "url");
    out.flag("IsTruncated", page.truncated);
    if (page.truncated) out.add("NextMarker", order.shown(page.last));
    show_entries(call, out, page, order, true);
    return xml_reply(out);
}

Reply list_v2(const S3Call& call, const PageOrder& order) {
    const auto start_after = call.query_or("start-after", "");
    std::string marker = start_after;
    const auto token = call.query("continuation-token");
    if (token && !token->empty()) marker = name_in_token(*token);
    const auto page = read_page(call, order, marker);
    XmlOut out("ListBucketResult");
    out.add("Name", call.bucket).add("Prefix", order.shown(order.prefix));
    if (token) out.add("ContinuationToken", *token);
    if (call.query("start-after")) out.add("StartAfter", order.shown(start_after));
    out.add("MaxKeys", order.max_keys).add("KeyCount", page.entries.size());
    if (!order.delimiter.empty()) out.add("Delimiter", order.shown(order.delimiter));
    if (order.as_url) out.add("EncodingType", "url");
    out.flag("IsTruncated", page.truncated);
    if (page.truncated) out.add("NextContinuationToken", text::to_base64(page.last));
    show_entries(call, out, page, order, call.query_or("fetch-owner", "") == "true");
    return xml_reply(out);
}

http::Task<Reply> list_bucket(S3Call& call) {
    const auto order = page_order(call, "max-keys");
    const auto type = call.query_or("list-type", "1");
    if (type != "1" && type != "2")
        throw S3Error("InvalidArgument", "Invalid List Type specified in Query").with("ArgumentName", "list-type");
    co_return type == "2" ? list_v2(call, order) : list_v1(call, order);
}

std::string name_of(const VersionEntry& entry) {
    if (const auto* version = std::get_if<ListedVersion>(&entry)) return version->object.name;
    return std::get<Directory>(entry).name;
}

http::Task<Reply> list_all_versions(S3Call& call) {
    const auto order = page_order(call, "max-keys");
    const auto key_marker = call.query_or("key-marker", ""), id_marker = call.query_or("version-id-marker", "");
    auto txn = call.reading();
    VersionsRequest request{
        .names = {
            .prefix = order.prefix, .delimiter = order.delimiter, .marker = key_marker, .limit = order.max_keys + 1}};
    if (!id_marker.empty() && !key_marker.empty()) {
        request.version_marker = time_of_version_id(id_marker);
        if (id_marker == "null")
            if (const auto found = find_version(txn, call.container, key_marker, id_marker))
                request.version_marker = found->object.made_at;
    }
    std::vector<VersionEntry> entries;
    if (order.max_keys > 0) entries = list_versions(txn, call.container, request);
    const bool truncated = entries.size() > order.max_keys;
    if (truncated) entries.pop_back();
    XmlOut out("ListVersionsResult");
    out.add("Name", call.bucket).add("Prefix", order.shown(order.prefix)).add("KeyMarker", order.shown(key_marker));
    out.add("VersionIdMarker", id_marker).add("MaxKeys", order.max_keys);
    if (call.query("delimiter")) out.add("Delimiter", order.shown(order.delimiter));
    if (order.as_url) out.add("EncodingType", "url");
    out.flag("IsTruncated", truncated);
    if (truncated) {
        out.add("NextKeyMarker", order.shown(name_of(entries.back())));
        if (const auto* last = std::get_if<ListedVersion>(&entries.back()))
            out.add("NextVersionIdMarker", version_id_of(last->object));
    }
    for (const auto& entry : entries) {
        const auto* version = std::get_if<ListedVersion>(&entry);
        if (!version) continue;
        const auto& object = version->object;
        out.open(version->delete_marker ? "DeleteMarker" : "Version")
            .add("Key", order.shown(object.name))
            .add("VersionId", version_id_of(object))
            .flag("IsLatest", version->is_latest)
            .add("LastModified", iso_millis(object.modified_at));
        if (!version->delete_marker) out.add("ETag", quoted_etag(object)).add("Size", object.length);
        show_owner(call, out, object);
        if (!version->delete_marker) out.add("StorageClass", "STANDARD");
        out.close();
    }
    for (const auto& entry : entries)
        if (const auto* directory = std::get_if<Directory>(&entry))
            out.open("CommonPrefixes").add("Prefix", order.shown(directory->name)).close();
    co_return xml_reply(out);
}

constexpr Operation kOperations[] = {
    {Method::get, Level::bucket, "versions", "s3:ListBucketVersions", Grant::read, false, list_all_versions},
    {Method::get, Level::bucket, "", "s3:ListBucket", Grant::read, false, list_bucket},
};

}  // namespace

Operations listing_operations() { return kOperations; }

}  // namespace cumulet::objectstore::s3
