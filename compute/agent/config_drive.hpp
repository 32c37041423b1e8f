// Config drives: small ISO 9660 volumes named "config-2" that tell a guest what the metadata service would.
#pragma once

#include <map>
#include <string>

namespace cumulet::compute::agent {

// Writes the volume to `path`, replacing what is there; `files` are paths within it and their contents. Throws
// std::runtime_error.
void write_config_drive(const std::string& path, const std::map<std::string, std::string>& files);

}  // namespace cumulet::compute::agent
