// Many objects in one request: the files of an archive.
#pragma once

#include "objectstore/swift/call.hpp"

namespace cumulet::objectstore::swift {

// PUT ?extract-archive=tar|tar.gz|tar.bz2 of an account, a container or a prefix: every regular file becomes an object,
// containers are made as needed. Nothing happens before all of the archive has come. Each file fails by itself; the
// answer tells which. Throws Fault 400 for another format.
http::Task<api::Reply> extract_archive(SwiftCall& call, std::string account, std::string container, std::string prefix);

}  // namespace cumulet::objectstore::swift
