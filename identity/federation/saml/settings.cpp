#include "identity/federation/saml/settings.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <stdexcept>

namespace cumulet::identity::federation::saml {
namespace {

using nlohmann::json;

void check_members(const json& object, std::initializer_list<std::string_view> known) {
    if (!object.is_object()) throw std::runtime_error("a part of the SAML settings is no object");
    for (const auto& [name, value] : object.items())
        if (std::find(known.begin(), known.end(), name) == known.end())
            throw std::runtime_error("unknown member '" + name + "' of the SAML settings");
}

std::string required(const json& object, const char* name) {
    auto found = object.find(name);
    if (found == object.end() || !found->is_string() || found->get_ref<const std::string&>().empty())
        throw std::runtime_error(fmt::format("the SAML settings lack '{}'", name));
    return found->get<std::string>();
}

std::string contents(const json& object, const char* name) {
    const auto path = required(object, name);
    std::ifstream in(path);
    if (!in) throw std::runtime_error(path + " cannot be read");
    return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace

Settings read_settings(const json& document) {
    check_members(document, {"own", "trusted"});
    Settings settings;
    if (auto own = document.find("own"); own != document.end()) {
        check_members(*own, {"entity_id", "key_file", "certificate_file", "lifetime_s"});
        settings.own = {.entity_id = required(*own, "entity_id"),
                        .key_pem = contents(*own, "key_file"),
                        .certificate_pem = contents(*own, "certificate_file"),
                        .lifetime_s = own->value("lifetime_s", 300L)};
        if (settings.own.lifetime_s < 1 || settings.own.lifetime_s > 86'400)
            throw std::runtime_error("'lifetime_s' of the SAML settings must be 1 to 86400");
    }
    for (const auto& each : document.value("trusted", json::array())) {
        check_members(each, {"identity_provider", "protocol", "entity_id", "certificate_file", "audience", "allow_sha1",
                             "sign_on_url", "key_file"});
        const auto sign_on_url = each.value("sign_on_url", std::string());
        if (!sign_on_url.empty() && !sign_on_url.starts_with("https://") && !sign_on_url.starts_with("http://"))
            throw std::runtime_error("'sign_on_url' of the SAML settings is no address");
        settings.trusted.push_back({.identity_provider = required(each, "identity_provider"),
                                    .protocol = required(each, "protocol"),
                                    .entity_id = required(each, "entity_id"),
                                    .certificate_pem = contents(each, "certificate_file"),
                                    .audience = required(each, "audience"),
                                    .allow_sha1 = each.value("allow_sha1", false),
                                    .sign_on_url = sign_on_url,
                                    .key_pem = each.contains("key_file") ? contents(each, "key_file") : ""});
    }
    return settings;
}

}  // namespace cumulet::identity::federation::saml
