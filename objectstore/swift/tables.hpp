// The tables, each where its handlers are.
#pragma once

#include "common/api/endpoint.hpp"

namespace cumulet::objectstore::swift {

api::EndpointTable info_endpoints();
api::EndpointTable login_endpoints();
api::EndpointTable recon_endpoints();
api::EndpointTable account_endpoints();
api::EndpointTable container_endpoints();
api::EndpointTable object_endpoints();

}  // namespace cumulet::objectstore::swift
