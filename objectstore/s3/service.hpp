// The S3 API as endpoint tables, and what its handlers share.
#pragma once

#include <vector>

#include "common/api/service.hpp"
#include "objectstore/engine/composed_engine.hpp"
#include "objectstore/s3/auth/keys.hpp"
#include "objectstore/s3/settings.hpp"
#include "objectstore/swift/service.hpp"

namespace cumulet::objectstore::s3 {

// Registered as a module of the service, beside the swift::Swift that it names. All outlive it.
struct S3 {
    const Settings& settings;
    const swift::Swift& swift;  // the bucket space, the engine, the clock, roles and limits
    ComposingEngine& composer;  // the same engine as that of swift
    Keys& keys;
};

std::vector<api::EndpointTable> all_tables();
// Name, tables, errors as XML, request ids, and virtual hosts turned into paths.
api::ServiceDescription description();

}  // namespace cumulet::objectstore::s3
