// Each service's own shape of a fault. A 401 of the services that stand behind Keystone's middleware has that
// middleware's shape, whichever service answers.
#include <nlohmann/json.hpp>

#include "common/api/service.hpp"
#include "common/runtime/markup.hpp"

namespace cumulet::api {

namespace {

constexpr std::string_view kMalformedSuffix =
    " The server could not comply with the request since it is either malformed or otherwise incorrect. The client is "
    "assumed "
    "to be in error.";

std::string dump(const nlohmann::json& body) {
    return body.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

http::Response document(int status, std::string body, std::string content_type) {
    http::Response response;
    response.status = status;
    response.headers.set("Content-Type", std::move(content_type));
    response.body = std::move(body);
    return response;
}

http::Response error_document(int status, std::string_view title, std::string_view message) {
    return document(status, dump({{"error", {{"code", status}, {"title", title}, {"message", message}}}}),
                    "application/json");
}

http::Response middleware_401() {
    return error_document(401, "Unauthorized", "The request you have made requires authentication.");
}

std::string_view neutron_kind(int status) {
    switch (status) {
        case 400:
            return "HTTPBadRequest";
        case 401:
            return "HTTPUnauthorized";
        case 403:
            return "HTTPForbidden";
        case 404:
            return "HTTPNotFound";
        case 405:
            return "HTTPMethodNotAllowed";
        case 409:
            return "HTTPConflict";
        case 412:
            return "HTTPPreconditionFailed";
        case 413:
            return "HTTPRequestEntityTooLarge";
        case 415:
            return "HTTPUnsupportedMediaType";
        case 501:
            return "HTTPNotImplemented";
        case 503:
            return "HTTPServiceUnavailable";
        default:
            return status < 500 ? "HTTPClientError" : "HTTPInternalServerError";
    }
}

}  // namespace

http::Response nova_fault(const Fault& fault, const std::string&) {
    if (fault.status() == 401) return middleware_401();
    nlohmann::json inside{{"code", fault.status()}, {"message", fault.what()}};
    if (fault.status() == 413 || fault.status() == 429) inside["retryAfter"] = "0";
    return document(fault.status(), dump({{std::string(info(fault.code()).nova_name), inside}}),
                    "application/json; charset=UTF-8");
}

http::Response keystone_fault(const Fault& fault, const std::string&) {
    // Keystone has no 415: a body that is not JSON is a malformed request to it.
    const int status = fault.status() == 415 ? 400 : fault.status();
    std::string message = fault.what();
    if (fault.code() == Errc::unsupported_media)
        message = "Expecting to find application/json in Content-Type header." + std::string(kMalformedSuffix);
    else if (fault.kind() == "malformed")
        message += kMalformedSuffix;
    const auto title = status == 400 ? info(Errc::bad_request).title : info(fault.code()).title;
    return error_document(status, title, message);
}

http::Response neutron_fault(const Fault& fault, const std::string&) {
    if (fault.status() == 401) return middleware_401();
    std::string kind = fault.kind().empty() ? std::string(neutron_kind(fault.status())) : fault.kind();
    nlohmann::json inside{{"type", std::move(kind)}, {"message", fault.what()}, {"detail", ""}};
    return document(fault.status(), dump({{"NeutronError", inside}}), "application/json");
}

http::Response glance_fault(const Fault& fault, const std::string&) {
    if (fault.status() == 401) return middleware_401();
    const auto& entry = info(fault.code());
    const std::string title = fmt::format("{} {}", entry.status, entry.title);
    return document(
        entry.status,
        fmt::format("<html>\n <head>\n  <title>{0}</title>\n </head>\n <body>\n  <h1>{0}</h1>\n  {1}<br /><br />\n\n\n "
                    "</body>\n</html>",
                    title, text::escape_markup(fault.what())),
        "text/html; charset=UTF-8");
}

http::Response placement_fault(const Fault& fault, const std::string& request_id) {
    if (fault.status() == 401) return middleware_401();
    const auto& entry = info(fault.code());
    nlohmann::json error{{"status", entry.status},
                         {"title", entry.title},
                         {"detail", fault.what()},
                         {"code", fault.kind().empty() ? "placement.undefined_code" : fault.kind()},
                         {"request_id", request_id}};
    return document(entry.status, dump({{"errors", {error}}}), "application/json");
}

// Swift shows what a status says by itself as a page, and everything else as it is.
http::Response swift_fault(const Fault& fault, const std::string&) {
    const auto& entry = info(fault.code());
    if (fault.is_general())
        return document(
            entry.status,
            fmt::format("<html><h1>{}</h1><p>{}</p></html>", entry.title, text::escape_markup(fault.what())),
            "text/html; charset=UTF-8");
    // What a page could be made of is never sent as one.
    const std::string_view what = fault.what();
    const bool harmless = what.find_first_of("<>&\"'") == std::string_view::npos;
    return document(entry.status, std::string(what),
                    harmless ? "text/html; charset=UTF-8" : "text/plain; charset=UTF-8");
}

}  // namespace cumulet::api
