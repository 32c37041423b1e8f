#include "objectstore/s3/uploads.hpp"

#include "common/runtime/text.hpp"
#include "objectstore/s3/auth/hmac.hpp"
#include "objectstore/s3/object_headers.hpp"
#include "objectstore/s3/object_parts.hpp"
#include "objectstore/s3/object_write.hpp"
#include "objectstore/s3/paging.hpp"
#include "objectstore/s3/payload.hpp"
#include "objectstore/s3/sealed.hpp"
#include "objectstore/s3/times.hpp"
#include "objectstore/swift/large_objects.hpp"
#include "objectstore/swift/quotas.hpp"

namespace cumulet::objectstore::s3 {

namespace {

using api::Reply;
using http::Method;

std::string owner_name(const std::string& upload, std::uint32_t number) {
    return "upload/" + upload + "/" + std::to_string(number);
}

// "CRC32C COMPOSITE" of x-amz-checksum-algorithm and x-amz-checksum-type.
std::string announced_checksum(const S3Call& call) {
    const auto name = call.header("x-amz-checksum-algorithm");
    const auto type = call.header("x-amz-checksum-type");
    if (!name) return "";
    const auto kind = checksum_kind(*name);
    if (!kind)
        throw S3Error("InvalidRequest",
                      "Checksum algorithm provided is unsupported. Please try again with any of the "
                      "valid types: [CRC32, CRC32C, CRC64NVME, SHA1, SHA256]");
    std::string wanted(type.value_or(*kind == ChecksumKind::crc64nvme ? "FULL_OBJECT" : "COMPOSITE"));
    const bool crc = *kind != ChecksumKind::sha1 && *kind != ChecksumKind::sha256;
    const bool fine = wanted == "COMPOSITE" ? *kind != ChecksumKind::crc64nvme : wanted == "FULL_OBJECT" && crc;
    if (!fine) throw S3Error("InvalidRequest", "That checksum type cannot be used with that checksum algorithm.");
    return std::string(checksum_name(*kind)) + " " + wanted;
}

// As Swift says of its empty answers.
void say_empty(http::Response& response) {
    response.headers.set("Content-Type", "text/html; charset=UTF-8");
    response.announced_length = 0;
}

http::Task<Reply> begin(S3Call& call) {
    co_await call.http.skip_body();
    MultipartUpload upload{.object = object_from_request(call), .id = call.http.random().hex_uuid()};
    upload.checksum = announced_checksum(call);
    // The parts are sealed, each with a salt of its own.
    if (const auto key = sent_client_key(call)) upload.object.system["ssec"] = key->md5;
    upload.initiator = call.own_id();
    if (!call.anonymous()) upload.initiator_name = call.s3.settings.as_swift ? call.own_id() : call.who().user_name;
    co_await call.http.transact([&](store::Transaction& txn) {
        call.guarded_container(txn);
        upload.began_at = shown_precision(call.now());
        txn.put(upload, "began");
        txn.without_log();
    });
    XmlOut out("InitiateMultipartUploadResult");
    out.add("Bucket", call.bucket).add("Key", call.object).add("UploadId", upload.id);
    Reply reply = xml_reply(out);
    if (!upload.checksum.empty()) {
        reply.response().headers.set("x-amz-checksum-algorithm",
                                     std::string(checksum_name(*announced_kind(upload.checksum))));
        reply.response().headers.set("x-amz-checksum-type",
                                     is_composite(upload.checksum) ? "COMPOSITE" : "FULL_OBJECT");
    }
    show_sealing(upload.object, reply.response().headers);
    co_return reply;
}

std::uint32_t part_number(const S3Call& call) {
    const auto bad = [&] {
        return S3Error("InvalidArgument", "Part number must be an integer between 1 and 10000, inclusive")
            .with("ArgumentName", "partNumber");
    };
    const auto text = call.query("partNumber");
    if (!text || text->empty() || text->size() > 5 || text->find_first_not_of("0123456789") != std::string::npos)
        throw bad();
    const auto number = static_cast<std::uint32_t>(std::stoul(*text));
    if (number < 1 || number > call.s3.settings.max_parts) throw bad();
    return number;
}

// Stores the part in place of one that had its number.
http::Task<UploadPart> commit_part(S3Call& call, UploadPart part) {
    const auto& swift = call.swift();
    std::optional<Blob> gone;
    co_await call.http.transact([&](store::Transaction& txn) {
        gone.reset();
        const auto container = call.guarded_container(txn);
        upload_of(call, txn);
        swift::check_quota(txn, container, part.length);
        if (const auto old = txn.get<UploadPart>(part.upload, part.number)) {
            swift.engine.release(txn, old->blob);
            gone = old->blob;
        }
        part.modified_at = shown_precision(call.now());
        swift.engine.adopt(txn, part.blob, owner_name(part.upload, part.number));
        txn.put(part, "part");
        txn.without_log();
    });
    if (gone) swift.engine.discard(*gone);
    co_return std::move(part);
}

http::Task<Reply> copy_part(S3Call& call);

http::Task<Reply> put_part(S3Call& call) {
    if (call.header("x-amz-copy-source")) co_return co_await copy_part(call);
    UploadPart part{.upload = call.query_or("uploadId", ""), .number = part_number(call)};
    std::optional<MultipartUpload> upload;
    {
        auto txn = call.reading();
        upload = upload_of(call, txn);
    }
    PayloadReader payload(call);
    if (!payload.length() && !call.header("Transfer-Encoding")) throw S3Error("MissingContentLength");
    if (payload.length().value_or(0) > call.s3.settings.max_put_bytes) throw S3Error("EntityTooLarge");
    const auto kind = announced_kind(upload->checksum);
    if (payload.checksum() && kind && payload.checksum()->kind != *kind)
        throw S3Error(
            "InvalidRequest",
            "Checksum Type mismatch occurred, expected checksum Type: " + text::to_lower(checksum_name(*kind)) +
                ", actual checksum Type: " + text::to_lower(checksum_name(payload.checksum()->kind)));
    if (kind) payload.measure(*kind);
    const auto sealer = sealer_for_part(call, upload->object);
    auto stored = co_await store_payload(call, payload, sealer.get());
    part.blob = stored.uploaded.blob;
    part.etag = stored.etag;
    part.length = stored.length;
    if (sealer) part.sealing = sealer->text();
    if (payload.checksum()) part.checksum = payload.checksum()->value;
    part = co_await commit_part(call, std::move(part));
    stored.uploaded.writer->keep();
    Reply reply = Reply::empty(200);
    auto& headers = reply.response().headers;
    headers.set("ETag", "\"" + part.etag + "\"");
    if (call.s3.settings.as_swift) {
        headers.set("Last-Modified", http_date(part.modified_at));
        say_empty(reply.response());
    }
    if (const auto& sum = payload.checksum()) headers.set(checksum_header(sum->kind), sum->value);
    show_sealing(upload->object, headers);
    co_return reply;
}

http::ByteRange copied_range(const S3Call& call, std::uint64_t length) {
    const auto sent = call.header("x-amz-copy-source-range");
    if (!sent) return {0, length - 1};
    const auto bad = [&] {
        return S3Error("InvalidArgument",
                       "The x-amz-copy-source-range value must be of the form bytes=first-last where "
                       "first and last are the zero-based offsets of the first and last bytes to copy")
            .with("ArgumentName", "x-amz-copy-source-range");
    };
    std::string_view text = *sent;
    if (!text.starts_with("bytes=")) throw bad();
    text.remove_prefix(6);
    const auto dash = text.find('-');
    if (dash == std::string_view::npos) throw bad();
    const auto number = [&](std::string_view digits) {
        if (digits.empty() || digits.size() > 15 || digits.find_first_not_of("0123456789") != std::string_view::npos)
            throw bad();
        return static_cast<std::uint64_t>(std::stoull(std::string(digits)));
    };
    const http::ByteRange range{number(text.substr(0, dash)), number(text.substr(dash + 1))};
    if (range.first > range.last) throw bad();
    if (range.last >= length)
        throw S3Error("InvalidRange",
                      "Range specified is not valid for source object of size: " + std::to_string(length));
    return range;
}

http::Task<Reply> copy_part(S3Call& call) {
    co_await call.http.skip_body();
    UploadPart part{.upload = call.query_or("uploadId", ""), .number = part_number(call)};
    std::optional<MultipartUpload> upload;
    {
        auto txn = call.reading();
        upload = upload_of(call, txn);
    }
    const auto source = copy_source(call);
    const auto content = co_await content_of_source(call, source);
    if (content.length == 0) throw S3Error("InvalidRequest", "The source of a part must not be empty.");
    const auto range = copied_range(call, content.length);
    const auto sealer = sealer_for_part(call, upload->object);
    auto stored = co_await store_content(call, content, range.first, range.length(), sealer.get());
    part.blob = stored.uploaded.blob;
    part.etag = stored.etag;
    part.length = stored.length;
    if (sealer) part.sealing = sealer->text();
    part = co_await commit_part(call, std::move(part));
    stored.uploaded.writer->keep();
    XmlOut out("CopyPartResult");
    out.add("LastModified", iso_millis(part.modified_at)).add("ETag", "\"" + part.etag + "\"");
    Reply reply = xml_reply(out);
    if (source.object.versioned)
        reply.response().headers.set("x-amz-copy-source-version-id", version_id_of(source.object));
    show_sealing(upload->object, reply.response().headers);
    co_return reply;
}

}  // namespace

MultipartUpload upload_of(const S3Call& call, store::Transaction& txn) {
    auto upload = txn.get<MultipartUpload>(call.container.account, call.container.name, call.object,
                                           call.query_or("uploadId", ""));
    if (!upload) throw S3Error("NoSuchUpload").with("UploadId", call.query_or("uploadId", ""));
    return std::move(*upload);
}

std::optional<ChecksumKind> announced_kind(const std::string& announced) {
    return checksum_kind(std::string_view(announced).substr(0, announced.find(' ')));
}
bool is_composite(const std::string& announced) { return announced.ends_with("COMPOSITE"); }

std::vector<Blob> erase_upload(store::Transaction& txn, ObjectEngine& engine, const MultipartUpload& upload) {
    std::vector<Blob> gone;
    for (const auto& part : txn.scan<UploadPart>({}, upload.id)) {
        engine.release(txn, part.blob);
        txn.erase(part, "aborted");
        gone.push_back(part.blob);
    }
    txn.erase(upload, "aborted");
    txn.without_log();
    return gone;
}

namespace {

http::Task<Reply> abort(S3Call& call) {
    co_await call.http.skip_body();
    auto& engine = call.swift().engine;
    std::vector<Blob> gone;
    co_await call.http.transact([&](store::Transaction& txn) {
        call.guarded_container(txn);
        gone = erase_upload(txn, engine, upload_of(call, txn));
    });
    for (const auto& blob : gone) engine.discard(blob);
    Reply reply = no_content();
    if (call.s3.settings.as_swift) say_empty(reply.response());
    co_return reply;
}

void show_parties(const S3Call& call, XmlOut& out, const MultipartUpload& upload) {
    out.open("Initiator").add("ID", upload.initiator).add("DisplayName", upload.initiator_name).close();
    show_owner(call, out, upload.object);
    out.add("StorageClass", "STANDARD");
}

http::Task<Reply> list_parts(S3Call& call) {
    auto txn = call.reading();
    const auto upload = upload_of(call, txn);
    const auto order = page_order(call, "max-parts");
    const auto marker = number_in_query(call, "part-number-marker", 0, INT32_MAX);
    std::vector<UploadPart> parts;
    bool truncated = false;
    txn.visit<UploadPart>(
        {},
        [&](UploadPart&& part) {
            if (part.number <= marker) return true;
            truncated = parts.size() == order.max_keys;
            if (!truncated) parts.push_back(std::move(part));
            return !truncated;
        },
        upload.id);
    XmlOut out("ListPartsResult");
    out.add("Bucket", call.bucket).add("Key", order.shown(call.object)).add("UploadId", upload.id);
    show_parties(call, out, upload);
    out.add("PartNumberMarker", marker);
    if (!parts.empty()) out.add("NextPartNumberMarker", std::uint64_t{parts.back().number});
    out.add("MaxParts", order.max_keys).flag("IsTruncated", truncated);
    const auto kind = announced_kind(upload.checksum);
    if (kind)
        out.add("ChecksumAlgorithm", checksum_name(*kind))
            .add("ChecksumType", is_composite(upload.checksum) ? "COMPOSITE" : "FULL_OBJECT");
    for (const auto& part : parts) {
        out.open("Part")
            .add("PartNumber", std::uint64_t{part.number})
            .add("LastModified", iso_millis(part.modified_at))
            .add("ETag", "\"" + part.etag + "\"")
            .add("Size", part.length);
        if (kind && !part.checksum.empty()) out.add(checksum_element(*kind), part.checksum);
        out.close();
    }
    co_return xml_reply(out);
}

// Uploads by key, then by id. Those below a delimiter are shown as one prefix.
http::Task<Reply> list_uploads(S3Call& call) {
    const auto order = page_order(call, "max-uploads");
    const auto key_marker = call.query_or("key-marker", ""), id_marker = call.query_or("upload-id-marker", "");
    auto txn = call.reading();
    std::vector<MultipartUpload> uploads;
    std::vector<std::string> prefixes;
    bool truncated = false;
    std::string last_key, last_id;  // where this page ends: an upload, or a prefix without an id
    const auto from = store::Transaction::bound_of<MultipartUpload>("", std::max(order.prefix, key_marker),
                                                                    call.container.account, call.container.name);
    txn.visit<MultipartUpload>(
        {.from = from},
        [&](MultipartUpload&& upload) {
            const auto& name = upload.object.name;
            if (!name.starts_with(order.prefix)) return name < order.prefix;
            if (!key_marker.empty() && name == key_marker && (id_marker.empty() || upload.id <= id_marker)) return true;
            std::string prefix;
            if (!order.delimiter.empty())
                if (const auto found = name.find(order.delimiter, order.prefix.size()); found != std::string::npos)
                    prefix = name.substr(0, found + order.delimiter.size());
            if (!prefix.empty() && (prefix == key_marker || (!prefixes.empty() && prefixes.back() == prefix)))
                return true;
            truncated = uploads.size() + prefixes.size() == order.max_keys;
            if (truncated) return false;
            last_key = prefix.empty() ? name : prefix;
            last_id = prefix.empty() ? upload.id : "";
            if (prefix.empty())
                uploads.push_back(std::move(upload));
            else
                prefixes.push_back(prefix);
            return true;
        },
        call.container.account, call.container.name);
    XmlOut out("ListMultipartUploadsResult");
    out.add("Bucket", call.bucket).add("KeyMarker", order.shown(key_marker)).add("UploadIdMarker", id_marker);
    // In the order of Swift's schema; also where there is no next page, several uploads end somewhere.
    const bool ends = truncated || uploads.size() > 1;
    out.add("NextKeyMarker", ends ? order.shown(last_key) : "").add("NextUploadIdMarker", ends ? last_id : "");
    if (!order.delimiter.empty()) out.add("Delimiter", order.shown(order.delimiter));
    if (call.query("prefix")) out.add("Prefix", order.shown(order.prefix));
    out.add("MaxUploads", order.max_keys);
    if (order.as_url) out.add("EncodingType", "url");
    out.flag("IsTruncated", truncated);
    for (const auto& upload : uploads) {
        out.open("Upload").add("Key", order.shown(upload.object.name)).add("UploadId", upload.id);
        show_parties(call, out, upload);
        out.add("Initiated", iso_millis(upload.began_at)).close();
    }
    for (const auto& prefix : prefixes) out.open("CommonPrefixes").add("Prefix", order.shown(prefix)).close();
    co_return xml_reply(out);
}

constexpr Operation kOperations[] = {
    {Method::post, Level::object, "uploads", "s3:PutObject", Grant::write, false, begin},
    {Method::put, Level::object, "uploadId", "s3:PutObject", Grant::write, false, put_part},
    {Method::get, Level::object, "uploadId", "s3:ListMultipartUploadParts", Grant::write, false, list_parts},
    {Method::post, Level::object, "uploadId", "s3:PutObject", Grant::write, false, complete_upload},
    {Method::del, Level::object, "uploadId", "s3:AbortMultipartUpload", Grant::write, false, abort},
    {Method::get, Level::bucket, "uploads", "s3:ListBucketMultipartUploads", Grant::read, false, list_uploads},
};

}  // namespace

Operations upload_operations() { return kOperations; }

}  // namespace cumulet::objectstore::s3
