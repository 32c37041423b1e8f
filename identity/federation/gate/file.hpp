// The file that says how federated users prove who they are: {"oidc": [provider, …], "saml": {…}}.
#pragma once

#include <filesystem>
#include <vector>

#include "identity/federation/oidc/provider.hpp"
#include "identity/federation/saml/settings.hpp"

namespace cumulet::identity::federation {

struct FederationFile {
    std::vector<oidc::Provider> oidc;
    saml::Settings saml;
};

// It holds secrets of clients, so only its owner may read it. Throws std::runtime_error that names the file and what is
// wrong with it.
FederationFile read_federation_file(const std::filesystem::path& file);

}  // namespace cumulet::identity::federation
