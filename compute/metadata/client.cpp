#include "compute/metadata/client.hpp"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "common/runtime/text.hpp"
#include "compute/networks/network.hpp"
#include "compute/networks/port.hpp"

namespace cumulet::compute::metadata {
namespace {

using api::Errc;
using api::Fault;
using networks::AddressAllocation;
using networks::Network;
using networks::Port;

[[noreturn]] void nobody() { throw Fault(Errc::not_found, "No server is known at this address."); }

std::string by_signature(const api::Call& call, const std::string& instance_id) {
    const auto& secret = call.module<Settings>().secret;
    const auto given = call.header("X-Instance-ID-Signature");
    if (secret.empty() || !given || !text::equal_in_constant_time(*given, signature(secret, instance_id)))
        throw Fault(Errc::forbidden, "Invalid proxy request signature.");
    return instance_id;
}

// The owner of the port that holds `address` on a network; empty when there is none.
std::string at_network(store::Transaction& txn, const std::string& network_id, const std::string& address) {
    const auto network = txn.peek<Network>(network_id);
    if (!network) return "";
    for (const auto& subnet : network->subnet_ids)
        if (auto held = txn.peek<AddressAllocation>(subnet, address))
            if (auto port = txn.peek<Port>(held->port_id)) return port->device_id;
    return "";
}

std::string behind_router(store::Transaction& txn, const std::string& router_id, const std::string& address) {
    for (const auto& port : txn.scan<Port>({.index = "device"}, router_id)) {
        if (port.device_owner != networks::kOwnerRouterInterface) continue;
        if (auto id = at_network(txn, port.network_id, address); !id.empty()) return id;
    }
    return "";
}

std::string by_address(const api::Call& call, store::Transaction& txn) {
    if (call.request().peer_name.empty()) throw Fault(Errc::forbidden, "X-Instance-ID and its signature are missing.");
    const auto forwarded = call.header("X-Forwarded-For").value_or("");
    const std::string address(text::trim(forwarded.substr(0, forwarded.find(','))));
    if (auto network = call.header("X-Network-ID")) return at_network(txn, std::string(*network), address);
    if (auto router = call.header("X-Router-ID")) return behind_router(txn, std::string(*router), address);
    throw Fault(Errc::bad_request, "X-Network-ID or X-Router-ID is missing.");
}

}  // namespace

std::string signature(const std::string& secret, const std::string& instance_id) {
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned int length = 0;
    if (!HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
              reinterpret_cast<const unsigned char*>(instance_id.data()), instance_id.size(), digest, &length))
        throw std::runtime_error("OpenSSL cannot compute an HMAC");
    return text::to_hex({reinterpret_cast<const char*>(digest), length});
}

Server asking_server(const api::Call& call, store::Transaction& txn) {
    const auto named = call.header("X-Instance-ID");
    const std::string id = named ? by_signature(call, std::string(*named)) : by_address(call, txn);
    if (id.empty()) nobody();
    auto server = txn.peek<Server>(id);
    if (!server || server->vm_state == VmState::deleted || server->vm_state == VmState::soft_deleted) nobody();
    return *std::move(server);
}

}  // namespace cumulet::compute::metadata
