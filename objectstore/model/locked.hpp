// S3's object lock, as far as everybody must heed it: what is locked is neither changed nor erased by any API or
// worker.
#pragma once

#include "objectstore/model/container.hpp"
#include "objectstore/model/object.hpp"

namespace cumulet::objectstore {

// Held, or retained beyond `now`. S3 alone knows who may bypass that.
bool is_locked(const Object& object, Timestamp now);
// Whether the bucket locks objects: its versioning must stay on.
inline bool locks_objects(const Container& container) { return container.system.contains("object-lock"); }

}  // namespace cumulet::objectstore
