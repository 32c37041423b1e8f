// Bytes of an image on their way in.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "common/api/stream.hpp"
#include "compute/images/api.hpp"
#include "compute/images/image_store.hpp"

namespace cumulet::compute::images {

struct Received {
    std::int64_t size = 0;
    std::optional<std::int64_t> virtual_size;
    std::string md5, sha512;
};

// Stores the request's body under `key`, durably, never holding more than a piece of it. Leaves nothing behind when it
// throws: BodyError for a broken body, Fault 413 for too much (or a full store), 415 for data that is not what
// `disk_format` says or that no host may be given.
http::Task<Received> receive(api::StreamCall& call, std::string key, std::string disk_format);

}  // namespace cumulet::compute::images
