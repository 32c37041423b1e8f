#include "identity/ec2_signature.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <vector>

#include "common/runtime/text.hpp"
#include "identity/hmac.hpp"

namespace cumulet::identity {
namespace {

using nlohmann::json;

std::string sha256_hex(std::string_view data) {
    std::string digest(32, '\0');
    unsigned int size = 0;
    EVP_Digest(data.data(), data.size(), reinterpret_cast<unsigned char*>(digest.data()), &size, EVP_sha256(), nullptr);
    return text::to_hex(digest);
}

std::string shown(const json& value) { return value.is_string() ? value.get<std::string>() : value.dump(); }

std::string member(const json& object, std::string_view name) {
    auto found = object.find(name);
    return found == object.end() ? std::string() : shown(*found);
}

std::string canonical_query(const json& params) {
    std::map<std::string, std::string> sorted;
    for (const auto& [name, value] : params.items()) sorted[name] = shown(value);
    std::string query;
    for (const auto& [name, value] : sorted) {
        if (!query.empty()) query += '&';
        query += text::percent_encode(name) + '=' + text::percent_encode(value);
    }
    return query;
}

std::string version_0(std::string_view secret, const json& params) {
    return text::to_base64(hmac_sha1(secret, member(params, "Action") + member(params, "Timestamp")));
}

std::string version_1(std::string_view secret, const json& params) {
    std::vector<std::string> names;
    for (const auto& [name, value] : params.items()) names.push_back(name);
    std::sort(names.begin(), names.end(),
              [](const auto& a, const auto& b) { return text::to_lower(a) < text::to_lower(b); });
    std::string signed_text;
    for (const auto& name : names) signed_text += name + member(params, name);
    return text::to_base64(hmac_sha1(secret, signed_text));
}

std::string version_2(std::string_view secret, const json& request, json params) {
    params["SignatureMethod"] = "HmacSHA256";
    const std::string signed_text = member(request, "verb") + '\n' + member(request, "host") + '\n' +
                                    member(request, "path") + '\n' + canonical_query(params);
    return text::to_base64(hmac_sha256(secret, signed_text));
}

// "20261122/region/service/aws4_request" and the key that belongs to it.
std::optional<std::string> version_4_key(std::string_view secret, std::string_view scope) {
    const auto parts = text::split(scope, '/');
    if (parts.size() != 4 || parts[3] != "aws4_request") return std::nullopt;
    std::string key = "AWS4" + std::string(secret);
    for (auto part : parts) key = hmac_sha256(key, part);
    return key;
}

class Version4 {
public:
    Version4(const json& request, const json& params) : request_(request), params_(params) {
        if (auto headers = request.find("headers"); headers != request.end() && headers->is_object())
            for (const auto& [name, value] : headers->items())
                headers_[text::to_lower(text::trim(name))] = std::string(text::trim(shown(value)));
    }

    bool applies() const {
        auto authorization = headers_.find("authorization");
        if (authorization != headers_.end()) return authorization->second.starts_with("AWS4-HMAC-SHA256");
        return member(params_, "X-Amz-Algorithm") == "AWS4-HMAC-SHA256";
    }

    std::optional<std::string> sign(std::string_view secret) const {
        const auto credential = parameter("Credential");
        const auto slash = credential.find('/');
        if (slash == std::string::npos) return std::nullopt;
        const std::string scope = credential.substr(slash + 1);
        const auto date = headers_.contains("x-amz-date") ? headers_.at("x-amz-date") : member(params_, "X-Amz-Date");
        if (!date.starts_with(scope.substr(0, scope.find('/')))) return std::nullopt;
        const auto key = version_4_key(secret, scope);
        if (!key) return std::nullopt;
        const std::string signed_text =
            "AWS4-HMAC-SHA256\n" + date + '\n' + scope + '\n' + sha256_hex(canonical_request());
        return text::to_hex(hmac_sha256(*key, signed_text));
    }

private:
    std::string parameter(std::string_view name) const {
        auto authorization = headers_.find("authorization");
        if (authorization == headers_.end()) return member(params_, "X-Amz-" + std::string(name));
        const auto start = authorization->second.find(std::string(name) + '=');
        if (start == std::string::npos) return "";
        const auto from = start + name.size() + 1;
        return authorization->second.substr(from, authorization->second.find(',', from) - from);
    }

    std::string canonical_request() const {
        const auto signed_headers = parameter("SignedHeaders");
        const auto verb = member(request_, "verb");
        // A POST carries its parameters in the body, and so in the body's hash.
        std::string text = verb + '\n' + member(request_, "path") + '\n' +
                           (text::iequals(verb, "POST") ? "" : canonical_query(params_)) + '\n';
        std::string lines;
        for (auto name : text::split(signed_headers, ';'))
            if (auto header = headers_.find(std::string(name)); header != headers_.end())
                lines += (lines.empty() ? "" : "\n") + header->first + ':' + header->second;
        return text + lines + "\n\n" + signed_headers + '\n' + member(request_, "body_hash");
    }

    const json& request_;
    const json& params_;
    std::map<std::string, std::string> headers_;
};

}  // namespace

std::optional<std::string> ec2_signature(std::string_view secret, const json& request) {
    const json params = request.value("params", json::object());
    if (!params.is_object()) return std::nullopt;
    const auto version = member(params, "SignatureVersion");
    if (version == "0") return version_0(secret, params);
    if (version == "1") return version_1(secret, params);
    if (version == "2") return version_2(secret, request, params);
    const Version4 version_4(request, params);
    if (version_4.applies()) return version_4.sign(secret);
    return std::nullopt;
}

std::optional<std::string> s3_signature(std::string_view secret, std::string_view string_to_sign) {
    if (!string_to_sign.starts_with("AWS4")) return text::to_base64(hmac_sha1(secret, string_to_sign));
    const auto lines = text::split(string_to_sign, '\n');
    if (lines.size() != 4 || lines[0] != "AWS4-HMAC-SHA256") return std::nullopt;
    const auto parts = text::split(lines[2], '/');
    if (parts.size() != 4 || (parts[2] != "s3" && parts[2] != "iam" && parts[2] != "sts")) return std::nullopt;
    const auto key = version_4_key(secret, lines[2]);
    if (!key) return std::nullopt;
    return text::to_hex(hmac_sha256(*key, string_to_sign));
}

}  // namespace cumulet::identity
