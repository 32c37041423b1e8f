#include "objectstore/s3/rules/website.hpp"

#include "common/runtime/text.hpp"
#include "objectstore/s3/wire/error.hpp"

namespace cumulet::objectstore::s3 {

namespace {

constexpr std::size_t kMaxRules = 50;

int status_of(const std::string& text, int low, int high, const char* what) {
    if (text.size() != 3 || text.find_first_not_of("0123456789") != std::string::npos || std::stoi(text) < low ||
        std::stoi(text) > high)
        throw S3Error("InvalidArgument",
                      std::string("The provided HTTP ") + what + " code (" + text + ") is not valid.");
    return std::stoi(text);
}

void check_protocol(const std::string& protocol) {
    if (!protocol.empty() && protocol != "http" && protocol != "https")
        throw S3Error("InvalidRequest",
                      "Invalid protocol, protocol can be http or https. If not defined the protocol "
                      "will be selected automatically.");
}

Redirect read_redirect(const XmlNode& from) {
    Redirect to{.protocol = from.text_of("Protocol"), .host = from.text_of("HostName")};
    check_protocol(to.protocol);
    if (from.has("ReplaceKeyPrefixWith")) to.replace_prefix = from.text_of("ReplaceKeyPrefixWith");
    if (from.has("ReplaceKeyWith")) to.replace_key = from.text_of("ReplaceKeyWith");
    if (to.replace_prefix && to.replace_key) throw S3Error("MalformedXML");
    if (from.has("HttpRedirectCode")) to.status = status_of(from.text_of("HttpRedirectCode"), 301, 308, "redirect");
    return to;
}

bool is_header_safe(const std::string& text) { return text.find_first_of("\r\n") == std::string::npos; }

}  // namespace

Website parse_website(const XmlNode& document) {
    Website site;
    if (const auto* all = document.child("RedirectAllRequestsTo")) {
        if (document.has("IndexDocument") || document.has("ErrorDocument") || document.has("RoutingRules"))
            throw S3Error("MalformedXML");
        site.all = Redirect{.protocol = all->text_of("Protocol"), .host = all->required("HostName")};
        check_protocol(site.all->protocol);
        if (site.all->host.empty() || !is_header_safe(site.all->host)) throw S3Error("InvalidRequest");
        return site;
    }
    const auto* index = document.child("IndexDocument");
    if (!index)
        throw S3Error("InvalidArgument",
                      "A value for IndexDocument Suffix must be provided if RedirectAllRequestsTo is empty");
    site.index = index->required("Suffix");
    if (site.index.empty() || site.index.find('/') != std::string::npos)
        throw S3Error("InvalidArgument", "The IndexDocument Suffix is not well formed");
    if (const auto* error = document.child("ErrorDocument")) site.error = error->required("Key");
    if (const auto* rules = document.child("RoutingRules"))
        for (const auto* each : rules->all("RoutingRule")) {
            const auto* to = each->child("Redirect");
            if (!to) throw S3Error("MalformedXML");
            RoutingRule rule{.to = read_redirect(*to)};
            if (!is_header_safe(rule.to.host)) throw S3Error("InvalidRequest");
            if (const auto* condition = each->child("Condition")) {
                rule.prefix = condition->text_of("KeyPrefixEquals");
                if (condition->has("HttpErrorCodeReturnedEquals"))
                    rule.error = status_of(condition->text_of("HttpErrorCodeReturnedEquals"), 400, 599, "error");
            }
            site.rules.push_back(std::move(rule));
        }
    if (site.rules.size() > kMaxRules) throw S3Error("InvalidRequest", "The limit of routing rules is 50");
    return site;
}

const RoutingRule* routing_rule_for(const Website& site, const std::string& key, int error) {
    for (const auto& rule : site.rules)
        if (rule.error == error && key.starts_with(rule.prefix)) return &rule;
    return nullptr;
}

std::string location_of(const Redirect& to, const std::string& matched_prefix, const std::string& key,
                        const std::string& host, bool secure) {
    std::string target = key;
    if (to.replace_key) target = *to.replace_key;
    if (to.replace_prefix) target = *to.replace_prefix + key.substr(matched_prefix.size());
    const std::string protocol = to.protocol.empty() ? (secure ? "https" : "http") : to.protocol;
    return protocol + "://" + (to.host.empty() ? host : to.host) + "/" + text::percent_encode(target, "/");
}

}  // namespace cumulet::objectstore::s3
