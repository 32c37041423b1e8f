#include "compute/servers/choices.hpp"

#include "common/runtime/text.hpp"
#include "compute/model/keypair.hpp"
#include "compute/model/quota.hpp"
#include "compute/networks/address.hpp"
#include "compute/servers/flavor_view.hpp"

namespace cumulet::compute::servers {

using api::Errc;
using api::Fault;
using nlohmann::json;

Flavor chosen_flavor(const api::Call& call, store::Transaction& txn, const json& ref) {
    std::string id = ref.is_string() ? ref.get<std::string>() : ref.dump();
    if (auto slash = id.rfind('/'); slash != std::string::npos) id = id.substr(slash + 1);
    auto flavor = txn.get<Flavor>(id);
    if (!flavor || flavor->disabled || !(call.actor().is_admin() || visible_to(*flavor, call.actor())))
        throw Fault(Errc::bad_request, "Flavor {} could not be found.", id);
    return *std::move(flavor);
}

images::BootImage chosen_image(const api::Call& call, store::Transaction& txn, const std::string& ref,
                               const Flavor& flavor) {
    std::string id = ref;
    if (auto slash = id.rfind('/'); slash != std::string::npos) id = id.substr(slash + 1);
    if (id.empty())
        throw Fault(Errc::bad_request,
                    "Invalid imageRef provided: booting from a volume is not offered here, name an image.");
    auto image = images::find_boot_image(txn, id, call.actor());
    if (!image) throw Fault(Errc::bad_request, "Invalid imageRef provided: image {} could not be found.", id);
    if (image->status != "active")
        throw Fault(Errc::bad_request, "Image {} is not active: its status is {}.", id, image->status);
    if (flavor.memory_mib < image->min_memory_mib)
        throw Fault(Errc::bad_request, "Flavor's memory is too small for requested image.");
    if (flavor.root_gib > 0) {
        const auto root_bytes = flavor.root_gib << 30;
        if (flavor.root_gib < image->min_disk_gib || root_bytes < std::max(image->size, image->virtual_size))
            throw Fault(Errc::bad_request,
                        "Flavor's disk is too small for requested image. Flavor disk is {} bytes, image is {} bytes.",
                        root_bytes, std::max({image->size, image->virtual_size, image->min_disk_gib << 30}));
    }
    return *std::move(image);
}

void take_name(const json& asked, Server& server) {
    if (asked.contains("name")) server.name = text::trim(asked["name"].get_ref<const std::string&>());
    if (asked.contains("description"))
        server.description = asked["description"].is_string() ? asked["description"].get<std::string>() : "";
}

void take_metadata(store::Transaction& txn, const json& asked, Server& server) {
    if (!asked.contains("metadata")) return;
    server.metadata = asked["metadata"].get<std::map<std::string, std::string>>();
    if (const auto limit = quota_limit(txn, server.project_id, "metadata_items");
        limit >= 0 && server.metadata.size() > static_cast<std::size_t>(limit))
        throw Fault(Errc::over_limit, "Maximum number of metadata items exceeds {}", limit).kind("OverQuota");
}

void take_key(const api::Call& call, store::Transaction& txn, const json& asked, Server& server) {
    if (!asked.contains("key_name")) return;
    server.key_name.clear();
    server.key_public.clear();
    if (asked["key_name"].is_null()) return;
    server.key_name = asked["key_name"];
    auto pair = txn.get<Keypair>(call.actor().user_id, server.key_name);
    if (!pair) throw Fault(Errc::bad_request, "Invalid key_name provided.");
    server.key_public = pair->public_key;
}

void take_user_data(const json& asked, Server& server) {
    if (!asked.contains("user_data")) return;
    server.user_data.clear();
    if (asked["user_data"].is_null()) return;
    server.user_data = asked["user_data"];
    if (!text::from_base64(server.user_data))
        throw Fault(Errc::bad_request, "Invalid input for field/attribute user_data. It is not valid base64.");
}

void take_attributes(const json& asked, Server& server) {
    auto address = [&](const char* member, std::string& kept) {
        if (!asked.contains(member)) return;
        kept.clear();
        if (!asked[member].is_string()) return;
        if (const auto parsed = networks::parse_address(asked[member].get_ref<const std::string&>()))
            kept = parsed->text();
    };
    address("accessIPv4", server.access_ipv4);
    address("accessIPv6", server.access_ipv6);
    if (asked.contains("OS-DCF:diskConfig")) server.disk_config = asked["OS-DCF:diskConfig"];
}

}  // namespace cumulet::compute::servers
