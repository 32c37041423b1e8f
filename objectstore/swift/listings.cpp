#include "objectstore/swift/listings.hpp"

#include <charconv>

#include "common/api/fault.hpp"
#include "common/runtime/markup.hpp"
#include "common/runtime/text.hpp"
#include "objectstore/swift/links.hpp"
#include "objectstore/swift/metadata.hpp"
#include "objectstore/swift/versioning.hpp"

namespace cumulet::objectstore::swift {

namespace {

using api::Errc;
using api::Fault;

enum class Format { text, json, xml };

Format format_of(const SwiftCall& call) {
    const auto asked = call.query("format");
    if (asked) {
        const auto format = text::to_lower(*asked);
        if (format == "json") return Format::json;
        if (format == "xml") return Format::xml;
        return Format::text;
    }
    // The first of the types that we have; anything else is answered with text.
    for (auto type : text::split(call.header("Accept").value_or(""), ',')) {
        type = text::trim(type.substr(0, type.find(';')));
        if (type == "application/json") return Format::json;
        if (type == "application/xml" || type == "text/xml") return Format::xml;
        if (type == "text/plain" || type == "*/*" || type == "text/*") return Format::text;
    }
    return Format::text;
}

std::string_view content_type(Format format) {
    switch (format) {
        case Format::json:
            return "application/json; charset=utf-8";
        case Format::xml:
            return "application/xml; charset=utf-8";
        case Format::text:
            break;
    }
    return "text/plain; charset=utf-8";
}

api::Reply page_reply(Format format, std::string body) {
    const bool nothing = format == Format::text && body.empty();
    return api::Reply::text(nothing ? 204 : 200, std::move(body), std::string(content_type(format)));
}

std::string object_members(const Object& object) {
    std::string out = fmt::format(
        R"({{"name": {}, "bytes": {}, "hash": "{}", "content_type": {}, "last_modified": "{}")", json_text(object.name),
        object.length, object.etag, json_text(object.content_type), to_iso_naive(object.modified_at));
    const auto& static_etag = object.is_static_large() ? object.static_etag : object.link.static_etag;
    if (!static_etag.empty()) out += fmt::format(R"(, "slo_etag": "\"{}\"")", static_etag);
    return out;
}
std::string as_json(const Object& object) {
    auto out = object_members(object);
    if (object.is_link()) {
        out += fmt::format(R"(, "symlink_path": {})", json_text(url_of(place_of(object.link, object.account))));
        if (object.link.is_static())
            out += fmt::format(R"(, "symlink_etag": "{}", "symlink_bytes": {})", object.link.etag, object.link.length);
    }
    if (object.versioned)
        out +=
            fmt::format(R"(, "version_symlink": true, "symlink_path": {})",
                        json_text(text::percent_encode(
                                      fmt::format("/v1/{}/{}/{}", object.account, object.container, object.name), "/") +
                                  "?version-id=" + version_id_of(object)));
    return out + "}";
}
// Nobody asks by id for a null version that is not current: Swift gives it the id of its time.
std::string as_json(const ListedVersion& listed) {
    Object object = listed.object;
    if (!listed.is_latest) object.versioned = true;
    if (listed.delete_marker) {
        object.content_type = kDeleteMarkerType;
        object.etag = "d41d8cd98f00b204e9800998ecf8427e";
    }
    return fmt::format(R"({}, "version_id": "{}", "is_latest": {}}})", object_members(object), version_id_of(object),
                       listed.is_latest);
}
std::string as_json(const ListedContainer& listed) {
    return fmt::format(R"({{"name": {}, "count": {}, "bytes": {}, "last_modified": "{}"}})",
                       json_text(listed.container.name), listed.usage.objects, listed.usage.bytes,
                       to_iso_naive(listed.container.changed_at));
}
std::string as_json(const Directory& directory) {
    return fmt::format(R"({{"subdir": {}}})", json_text(directory.name));
}

std::string as_xml(const Object& object) {
    return fmt::format(
        "<object><name>{}</name><hash>{}</hash><bytes>{}</bytes><content_type>{}</content_type>"
        "<last_modified>{}</last_modified></object>",
        text::escape_attribute(object.name), object.etag, object.length, text::escape_attribute(object.content_type),
        to_iso_naive(object.modified_at));
}
std::string as_xml(const ListedContainer& listed) {
    return fmt::format(
        "<container><name>{}</name><count>{}</count><bytes>{}</bytes><last_modified>{}</last_modified></container>",
        text::escape_attribute(listed.container.name), listed.usage.objects, listed.usage.bytes,
        to_iso_naive(listed.container.changed_at));
}
std::string as_xml(const Directory& directory) {
    const auto name = text::escape_attribute(directory.name);
    return fmt::format("<subdir name=\"{}\"><name>{}</name></subdir>", name, name);
}

const std::string& name_of(const Object& object) { return object.name; }
const std::string& name_of(const ListedContainer& listed) { return listed.container.name; }
const std::string& name_of(const Directory& directory) { return directory.name; }

template <class Entry>
api::Reply show(const SwiftCall& call, std::string_view element, const std::string& owner,
                const std::vector<Entry>& page) {
    const Format format = format_of(call);
    std::string body;
    if (format == Format::json) body = "[";
    if (format == Format::xml)
        body = fmt::format("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<{} name=\"{}\">", element,
                           text::escape_attribute(owner));
    bool first = true;
    for (const auto& entry : page) {
        if (format == Format::json && !first) body += ", ";
        first = false;
        std::visit(
            [&](const auto& one) {
                if (format == Format::json) body += as_json(one);
                if (format == Format::xml) body += as_xml(one);
                if (format == Format::text) body += name_of(one) + "\n";
            },
            entry);
    }
    if (format == Format::json) body += "]";
    if (format == Format::xml) body += fmt::format("</{}>", element);
    return page_reply(format, std::move(body));
}

std::size_t limit_of(const SwiftCall& call, std::size_t maximum) {
    const auto asked = call.query("limit");
    if (!asked || asked->empty()) return maximum;
    std::size_t limit = 0;
    const auto end = asked->data() + asked->size();
    const auto result = std::from_chars(asked->data(), end, limit);
    if (result.ec == std::errc::result_out_of_range || (result.ec == std::errc{} && limit > maximum))
        throw Fault(Errc::precondition_failed, "Maximum limit is {}", maximum);
    return result.ec == std::errc{} && result.ptr == end ? limit : maximum;
}

std::string utf8_query(const SwiftCall& call, std::string_view name) {
    auto value = call.query(name).value_or("");
    // Markers may lie between any two names.
    const bool marks = name == "marker" || name == "end_marker";
    if (!text::is_utf8(value) || (!marks && value.find('\0') != std::string::npos))
        throw Fault(Errc::precondition_failed, "Invalid {}: not valid UTF-8", name);
    return value;
}

}  // namespace

VersionsRequest versions_request(const SwiftCall& call, std::size_t maximum) {
    VersionsRequest request{.names = list_request(call, maximum), .version_marker = {}};
    if (request.names.delimiter.find_first_of("0123456789.") != std::string::npos)
        throw Fault(Errc::bad_request, "invalid delimiter param");
    const auto marker = call.query("version_marker");
    if (!marker) return request;
    if (!call.query("marker")) throw Fault(Errc::bad_request, "version_marker param requires marker");
    if (*marker != "null") {
        request.version_marker = time_of_version_id(*marker);
        if (!request.version_marker) throw Fault(Errc::bad_request, "invalid version_marker param");
    }
    return request;
}

ListRequest list_request(const SwiftCall& call, std::size_t maximum) {
    ListRequest request{.prefix = utf8_query(call, "prefix"),
                        .delimiter = utf8_query(call, "delimiter"),
                        .marker = utf8_query(call, "marker"),
                        .end_marker = utf8_query(call, "end_marker"),
                        .limit = limit_of(call, maximum)};
    request.reverse = says_true(call.query("reverse").value_or(""));
    if (call.query("path")) {
        auto path = utf8_query(call, "path");
        request.prefix = path;
        if (!path.empty()) {
            while (request.prefix.ends_with('/')) request.prefix.pop_back();
            request.prefix += '/';
        }
        request.delimiter = "/";
        request.hide_directories = true;
    }
    return request;
}

api::Reply show_objects(const SwiftCall& call, const std::string& container, const std::vector<ObjectEntry>& page) {
    return show(call, "container", container, page);
}

api::Reply head_of_listing(const SwiftCall& call) {
    return api::Reply::text(204, "", std::string(content_type(format_of(call))));
}

api::Reply show_versions(const SwiftCall& call, const std::vector<VersionEntry>& page) {
    const auto accept = call.header("Accept").value_or("");
    const auto format = call.query("format");
    const bool acceptable = format
                                ? *format == "json"
                                : accept.empty() || accept.find("json") != accept.npos ||
                                      accept.find("*/*") != accept.npos || accept.find("application/*") != accept.npos;
    if (!acceptable) throw Fault(Errc::not_acceptable, "Versions are listed as JSON only.");
    std::string body = "[";
    for (const auto& entry : page) {
        if (body.size() > 1) body += ", ";
        std::visit([&](const auto& one) { body += as_json(one); }, entry);
    }
    return api::Reply::text(200, body + "]", "application/json; charset=utf-8");
}

api::Reply show_containers(const SwiftCall& call, const std::string& account, const std::vector<ContainerEntry>& page) {
    return show(call, "account", account, page);
}

std::string json_text(std::string_view text) {
    std::string out = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\') {
            out += '\\';
            out += c;
        } else if (static_cast<unsigned char>(c) < 0x20) {
            out += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
        } else {
            out += c;
        }
    }
    return out + "\"";
}

}  // namespace cumulet::objectstore::swift
