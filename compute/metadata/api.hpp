// The metadata service.
#pragma once

#include "common/api/service.hpp"

namespace cumulet::compute::metadata {

// Its Service needs the module Settings (client.hpp).
api::ServiceDescription metadata_service();

}  // namespace cumulet::compute::metadata
