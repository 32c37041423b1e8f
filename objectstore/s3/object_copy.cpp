#include "common/runtime/text.hpp"
#include "objectstore/s3/object_headers.hpp"
#include "objectstore/s3/object_read.hpp"
#include "objectstore/s3/object_write.hpp"
#include "objectstore/s3/times.hpp"
#include "objectstore/swift/access.hpp"
#include "objectstore/swift/large_objects.hpp"

namespace cumulet::objectstore::s3 {

namespace {

using api::Reply;

// COPY or REPLACE.
bool replaces(const S3Call& call, std::string_view header) {
    const auto sent = call.header(header);
    if (!sent || *sent == "COPY") return false;
    if (*sent == "REPLACE") return true;
    throw S3Error("InvalidArgument", "Unknown " + std::string(header) + ".").with("ArgumentName", std::string(header));
}

// Some send names as they are: a percent sign that begins no escape is one.
std::string decoded_leniently(std::string_view sent) {
    std::string out;
    for (std::size_t at = 0; at < sent.size();) {
        const auto escape = sent[at] == '%' ? text::percent_decode(sent.substr(at, 3)) : std::nullopt;
        if (escape && escape->size() == 1) {
            out += *escape;
            at += 3;
        } else {
            out += sent[at++];
        }
    }
    return out;
}

}  // namespace

CopySource copy_source(S3Call& call) {
    const auto bad = [] {
        return S3Error("InvalidArgument", "Copy Source must mention the source bucket and key: sourcebucket/sourcekey")
            .with("ArgumentName", "x-amz-copy-source");
    };
    const std::string_view sent = *call.header("x-amz-copy-source");
    const auto mark = sent.find('?');
    std::string path = decoded_leniently(sent.substr(0, mark));
    if (!text::is_utf8(path)) throw bad();
    if (path.starts_with('/')) path.erase(0, 1);
    const auto slash = path.find('/');
    if (slash == 0 || slash == std::string::npos || slash + 1 == path.size()) throw bad();
    S3Call source{.http = call.http,
                  .s3 = call.s3,
                  .operation = call.operation,
                  .claim = call.claim,
                  .key = call.key,
                  .bucket = path.substr(0, slash),
                  .object = path.substr(slash + 1)};
    auto txn = call.reading();
    auto container = find_bucket(txn, call.own_account(), source.bucket);
    if (!container) throw no_such_bucket(source.bucket);
    source.container = std::move(*container);
    if (const auto owner = call.header("x-amz-source-expected-bucket-owner");
        owner && !call.is_owner(*owner, source.container))
        throw S3Error("AccessDenied");
    source.owns = !call.anonymous() && swift::owns(swift::SwiftCall(call.http), source.container.account);
    source.grantees = call.grantees;
    std::string version;
    if (mark != std::string_view::npos)
        for (const auto& [name, value] : http::parse_query(sent.substr(mark + 1))) {
            if (name != "versionId" || value.empty())
                throw S3Error("InvalidArgument", "Unsupported copy source parameter.")
                    .with("ArgumentName", "x-amz-copy-source");
            version = value;
        }
    auto object = at_end_of_links(
        source,
        authorized_object(source, version.empty() ? "s3:GetObject" : "s3:GetObjectVersion", Grant::read, version));
    if (judge_conditions(call, object, "x-amz-copy-source-") != Verdict::proceed) throw S3Error("PreconditionFailed");
    require_client_key(call, object, true);
    return {std::move(object), source.bucket};
}

http::Task<swift::Content> content_of_source(S3Call& call, const CopySource& source) {
    if (const auto key = sent_client_key(call, true)) co_return sealed_content(call, source.object, *key);
    swift::SwiftCall swift_call(call.http);
    co_return co_await swift::content_of(swift_call, source.object, false);
}

http::Task<Reply> copy_object(S3Call& call) {
    co_await call.http.skip_body();
    const auto source = copy_source(call);
    const auto& from = source.object;
    const bool replace = replaces(call, "x-amz-metadata-directive");
    Write write{.object = object_from_request(call)};
    auto& object = write.object;
    if (!replace) {
        object.content_type = from.content_type;
        object.headers = from.headers;
        object.metadata = from.metadata;
    }
    if (!replaces(call, "x-amz-tagging-directive")) {
        object.system.erase("tags");
        if (const auto tags = from.system.find("tags"); tags != from.system.end()) object.system["tags"] = tags->second;
    }
    const auto sealer = sealer_for(call, object);
    const bool onto_itself =
        from.account == object.account && from.container == object.container && from.name == object.name;
    const bool changes = replace || sealer || call.header("x-amz-storage-class") ||
                         call.header("x-amz-website-redirect-location") ||
                         call.header("x-amz-server-side-encryption") ||
                         call.header("x-amz-copy-source")->find("?versionId=") != std::string_view::npos;
    if (onto_itself && !changes)
        throw S3Error("InvalidRequest",
                      "This copy request is illegal because it is trying to copy an object to itself without changing "
                      "the object's metadata, storage class, website redirect location or encryption attributes.");
    const auto content = co_await content_of_source(call, source);
    if (content.length > call.s3.settings.max_put_bytes)
        throw S3Error(
            "InvalidRequest",
            "The specified copy source is larger than the maximum allowable size for a copy source: 5368709120");
    const auto stored = co_await store_content(call, content, 0, content.length, sealer.get());
    take_stored(stored, object);
    const auto written = co_await commit_object(call, std::move(write));
    stored.uploaded.writer->keep();
    XmlOut out("CopyObjectResult");
    out.add("LastModified", iso_millis(written.modified_at)).add("ETag", quoted_etag(written));
    Reply reply = xml_reply(out);
    auto& headers = reply.response().headers;
    show_written(call, written, headers);
    headers.remove("ETag");
    if (from.versioned) headers.set("x-amz-copy-source-version-id", version_id_of(from));
    co_return reply;
}

}  // namespace cumulet::objectstore::s3
