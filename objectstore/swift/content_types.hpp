// The type of an object that came without one.
#pragma once

#include <string>
#include <string_view>

namespace cumulet::objectstore::swift {

// By the ending of the name; application/octet-stream for unknown ones.
std::string guess_type(std::string_view name);

}  // namespace cumulet::objectstore::swift
