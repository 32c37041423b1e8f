// ETags in quotes, as RFC 9110 wants them and Swift's own clients do not: by account or container
// (X-Account-Rfc-Compliant-Etags, X-Container-Rfc-Compliant-Etags).
#pragma once

#include "objectstore/swift/call.hpp"
#include "objectstore/swift/service.hpp"

namespace cumulet::objectstore {
struct Container;
}

namespace cumulet::objectstore::swift {

// What a PUT or POST says; `kind` is "Account" or "Container".
void update_quoted_etags(const SwiftCall& call, std::string_view kind, std::optional<bool>& quoted);
void show_quoted_etags(std::string_view kind, const std::optional<bool>& quoted, http::Headers& headers);
// Whether ETags of this container's objects are to be quoted.
bool wants_quotes(const Swift& swift, store::Transaction& txn, const Container& container);
void quote_etag(http::Headers& headers);

}  // namespace cumulet::objectstore::swift
