// What an agent does to guests: the steps of tasks carried out on the hypervisor. Calls block; any thread; never two at
// once for one guest.
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "compute/protocol/desired.hpp"
#include "hypervisor-drivers/driver.h"

namespace cumulet::compute::agent {

struct WorkResult {
    bool ok = true;
    bool permanent = false;  // trying again here is useless
    std::string error;       // safe to show
    std::string power;       // known afterwards; empty: not
};

// What guests need of the host beside the hypervisor. A function that is not set leaves its part out (simulated hosts).
struct GuestSurroundings {
    // The image is on this host as the base of the guest with this folder; where. Throws std::runtime_error.
    std::function<std::string(const protocol::ImageRef&, const std::string& folder)> image_file;
    // The bridge of a network is there and the port's rules are in force; its name. Throws std::runtime_error.
    std::function<std::string(const std::string& network_id, const std::string& port_id)> bridge;
    // Makes the config drive; where.
    std::function<std::string(const protocol::Guest&, const std::string& folder)> config_drive;
    // Sends a file as the data of an image made of the server. Throws std::runtime_error.
    std::function<void(const std::string& server_id, const std::string& image_id, const std::string& file)> keep_image;
    std::string scratch_folder;  // for files on their way; empty: none are made
    std::string guests_folder;   // each guest has a folder of its own in it; empty: none has files
    std::chrono::milliseconds shut_down_patience{60'000};
};

class Guests {
public:
    Guests(hypervisor::Hypervisor& hypervisor, GuestSurroundings surroundings);

    // Carries out an order. Never throws: what goes wrong is in the result.
    WorkResult carry_out(const protocol::Guest& guest, std::string_view action, const nlohmann::json& args);
    // Nothing of the guest is left.
    WorkResult remove(const std::string& server_id);
    // Makes a guest again that ought to be there, from its own disk.
    WorkResult restore(const protocol::Guest& guest);
    WorkResult set_power(const std::string& server_id, std::string_view power);

    std::string folder_of(const std::string& server_id) const;

private:
    hypervisor::GuestSpec spec_of(const protocol::Guest& guest, bool fresh);
    hypervisor::DiskSpec rescue_disk(const protocol::Guest& guest, const std::string& folder);
    void forget_kept_disk(const std::string& server_id);
    hypervisor::NicSpec nic_of(const protocol::Nic& nic);
    void spawn(const protocol::Guest& guest);
    void rebuild(const protocol::Guest& guest);
    void rescue(const protocol::Guest& guest);
    void unrescue(const protocol::Guest& guest);
    void resize(const protocol::Guest& guest);
    void revert_resize(const protocol::Guest& guest);
    // Another definition, taken over at once: the guest is off meanwhile.
    void redefine(const protocol::Guest& guest, bool fresh, std::string_view power);
    void snapshot(const protocol::Guest& guest, const std::string& image_id);
    void attach(const protocol::Guest& guest, const std::string& port_id);

    hypervisor::Hypervisor& hypervisor_;
    GuestSurroundings surroundings_;
};

// "running", "paused", …: the names of the protocol.
std::string power_name(hypervisor::Power power);

}  // namespace cumulet::compute::agent
