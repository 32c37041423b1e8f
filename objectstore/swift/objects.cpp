// The table of objects.
#include "objectstore/swift/cors.hpp"
#include "objectstore/swift/object_change.hpp"
#include "objectstore/swift/object_get.hpp"
#include "objectstore/swift/object_put.hpp"
#include "objectstore/swift/read_anew.hpp"
#include "objectstore/swift/tables.hpp"

namespace cumulet::objectstore::swift {

namespace {

using api::Endpoint;
using api::Policy;
using http::Method;

constexpr std::string_view kPath = "/v1/{account}/{container}/{object*}";

http::Task<api::Reply> read_object(SwiftCall& call) { return read_anew(get_object, call); }

constexpr Endpoint kTable[] = {
    {.method = Method::get,
     .path = kPath,
     .policy = Policy::by_resource(),
     .summary = "Read an object, or a part of it.",
     .stream = &handled<read_object>},
    {.method = Method::put,
     .path = kPath,
     .policy = Policy::by_resource(),
     .success = 201,
     .summary = "Create or replace an object.",
     .stream = &handled<put_object_call>},
    {.method = Method::post,
     .path = kPath,
     .policy = Policy::by_resource(),
     .success = 202,
     .summary = "Replace an object's metadata, or take the files of a form below this name.",
     .stream = &handled<post_object>},
    {.method = Method::del,
     .path = kPath,
     .policy = Policy::by_resource(),
     .body = api::kNoBody,
     .success = 204,
     .summary = "Delete an object.",
     .stream = &handled<delete_object>},
    {.method = Method::copy,
     .path = kPath,
     .policy = Policy::by_resource(),
     .body = api::kNoBody,
     .success = 201,
     .summary = "Copy an object to another name.",
     .stream = &handled<copy_object>},
    {.method = Method::options,
     .path = kPath,
     .policy = Policy::by_resource(),
     .summary = "Show what may be asked of an object; the answer to a browser's preflight.",
     .stream = &handled<show_object_options>},
};

}  // namespace

api::EndpointTable object_endpoints() { return kTable; }

}  // namespace cumulet::objectstore::swift
