// Options of domains from files, as a Keystone has them with domain_configurations_from_database off.
#pragma once

#include <cstddef>
#include <filesystem>

#include "common/runtime/clock.hpp"
#include "common/store/engine.hpp"
#include "identity/vault.hpp"

namespace cumulet::identity {

// Makes what each file keystone.DOMAIN.conf of the folder says the whole of that domain's options. A file that cannot
// be used (no such domain, an unknown option) is logged and left out. Returns how many domains have others now. Throws
// std::runtime_error when there is no such folder.
std::size_t take_domain_files(store::Engine& engine, const Vault& vault, const Clock& clock,
                              const std::filesystem::path& folder);

}  // namespace cumulet::identity
