#include "cli/process_table.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdlib>
#include <sstream>

namespace cumulet::cli {
namespace {

bool is_on_path(const std::string& program) {
    const char* path = std::getenv("PATH");
    std::istringstream folders(path == nullptr ? "/usr/bin:/bin" : path);
    for (std::string folder; std::getline(folders, folder, ':');)
        if (access((folder + "/" + program).c_str(), X_OK) == 0) return true;
    return false;
}

ProcessSpec bus_server(const CloudPlan& plan) {
    if (!is_on_path("nats-server"))
        throw CommandError("nats-server is not installed (Debian: apt-get install nats-server)");
    return {"nats-server", {"nats-server", "-a", "127.0.0.1", "-p", std::to_string(plan.ports.bus)}, plan.ports.bus};
}

ProcessSpec daemon(const CloudPlan& plan, const std::string& name) {
    const fs::path program = plan.programs / name;
    if (access(program.c_str(), X_OK) != 0)
        throw CommandError(
            fmt::format("{} is not there: build it or install it beside this command", program.string()));
    return {name, {program.string(), "--config", plan.state.config_file().string()}, std::nullopt};
}

}  // namespace

std::vector<std::string> daemons_of(const Choices& choices) {
    std::vector<std::string> daemons;
    for (const char* name : kDaemons)
        if (choices.has(name)) daemons.push_back(std::string("cumulet-") + name);
    return daemons;
}

std::vector<ProcessSpec> processes_of(const CloudPlan& plan) {
    std::vector<ProcessSpec> specs = {bus_server(plan)};
    for (const auto& name : daemons_of(plan.choices)) specs.push_back(daemon(plan, name));
    return specs;
}

}  // namespace cumulet::cli
