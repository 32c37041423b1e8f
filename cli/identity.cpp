#include "cli/identity.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

namespace cumulet::cli {

void identity(const StateFolder& state, const fs::path& programs, const std::string& command,
              const std::vector<std::string>& arguments) {
    if (!fs::exists(state.config_file()))
        throw CommandError("there is no cloud in " + state.path().string() + "; `cumulet up` makes one");
    // The import has a program of its own: only it needs a database client.
    const fs::path program = programs / (command == "import" ? "cumulet-identity-import" : "cumulet-identity");
    std::vector<std::string> words = {program.string(), "--config", state.config_file().string(), command};
    words.insert(words.end(), arguments.begin(), arguments.end());
    std::vector<char*> pointers;
    for (auto& word : words) pointers.push_back(word.data());
    pointers.push_back(nullptr);
    setenv("CUMULET_CONTROL_SOCKET", state.control_socket("cumulet-identity").c_str(), 1);
    execv(program.c_str(), pointers.data());
    throw CommandError(fmt::format("{} cannot be run: {}", program.string(), std::strerror(errno)));
}

}  // namespace cumulet::cli
