// An image's data on its way in, from a user or from the host that made it.
#pragma once

#include <functional>
#include <string>

#include "common/api/stream.hpp"
#include "compute/images/image.hpp"

namespace cumulet::compute::images {

// Finds the image, checks that the caller may fill it, and throws Fault when not.
using FindForUpload = std::function<Image(store::Transaction&)>;

// Takes the request's body as the data of the image that `find` gives, which must be queued: `receiving` while it
// comes, `reached` when it is there and durable, as it was when it does not come whole. Throws as receive(), and Fault
// 409, 410.
http::Task<void> take_data(api::StreamCall& call, FindForUpload find, Status receiving, Status reached);

}  // namespace cumulet::compute::images
