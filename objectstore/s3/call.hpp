// One S3 request as its handler sees it: who asks, for which bucket and key.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/api/stream.hpp"
#include "objectstore/model/space.hpp"
#include "objectstore/s3/operations.hpp"
#include "objectstore/s3/rules/acl.hpp"
#include "objectstore/s3/rules/ownership.hpp"
#include "objectstore/s3/service.hpp"
#include "objectstore/s3/wire/error.hpp"
#include "objectstore/s3/wire/xml_in.hpp"
#include "objectstore/s3/wire/xml_out.hpp"

namespace cumulet::objectstore::s3 {

class PayloadReader;

struct S3Call {
    api::StreamCall& http;
    const S3& s3;
    const Operation* operation = nullptr;
    Claim claim;
    std::shared_ptr<const AccessKey> key;  // null: nobody signed
    std::string bucket, object;            // names; empty where there is none
    Container container;                   // of the bucket, when it is there
    bool owns = false;                     // the caller may do everything in that account
    // By which ACLs know the caller: the project, and own_id(), when the caller's role is enough to act for it.
    std::vector<std::string> grantees;

    std::optional<http::Headers> other_headers;  // in place of those of the request: what an HTML form says

    const swift::Swift& swift() const { return s3.swift; }
    // Of what is asked for. Where the request came from (Origin, Referer) stands in http.
    const http::Headers& headers() const { return other_headers ? *other_headers : http.request().headers; }
    std::optional<std::string_view> header(std::string_view name) const { return headers().get(name); }
    // A header that is on or off; clients write "true" and "True".
    bool header_is_true(std::string_view name) const;
    std::optional<std::string> query(std::string_view name) const { return http.query(name); }
    std::string query_or(std::string_view name, std::string fallback) const {
        return query(name).value_or(std::move(fallback));
    }
    Timestamp now() const { return s3.swift.clock.now(); }
    // A transaction for reading.
    store::Transaction reading() const { return store::Transaction(s3.swift.store, {}); }

    bool anonymous() const { return !key; }
    const auth::Context& who() const { return *key->owner(); }  // not when anonymous
    // The caller's own account; empty when anonymous or not scoped to a project.
    std::string own_account() const;
    // The id that S3 shows for an account: the project's. It is the display name as well: who asks makes no difference.
    std::string canonical_id(std::string_view account) const;
    // That of the caller: the project's, or with Settings::as_swift "project:user". Empty when anonymous.
    std::string own_id() const;
    // That of a bucket's owner. With as_swift it is whoever made the bucket; one that was not made by S3 is of
    // whoever asks for the project.
    std::string owner_id(const Container& bucket) const;
    // Whether that is a name for the bucket's owner: as shown, or the project.
    bool is_owner(std::string_view id, const Container& bucket) const;

    // The bucket's row, guarded until the commit. Throws S3Error NoSuchBucket.
    Container guarded_container(store::Transaction& txn) const;
};

// The container that a bucket's name stands for: the caller's own, else that of the account whose bucket it is.
std::optional<Container> find_bucket(store::Transaction& txn, const std::string& own_account, const std::string& name);
// NoSuchBucket, or InvalidBucketName for what no bucket could be called.
S3Error no_such_bucket(const std::string& name);
// As new buckets may be called: 3 to 63 of a-z 0-9 - and lone dots, no address.
bool is_bucket_name(std::string_view name);

// Throws S3Error AccessDenied unless the caller may do `action` on `key` of call.container (empty: the bucket itself).
// `object_acl`, `object`: of the object concerned, where it is there: its ACL counts, not the bucket's, and its tags
// are what policies ask for.
void authorize(const S3Call& call, std::string_view action, Grant grant, const std::string& key,
               const std::string* object_acl = nullptr, const Object* object = nullptr);
bool is_allowed(const S3Call& call, std::string_view action, Grant grant, const std::string& key,
                const std::string* object_acl = nullptr, const Object* object = nullptr);
// As the bucket's owner set it; that of the writer where nothing was said.
Ownership ownership_of(const Container& container);
// Throws S3Error AccessDenied when a public access block forbids what `acl` would give.
void refuse_public(const S3Call& call, const AclList& acl);

// The whole body as a document with that root. Throws S3Error MalformedXML.
http::Task<XmlNode> document_of(S3Call& call, std::string_view root);
// The whole body, checked as the signature and Content-MD5 say. Throws S3Error.
http::Task<std::string> text_of(S3Call& call, std::size_t limit);
// The same from a reader of it that is there already.
http::Task<std::string> text_of(PayloadReader& payload, std::size_t limit);

api::Reply xml_reply(XmlOut& out, int status = 200);
api::Reply no_content();

}  // namespace cumulet::objectstore::s3
