// Routers: interfaces, gateways, and which router a floating IP goes through.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "common/runtime/ids.hpp"
#include "common/store/transaction.hpp"
#include "compute/networks/allocation.hpp"
#include "compute/networks/port.hpp"
#include "compute/networks/router.hpp"

namespace cumulet::compute::networks {

std::vector<Port> interfaces_of(store::Transaction& txn, const std::string& router_id);

// A new port with the subnet's gateway address. BadRequest when the subnet has none or overlaps with one that the
// router has.
Port add_interface(store::Transaction& txn, Random& random, Router& router, const Subnet& subnet);
// An existing, unused port becomes the interface. PortInUse, BadRequest.
Port add_interface(store::Transaction& txn, Router& router, Port port);
// RouterInterfaceInUseByFloatingIP, RouterInterfaceInUseByRoute.
void remove_interface(store::Transaction& txn, Router& router, const Port& port);

struct GatewayWish {
    std::string network_id;
    std::optional<bool> enable_snat;
    std::optional<std::vector<AddressWish>> addresses;
};
// Sets, changes or (nullopt) clears the gateway; the caller puts the router. BadRequest,
// RouterExternalGatewayInUseByFloatingIp.
void set_gateway(store::Transaction& txn, Random& random, Router& router, const std::optional<GatewayWish>& wish);

// Routes whose next hop is on none of the router's networks are refused: InvalidRoutes.
void check_routes(store::Transaction& txn, const Router& router, const std::vector<Route>& routes);

// Binds the floating IP to an address of the port, through the router that joins their networks; both rows are put.
// BadRequest, FloatingIPPortAlreadyAssociated, ExternalGatewayForFloatingIPNotFound.
void associate(store::Transaction& txn, FloatingIp& floating, const Port& port, const std::string& fixed_ip);

}  // namespace cumulet::compute::networks
