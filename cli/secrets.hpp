// Passwords of a cloud: made once, kept in a file that only its owner reads.
#pragma once

#include <map>
#include <string>

#include "cli/state_folder.hpp"
#include "common/runtime/ids.hpp"

namespace cumulet::cli {

struct Secrets {
    std::string admin_password;
    std::string demo_password;
    std::map<std::string, std::string> service_passwords;  // by user: nova, swift, …
    std::string metadata_secret;                           // shared by the metadata service and its proxy on hosts
};

// The users that daemons validate tokens with.
inline constexpr const char* kServiceUsers[] = {"nova", "neutron", "glance", "placement", "cinder", "swift"};

// Reads what is there and makes what is missing; writes admin-password too. Throws CommandError.
Secrets load_or_make_secrets(const StateFolder& state, Random& random);

}  // namespace cumulet::cli
