// What the configuration says to the parts that the daemon is made of.
#pragma once

#include <filesystem>
#include <vector>

#include "common/auth/validator.hpp"
#include "common/runtime/config.hpp"
#include "objectstore/engine/local_engine.hpp"
#include "objectstore/s3/auth/keys.hpp"
#include "objectstore/swift/cname_lookup.hpp"
#include "objectstore/swift/tempauth.hpp"

namespace cumulet::objectstore {

std::filesystem::path store_folder(const runtime::Config& config);
std::filesystem::path data_folder(const runtime::Config& config);
std::vector<std::filesystem::path> more_folders(const runtime::Config& config);

LocalOptions local_options(const runtime::Config& config, runtime::Metrics& metrics);
auth::RemoteOptions identity_options(const runtime::Config& config);
s3::RemoteKeysOptions key_options(const runtime::Config& config);

// Throws ConfigError for an entry that is not a user.
std::vector<swift::TempUser> tempauth_users(const runtime::Config& config);
// Throws ConfigError for an entry that is no address.
std::vector<swift::NameServer> name_servers(const runtime::Config& config);

}  // namespace cumulet::objectstore
