#include "objectstore/s3/object_headers.hpp"

#include "common/runtime/text.hpp"
#include "objectstore/s3/times.hpp"

namespace cumulet::objectstore::s3 {

namespace {

constexpr std::string_view kMetaPrefix = "x-amz-meta-";
constexpr std::string_view kKeptHeaders[] = {"Cache-Control", "Content-Disposition", "Content-Encoding",
                                             "Content-Language", "Expires"};

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
        out += (out.empty() ? "" : ",") + std::string(each);
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
    if (object.is_static_large()) return object.static_etag + "-0";
    return object.is_dynamic_large() ? object.etag + "-0" : object.etag;
}

std::string quoted_etag(const Object& object) { return "\"" + shown_etag(object) + "\""; }

std::string plain_etag(std::string_view sent) {
    sent = text::trim(sent);
    if (sent.size() >= 2 && sent.front() == '"' && sent.back() == '"') sent = sent.substr(1, sent.size() - 2);
    return std::string(sent);
}

void show_owner(const S3Call& call, XmlOut& out, const Object& object) {
    out.open("Owner")
        .add("ID", call.canonical_id(object.account))
        .add("DisplayName", call.display_name(object.account))
        .close();
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
    for (const auto& [name, value] : call.http.request().headers) {
        if (name.size() <= kMetaPrefix.size() ||
            !text::iequals(std::string_view(name).substr(0, kMetaPrefix.size()), kMetaPrefix))
            continue;
        auto& kept = object.metadata[as_title(std::string_view(name).substr(kMetaPrefix.size()))];
        kept += (kept.empty() ? "" : ",") + value;
        bytes += name.size() - kMetaPrefix.size() + value.size();
    }
    if (bytes > call.s3.settings.max_metadata_bytes) throw S3Error("MetadataTooLarge");
}

void show_headers(const S3Call&, const Object& object, http::Headers& headers) {
    headers.set("Content-Type", object.content_type);
    headers.set("Last-Modified", http_date(object.modified_at));
    headers.set("ETag", quoted_etag(object));
    headers.set("Accept-Ranges", "bytes");
    for (const auto& [name, value] : object.headers) headers.set(name, value);
    for (const auto& [name, value] : object.metadata)
        headers.set(std::string(kMetaPrefix) + text::to_lower(name), value);
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
    const auto time = [&](const char* name) { return parse_http_date(sent(name).value_or("")); };
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
