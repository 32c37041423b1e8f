// What is stored must stay readable: who changes a field here raises the version of its record.
#include <catch2/catch.hpp>

#include "objectstore/engine/blob_row.hpp"
#include "objectstore/model/account.hpp"
#include "objectstore/model/container.hpp"
#include "objectstore/model/object.hpp"
#include "objectstore/model/version.hpp"

using namespace cumulet;
using namespace cumulet::objectstore;

const std::string kObjectFields =
    "(account: string, container: string, name: string, modified_at: time, content_type: string, "
    "etag: string, length: integer, blob: (file: integer, shared: boolean, offset: integer, length: integer, "
    "checksum: integer, disk: integer, key: string, key_scope: string, composed: boolean), metadata: {string: string}, "
    "headers: {string: "
    "string}, delete_at: time?, "
    "dynamic_prefix: string, static_etag: string, made_at: time, versioned: boolean, link: (account: string, "
    "container: string, name: string, etag: string, length: integer, static_etag: string), system: {string: string})";

TEST_CASE("records are laid out as their versions say") {
    REQUIRE(store::schema_of<Account>() ==
            "account 2 (name: string, created_at: time, changed_at: time, metadata: {string: string}, acl: {string: "
            "[string]})");
    REQUIRE(
        store::schema_of<Container>() ==
        "container 3 (account: string, name: string, created_at: time, changed_at: time, read_acl: string, "
        "write_acl: string, metadata: {string: string}, versioning: enum, archive: string, archive_deletes: boolean, "
        "policy: string, sync_to: string, sync_key: string, system: {string: string})");
    REQUIRE(store::schema_of<Object>() == "object 3 " + kObjectFields);
    REQUIRE(store::schema_of<Version>() == "version 2 (object: " + kObjectFields + ", delete_marker: boolean)");
    REQUIRE(
        store::schema_of<BlobRow>() ==
        "blob 2 (file: integer, offset: integer, length: integer, owner: string, shared: boolean, checksum: integer, "
        "disk: integer, now_file: integer, now_offset: integer, rotten: boolean)");
}
