// GET and HEAD of objects: conditions, ranges, and where the bytes come from.
#pragma once

#include "common/api/stream.hpp"

namespace cumulet::objectstore::swift {

http::Task<api::Reply> get_object(api::StreamCall& call);

}  // namespace cumulet::objectstore::swift
