// The two forms of JSON patch that Glance takes.
#pragma once

#include "common/api/call.hpp"
#include "compute/images/image.hpp"

namespace cumulet::compute::images {

// Applies the request's body. Fault 415 for another media type, 400 for what is no patch, else as set_attribute().
void apply_patch(const api::Call& call, Image& image);

}  // namespace cumulet::compute::images
