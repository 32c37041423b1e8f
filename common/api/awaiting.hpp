// Waiting in a coroutine for what answers through a callback, under the names that handlers know.
#pragma once

#include "common/http/awaiting.hpp"

namespace cumulet::api {

using http::Slot;
using http::wait_for;

}  // namespace cumulet::api
