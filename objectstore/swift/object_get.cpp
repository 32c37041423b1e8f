#include "objectstore/swift/object_get.hpp"

#include "common/api/fault.hpp"
#include "common/api/reply.hpp"
#include "common/runtime/text.hpp"
#include "objectstore/swift/large_objects.hpp"
#include "objectstore/swift/links.hpp"
#include "objectstore/swift/metadata.hpp"
#include "objectstore/swift/object_place.hpp"
#include "objectstore/swift/static_web.hpp"
#include "objectstore/swift/temp_url.hpp"
#include "objectstore/swift/versioning.hpp"

namespace cumulet::objectstore::swift {

namespace {

using api::Errc;
using api::Fault;
using api::Reply;

bool names_etag(std::string_view header, std::string_view etag) {
    for (auto each : text::split(header, ',')) {
        each = text::trim(each);
        if (each.starts_with("W/")) each.remove_prefix(2);
        if (each == "*" || plain_etag(each) == etag) return true;
    }
    return false;
}

enum class Verdict { proceed, not_modified, failed };

Verdict judge_conditions(const SwiftCall& call, const Object& object, std::string_view etag) {
    if (const auto none = call.header("If-None-Match"); none && names_etag(*none, etag)) return Verdict::not_modified;
    if (const auto match = call.header("If-Match"); match && !names_etag(*match, etag)) return Verdict::failed;
    const auto modified = std::chrono::ceil<std::chrono::seconds>(object.modified_at);
    const auto since = [&](std::string_view name) { return parse_http_date(call.header(name).value_or("")); };
    if (const auto time = since("If-Modified-Since"); time && modified <= *time) return Verdict::not_modified;
    if (const auto time = since("If-Unmodified-Since"); time && modified > *time) return Verdict::failed;
    return Verdict::proceed;
}

// Whether the ranges still mean the object that the client has a part of.
bool range_holds(const SwiftCall& call, const Object& object, std::string_view etag) {
    const auto condition = call.header("If-Range");
    if (!condition) return true;
    if (const auto time = parse_http_date(*condition))
        return std::chrono::ceil<std::chrono::seconds>(object.modified_at) <= *time;
    return plain_etag(*condition) == etag;
}

http::Response unsatisfiable(const Content& content) {
    http::Response response;
    response.status = 416;
    response.headers.set("Content-Type", "text/html; charset=UTF-8");
    response.headers.set("Content-Range", http::content_range_unsatisfied(content.length));
    response.headers.set("Accept-Ranges", "bytes");
    response.headers.set("Etag", content.quoted ? "\"" + content.etag + "\"" : content.etag);
    response.body = page_of(Errc::range_not_satisfiable);
    return response;
}

void answer_bytes(const SwiftCall& call, const Object& object, const Content& content, http::Response& response) {
    http::RangeResult asked;
    if (const auto range = call.header("Range"); range && range_holds(call, object, content.etag))
        asked = http::parse_range(*range, content.length);
    if (asked.kind == http::RangeKind::unsatisfiable) {
        response = unsatisfiable(content);
        return;
    }
    if (asked.kind == http::RangeKind::partial) response.status = 206;
    const bool head = call.request().method == http::Method::head;
    if (asked.ranges.size() > 1 && content.whole_ranges) {
        asked = {};
        response.status = 200;
    }
    if (asked.ranges.size() > 1) {
        const auto boundary = call.random().hex_uuid();
        response.headers.set("Content-Type", "multipart/byteranges;boundary=" + boundary);
        response.body = byteranges_of(content, asked.ranges, boundary);
        return;
    }
    const http::ByteRange whole{0, content.length - 1};
    const auto range = asked.ranges.empty() ? whole : asked.ranges.front();
    if (!asked.ranges.empty()) response.headers.set("Content-Range", http::content_range(range, content.length));
    if (head || content.length == 0)
        response.announced_length = range.length();
    else
        response.body = content.open(range.first, range.length());
}

}  // namespace

std::shared_ptr<http::BodySource> byteranges_of(const Content& content, const std::vector<http::ByteRange>& ranges,
                                                std::string_view boundary) {
    std::vector<ChainPart> parts;
    const auto add_text = [&](std::string text) { parts.push_back({text.size(), text, {}}); };
    for (const auto& range : ranges) {
        add_text(fmt::format("{}--{}\r\nContent-Type: {}\r\nContent-Range: {}\r\n\r\n", parts.empty() ? "" : "\r\n",
                             boundary, content.content_type, http::content_range(range, content.length)));
        parts.push_back(
            {range.length(), {}, [open = content.open, range] { return open(range.first, range.length()); }});
    }
    add_text(fmt::format("\r\n--{}--", boundary));
    return make_chain(std::move(parts));
}

http::Task<Reply> get_object(SwiftCall& call) {
    const auto place = place_of(call);
    if (is_web_request(call)) co_return co_await show_page(call, place);
    co_return co_await answer_object(call, place);
}

http::Task<Reply> answer_object(SwiftCall& call, const ObjectPlace& place) {
    const auto found = readable_object(call, place, asked_version(call), asked_links(call));
    const auto& object = found.object;
    call.quote_etag(found.quotes_etag);
    const bool as_manifest = call.query("multipart-manifest") == "get" && !is_temp_url(call);
    const auto content = co_await content_of(call, object, as_manifest);

    http::Response response;
    show_object(response.headers, object);
    show_link(object, response.headers);
    show_version(found.container, object, response.headers);
    if (!found.location.empty()) response.headers.set("Content-Location", found.location);
    if (is_temp_url(call)) show_temp_url(call, place, response.headers);
    response.headers.set("Content-Type", content.content_type);
    if (text::iequals(call.header("Connection").value_or(""), "keep-alive"))
        response.headers.set("Connection", "keep-alive");
    if (object.is_static_large()) response.headers.set("X-Manifest-Etag", object.etag);
    response.headers.set("Etag", content.quoted ? "\"" + content.etag + "\"" : content.etag);
    switch (judge_conditions(call, object, content.etag)) {
        case Verdict::not_modified:
            response.status = 304;
            break;
        case Verdict::failed:
            response.status = 412;
            response.headers.set("Content-Type", "text/html; charset=UTF-8");
            response.body = page_of(Errc::precondition_failed);
            break;
        case Verdict::proceed:
            answer_bytes(call, object, content, response);
    }
    co_return Reply::of(std::move(response));
}

}  // namespace cumulet::objectstore::swift
