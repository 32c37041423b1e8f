#include "objectstore/s3/cors_answers.hpp"

#include "objectstore/s3/rules/cors.hpp"

namespace cumulet::objectstore::s3 {

namespace {

std::vector<CorsRule> rules_of(const S3Call& call) {
    const auto found = call.container.system.find("cors");
    if (found == call.container.system.end()) return {};
    return parse_cors(parse_xml(found->second, "CORSConfiguration"));
}

std::string joined(const std::vector<std::string>& list) {
    std::string out;
    for (const auto& each : list) out += (out.empty() ? "" : ", ") + each;
    return out;
}

void show_rule(const CorsRule& rule, std::string_view origin, http::Headers& headers) {
    const bool any = std::find(rule.origins.begin(), rule.origins.end(), "*") != rule.origins.end();
    headers.set("Access-Control-Allow-Origin", any ? "*" : std::string(origin));
    headers.set("Access-Control-Allow-Methods", joined(rule.methods));
    if (!any) headers.set("Access-Control-Allow-Credentials", "true");
    if (!rule.exposed.empty()) headers.set("Access-Control-Expose-Headers", joined(rule.exposed));
    headers.set("Vary", "Origin, Access-Control-Request-Headers, Access-Control-Request-Method");
}

}  // namespace

http::Response answer_preflight(const S3Call& call) {
    const auto origin = call.http.header("Origin");
    const auto method = call.http.header("Access-Control-Request-Method");
    if (!origin) throw S3Error("InvalidRequest", "Insufficient information. Origin request header needed.");
    if (!method) throw S3Error("InvalidRequest", "Invalid Access-Control-Request-Method: null");
    const auto asked = call.header("Access-Control-Request-Headers").value_or("");
    const auto rules = rules_of(call);
    const auto* rule = cors_rule_for(rules, *origin, *method, asked);
    if (!rule) throw S3Error("AccessForbidden");
    http::Response response;
    show_rule(*rule, *origin, response.headers);
    if (!asked.empty()) response.headers.set("Access-Control-Allow-Headers", std::string(asked));
    if (!rule->max_age.empty()) response.headers.set("Access-Control-Max-Age", rule->max_age);
    return response;
}

void show_cors(const S3Call& call, http::Headers& headers) {
    const auto origin = call.http.header("Origin");
    // A preflight that was refused stays so.
    if (call.http.request().method == http::Method::options) return;
    if (!origin || call.container.system.find("cors") == call.container.system.end()) return;
    const auto rules = rules_of(call);
    // Who names a method asks about that one, also where it is no preflight.
    const auto asked = call.http.header("Access-Control-Request-Method");
    const auto* rule = cors_rule_for(rules, *origin, asked.value_or(call.http.request().method_text), "");
    if (rule) show_rule(*rule, *origin, headers);
}

}  // namespace cumulet::objectstore::s3
