// The table of objects.
#include "objectstore/s3/object_delete.hpp"
#include "objectstore/s3/object_read.hpp"
#include "objectstore/s3/object_write.hpp"

namespace cumulet::objectstore::s3 {

namespace {

using http::Method;

constexpr Operation kOperations[] = {
    {Method::get, Level::object, "", "s3:GetObject", Grant::read, true, get_object},
    {Method::head, Level::object, "", "s3:GetObject", Grant::read, true, get_object},
    {Method::put, Level::object, "", "s3:PutObject", Grant::write, false, put_object},
    {Method::post, Level::bucket, "", "s3:PutObject", Grant::in_body, false, post_object},
    {Method::del, Level::object, "", "s3:DeleteObject", Grant::write, true, delete_object},
    // Each of its keys is authorized by itself.
    {Method::post, Level::bucket, "delete", "s3:DeleteObject", Grant::write, true, delete_objects},
};

}  // namespace

Operations object_operations() { return kOperations; }

}  // namespace cumulet::objectstore::s3
