#include "identity/catalog_document.hpp"

#include <unordered_map>

#include "identity/json_text.hpp"
#include "identity/model/catalog.hpp"
#include "identity/model/endpoint_filter_rules.hpp"

namespace cumulet::identity {
namespace {

// Calls `replace` with the name of each substitution; false when the template is malformed or `replace` says so.
template <class Replace>
bool walk_template(std::string_view url, std::string& out, Replace&& replace) {
    std::size_t at = 0;
    while (at < url.size()) {
        const bool starts = (url[at] == '$' || url[at] == '%') && at + 1 < url.size() && url[at + 1] == '(';
        if (!starts) {
            out += url[at++];
            continue;
        }
        const auto close = url.find(")s", at);
        if (close == std::string_view::npos) return false;
        if (!replace(url.substr(at + 2, close - at - 2), out)) return false;
        at = close + 2;
    }
    return true;
}

}  // namespace

std::optional<std::string> expand_url(std::string_view url, const std::string& user_id, const std::string& project_id) {
    std::string out;
    const bool whole = walk_template(url, out, [&](std::string_view name, std::string& text) {
        if (name == "project_id" || name == "tenant_id") {
            text += project_id;
            return !project_id.empty();
        }
        if (name != "user_id") return false;
        text += user_id;
        return true;
    });
    if (!whole) return std::nullopt;
    return out;
}

bool is_valid_url_template(std::string_view url) { return expand_url(url, "u", "p").has_value(); }

namespace {

void append_endpoint(std::string& out, const EndpointEntry& endpoint, std::string_view url) {
    append_member(out, R"({"id":)", endpoint.id);
    append_member(out, R"(,"interface":)", endpoint.interface);
    out += R"(,"region_id":)";
    append_json_or_null(out, endpoint.region_id);
    append_member(out, R"(,"url":)", url);
    out += R"(,"region":)";
    append_json_or_null(out, endpoint.region_id);
    out += '}';
}

}  // namespace

std::string catalog_document(store::Transaction& txn, const std::string& user_id, const std::string& project_id) {
    const auto visible = project_id.empty() ? std::nullopt : endpoints_of_project(txn, project_id);
    // One walk over all of them, where one for each service cost more than all the rest of a token.
    std::unordered_map<std::string, std::string> endpoints_of;
    txn.visit<EndpointEntry>({}, [&](EndpointEntry&& endpoint) {
        if (!endpoint.enabled || (visible && !visible->contains(endpoint.id))) return true;
        const auto url = expand_url(endpoint.url, user_id, project_id);
        if (!url) return true;
        auto& endpoints = endpoints_of[endpoint.service_id];
        if (!endpoints.empty()) endpoints += ',';
        append_endpoint(endpoints, endpoint, *url);
        return true;
    });
    std::string catalog = "[";
    txn.visit<ServiceEntry>({}, [&](ServiceEntry&& service) {
        const auto endpoints = endpoints_of.find(service.id);
        if (!service.enabled || (visible && endpoints == endpoints_of.end())) return true;
        if (catalog.size() > 1) catalog += ',';
        catalog += R"({"endpoints":[)";
        if (endpoints != endpoints_of.end()) catalog += endpoints->second;
        append_member(catalog, R"(],"id":)", service.id);
        append_member(catalog, R"(,"type":)", service.type);
        append_member(catalog, R"(,"name":)", service.name);
        catalog += '}';
        return true;
    });
    return catalog += ']';
}

}  // namespace cumulet::identity
