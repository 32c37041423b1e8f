#include "identity/federation/oidc/claims.hpp"

#include <nlohmann/json.hpp>

namespace cumulet::identity::federation::oidc {
namespace {

using nlohmann::json;

std::string text_of(const json& value) { return value.is_string() ? value.get<std::string>() : value.dump(); }

std::string variable(std::string_view name) {
    std::string out;
    for (char c : name) {
        if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
        const bool plain = (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        out += plain ? c : '_';
    }
    return out;
}

}  // namespace

Assertion assertion_of_claims(const json& claims) {
    Assertion assertion;
    for (const auto& [name, value] : claims.items()) {
        std::vector<std::string> values;
        if (value.is_array())
            for (const auto& each : value) values.push_back(text_of(each));
        else if (!value.is_null())
            values.push_back(text_of(value));
        if (values.empty()) continue;
        const auto upper = variable(name);
        // Two claims whose names differ in signs alone do not overwrite each other under the one variable: neither is
        // there.
        for (const auto& key : {"HTTP_OIDC_" + upper, "HTTP_OIDC_CLAIM_" + upper}) {
            auto [at, fresh] = assertion.try_emplace(key, values);
            if (!fresh) at->second.clear();
        }
        assertion["OIDC-" + name] = values;
        assertion["OIDC_CLAIM_" + name] = std::move(values);
    }
    return assertion;
}

}  // namespace cumulet::identity::federation::oidc
