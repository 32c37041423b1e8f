// `cumulet identity …`: the commands of cumulet-identity, told where this cloud's configuration is.
#pragma once

#include <string>
#include <vector>

#include "cli/state_folder.hpp"

namespace cumulet::cli {

// Becomes the program that knows the command; returns only by throwing CommandError.
[[noreturn]] void identity(const StateFolder& state, const fs::path& programs, const std::string& command,
                           const std::vector<std::string>& arguments);

}  // namespace cumulet::cli
