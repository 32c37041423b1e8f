// What is stored must stay readable: who changes a field here raises the version of its record.
#include <catch2/catch.hpp>

#include "objectstore/engine/blob_row.hpp"
#include "objectstore/model/account.hpp"
#include "objectstore/model/container.hpp"
#include "objectstore/model/object.hpp"

using namespace cumulet;
using namespace cumulet::objectstore;

TEST_CASE("records are laid out as their versions say") {
    REQUIRE(store::schema_of<Account>() ==
            "account 1 (name: string, created_at: time, changed_at: time, metadata: {string: string})");
    REQUIRE(store::schema_of<Container>() ==
            "container 1 (account: string, name: string, created_at: time, changed_at: time, read_acl: string, "
            "write_acl: string, metadata: {string: string})");
    REQUIRE(store::schema_of<Object>() ==
            "object 1 (account: string, container: string, name: string, modified_at: time, content_type: string, "
            "etag: string, length: integer, blob: (file: integer, shared: boolean, offset: integer, length: integer, "
            "checksum: integer), metadata: {string: string}, headers: {string: string}, delete_at: time?, "
            "dynamic_prefix: string, static_etag: string)");
    REQUIRE(store::schema_of<BlobRow>() == "blob 1 (file: integer, offset: integer, length: integer, owner: string)");
}
