#include "objectstore/s3/rules/cors.hpp"

#include <algorithm>

#include "common/runtime/text.hpp"
#include "objectstore/s3/rules/policy.hpp"
#include "objectstore/s3/wire/error.hpp"

namespace cumulet::objectstore::s3 {

namespace {

constexpr std::size_t kMaxRules = 100;
constexpr std::string_view kMethods[] = {"GET", "PUT", "POST", "DELETE", "HEAD"};

std::vector<std::string> texts(const XmlNode& rule, std::string_view name) {
    std::vector<std::string> out;
    for (const auto* each : rule.all(name)) out.push_back(each->text);
    return out;
}

void check_stars(const std::vector<std::string>& patterns, std::string_view what) {
    for (const auto& each : patterns)
        if (std::count(each.begin(), each.end(), '*') > 1)
            throw S3Error("InvalidRequest",
                          std::string(what) + " \"" + each + "\" can not have more than one wildcard.");
}

}  // namespace

std::vector<CorsRule> parse_cors(const XmlNode& document) {
    std::vector<CorsRule> rules;
    for (const auto* each : document.all("CORSRule")) {
        CorsRule rule{texts(*each, "AllowedOrigin"), texts(*each, "AllowedMethod"), texts(*each, "AllowedHeader"),
                      texts(*each, "ExposeHeader"), each->text_of("MaxAgeSeconds")};
        if (rule.origins.empty() || rule.methods.empty()) throw S3Error("MalformedXML");
        if (rule.max_age.find_first_not_of("0123456789") != std::string::npos) throw S3Error("MalformedXML");
        for (const auto& method : rule.methods)
            if (std::find(std::begin(kMethods), std::end(kMethods), method) == std::end(kMethods))
                throw S3Error("InvalidRequest",
                              "Found unsupported HTTP method in CORS config. Unsupported method is " + method);
        check_stars(rule.origins, "AllowedOrigin");
        check_stars(rule.headers, "AllowedHeader");
        for (const auto& header : rule.exposed)
            if (header.find_first_of("\r\n*") != std::string::npos) throw S3Error("InvalidRequest");
        rules.push_back(std::move(rule));
    }
    if (rules.empty() || rules.size() > kMaxRules) throw S3Error("MalformedXML");
    return rules;
}

const CorsRule* cors_rule_for(const std::vector<CorsRule>& rules, std::string_view origin, std::string_view method,
                              std::string_view headers) {
    const auto any = [](const std::vector<std::string>& patterns, std::string_view text) {
        return std::any_of(patterns.begin(), patterns.end(),
                           [&](const std::string& each) { return fits_pattern(text, each); });
    };
    for (const auto& rule : rules) {
        if (!any(rule.origins, origin)) continue;
        if (std::find(rule.methods.begin(), rule.methods.end(), method) == rule.methods.end()) continue;
        std::vector<std::string> patterns;
        for (const auto& each : rule.headers) patterns.push_back(text::to_lower(each));
        bool all = true;
        for (const auto each : text::split(headers, ','))
            if (const auto name = text::to_lower(text::trim(each)); !name.empty()) all = all && any(patterns, name);
        if (all) return &rule;
    }
    return nullptr;
}

}  // namespace cumulet::objectstore::s3
