// A reader that was overtaken: the object was replaced between reading its record and opening its bytes.
#pragma once

#include "common/api/fault.hpp"

namespace cumulet::objectstore::swift {

// Whoever reads a single object begins anew with the record as it is then; where that cannot be done it is a 404.
class ObjectReplaced : public api::Fault {
public:
    ObjectReplaced() : api::Fault(api::Fault::general(api::Errc::not_found)) {}
};

}  // namespace cumulet::objectstore::swift
