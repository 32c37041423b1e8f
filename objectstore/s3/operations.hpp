// S3's operations: which one a request means, and what must be granted for it.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "common/api/reply.hpp"
#include "common/http/body.hpp"

namespace cumulet::objectstore::s3 {

struct S3Call;

enum class Level { service, bucket, object };

// What an ACL can grant.
enum class Grant {
    none,       // nothing in an ACL gives this: the owner, or a policy
    read,       // bucket: list; object: get
    write,      // bucket: put and delete objects
    read_acp,   // ACL of the bucket or object
    write_acp,  // the same
    anyone,     // every signed caller; the handler decides
    in_body     // who asks, and for what, stands in the body: the handler finds it out
};

struct Operation {
    http::Method method;
    Level level;
    std::string_view subresource;  // a query parameter that must be there ("acl"); empty: none
    std::string_view action;       // as policies name it ("s3:GetObject")
    Grant grant;
    bool object_acl = false;  // the grant is looked for in the object's ACL, not in the bucket's
    http::Task<api::Reply> (*run)(S3Call& call) = nullptr;
};

using Operations = std::span<const Operation>;
// Each where its handlers are.
Operations bucket_operations();
Operations listing_operations();
Operations object_operations();
Operations upload_operations();
Operations setting_operations();
Operations attribute_operations();

// Throws S3Error MethodNotAllowed and NotImplemented.
const Operation& operation_for(http::Method method, Level level, std::string_view query);

}  // namespace cumulet::objectstore::s3
