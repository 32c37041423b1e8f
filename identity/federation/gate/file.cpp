#include "identity/federation/gate/file.hpp"

#include <fstream>
#include <nlohmann/json.hpp>
#include <set>
#include <stdexcept>

namespace cumulet::identity::federation {

namespace fs = std::filesystem;

FederationFile read_federation_file(const fs::path& file) {
    try {
        if ((fs::status(file).permissions() & (fs::perms::group_all | fs::perms::others_all)) != fs::perms::none)
            throw std::runtime_error("others than its owner may read it");
        std::ifstream in(file);
        if (!in) throw std::runtime_error("it cannot be read");
        const auto document = nlohmann::json::parse(in);
        if (!document.is_object()) throw std::runtime_error("it is no JSON object");
        FederationFile settings;
        for (const auto& [name, value] : document.items()) {
            if (name == "oidc")
                for (const auto& each : value) settings.oidc.push_back(oidc::read_provider(each));
            else if (name == "saml")
                settings.saml = saml::read_settings(value);
            else
                throw std::runtime_error("unknown member '" + name + "'");
        }
        std::set<std::pair<std::string, std::string>> seen;
        for (const auto& each : settings.saml.trusted)
            if (!seen.emplace(each.identity_provider, each.protocol).second)
                throw std::runtime_error(each.identity_provider + "/" + each.protocol + " is there twice");
        for (const auto& each : settings.oidc)
            if (!seen.emplace(each.identity_provider, each.protocol).second)
                throw std::runtime_error(each.identity_provider + "/" + each.protocol + " is there twice");
        return settings;
    } catch (const std::exception& error) {
        throw std::runtime_error("federation file " + file.string() + ": " + error.what());
    }
}

}  // namespace cumulet::identity::federation
