#include "hypervisor-drivers/plugin.hpp"

#include <dlfcn.h>
#include <fmt/format.h>

#include <algorithm>
#include <optional>

namespace cumulet::hypervisor {
namespace {

namespace fs = std::filesystem;

using Library = std::shared_ptr<void>;

std::string loader_error() {
    const char* text = ::dlerror();
    return text == nullptr ? "unknown error" : text;
}

bool is_driver_name(const std::string& name) {
    return !name.empty() && std::all_of(name.begin(), name.end(), [](unsigned char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
    });
}

std::string drivers_in(const fs::path& folder) {
    std::vector<std::string> names;
    std::error_code error;
    for (const auto& entry : fs::directory_iterator(folder, error)) {
        if (entry.path().extension() == ".so") names.push_back(entry.path().stem().string());
    }
    if (names.empty()) return "none";
    std::sort(names.begin(), names.end());
    return fmt::format("{}", fmt::join(names, ", "));
}

Library open_library(const fs::path& file) {
    void* handle = ::dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (handle == nullptr) {
        throw DriverError(DriverErrc::unsupported,
                          fmt::format("hypervisor driver {} cannot be loaded: {}", file.string(), loader_error()));
    }
    return Library(handle, [](void* opened) { ::dlclose(opened); });
}

const DriverPlugin& plugin_of(const Library& library, const fs::path& file, const std::string& name) {
    const auto* plugin = static_cast<const DriverPlugin*>(::dlsym(library.get(), "cumulet_driver"));
    if (plugin == nullptr) {
        throw DriverError(DriverErrc::unsupported,
                          fmt::format("{} is no hypervisor driver: it exports no \"cumulet_driver\"", file.string()));
    }
    // The version comes first in every version of the structure: nothing else may be read before it is known.
    if (plugin->version != kDriverVersion) {
        throw DriverError(
            DriverErrc::unsupported,
            fmt::format("hypervisor driver {} was built for version {} of the driver contract, this agent needs "
                        "version {}",
                        file.string(), plugin->version, kDriverVersion));
    }
    if (plugin->create == nullptr || plugin->name == nullptr || name != plugin->name) {
        throw DriverError(DriverErrc::unsupported,
                          fmt::format("{} holds the hypervisor driver \"{}\", not \"{}\"", file.string(),
                                      plugin->name == nullptr ? "" : plugin->name, name));
    }
    return *plugin;
}

// An exception thrown by the plug-in holds code of the plug-in: it must be gone before the library may be closed, so
// what it says is copied and thrown anew from here.
Hypervisor* create(const DriverPlugin& plugin, const std::string& host, const Settings& settings) {
    std::optional<DriverError> failure;
    try {
        return plugin.create(host, settings);
    } catch (const DriverError& error) {
        failure.emplace(error.code, std::string(error.what()));
    } catch (const std::exception& error) {
        failure.emplace(DriverErrc::failed, std::string(error.what()));
    }
    throw DriverError(*failure);
}

}  // namespace

std::shared_ptr<Hypervisor> load_driver(const fs::path& folder, const std::string& name, const std::string& host,
                                        const Settings& settings) {
    if (!is_driver_name(name)) {
        throw DriverError(DriverErrc::not_found, fmt::format("\"{}\" is no name of a hypervisor driver", name));
    }
    const fs::path file = fs::absolute(folder / (name + ".so"));
    std::error_code error;
    if (!fs::exists(file, error)) {
        throw DriverError(DriverErrc::not_found, fmt::format("no hypervisor driver {}; drivers in that folder: {}",
                                                             file.string(), drivers_in(folder)));
    }
    Library library = open_library(file);
    Hypervisor* made = create(plugin_of(library, file, name), host, settings);
    return std::shared_ptr<Hypervisor>(made, [library](Hypervisor* driver) { delete driver; });
}

}  // namespace cumulet::hypervisor
