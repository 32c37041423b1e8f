// The table of objects.
#include "objectstore/swift/object_change.hpp"
#include "objectstore/swift/object_get.hpp"
#include "objectstore/swift/object_put.hpp"
#include "objectstore/swift/tables.hpp"

namespace cumulet::objectstore::swift {

namespace {

using api::Endpoint;
using api::Policy;
using http::Method;

constexpr std::string_view kPath = "/v1/{account}/{container}/{object*}";

constexpr api::StreamHandle kGet{get_object}, kPut{put_object_call}, kPost{post_object}, kDelete{delete_object},
    kCopy{copy_object};

constexpr Endpoint kTable[] = {
    {.method = Method::get,
     .path = kPath,
     .policy = Policy::by_resource(),
     .summary = "Read an object, or a part of it.",
     .stream = &kGet},
    {.method = Method::put,
     .path = kPath,
     .policy = Policy::by_resource(),
     .success = 201,
     .summary = "Create or replace an object.",
     .stream = &kPut},
    {.method = Method::post,
     .path = kPath,
     .policy = Policy::by_resource(),
     .body = api::kNoBody,
     .success = 202,
     .summary = "Replace an object's metadata.",
     .stream = &kPost},
    {.method = Method::del,
     .path = kPath,
     .policy = Policy::by_resource(),
     .body = api::kNoBody,
     .success = 204,
     .summary = "Delete an object.",
     .stream = &kDelete},
    {.method = Method::copy,
     .path = kPath,
     .policy = Policy::by_resource(),
     .body = api::kNoBody,
     .success = 201,
     .summary = "Copy an object to another name.",
     .stream = &kCopy},
};

}  // namespace

api::EndpointTable object_endpoints() { return kTable; }

}  // namespace cumulet::objectstore::swift
