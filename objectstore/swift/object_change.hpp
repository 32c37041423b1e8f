// POST and DELETE of objects.
#pragma once

#include "common/api/stream.hpp"

namespace cumulet::objectstore::swift {

http::Task<api::Reply> post_object(api::StreamCall& call);
http::Task<api::Reply> delete_object(api::StreamCall& call);

}  // namespace cumulet::objectstore::swift
