// How each service words a body that does not fit its schema.
#pragma once

#include "common/api/fault.hpp"
#include "common/api/schema.hpp"
#include "common/api/service.hpp"

namespace cumulet::api {

SchemaFault default_schema_fault(FaultFormat format);

}  // namespace cumulet::api
