#include "objectstore/swift/quoted_etags.hpp"

#include "common/store/transaction.hpp"
#include "objectstore/model/account.hpp"
#include "objectstore/model/container.hpp"
#include "objectstore/swift/metadata.hpp"

namespace cumulet::objectstore::swift {

namespace {

std::string header_of(std::string_view kind) { return fmt::format("X-{}-Rfc-Compliant-Etags", kind); }

}  // namespace

void update_quoted_etags(const SwiftCall& call, std::string_view kind, std::optional<bool>& quoted) {
    if (const auto sent = call.header(header_of(kind))) {
        quoted.reset();
        if (!sent->empty()) quoted = says_true(*sent);
    }
    const auto removal = call.header(fmt::format("X-Remove-{}-Rfc-Compliant-Etags", kind));
    if (removal && !removal->empty()) quoted.reset();
}

void show_quoted_etags(std::string_view kind, const std::optional<bool>& quoted, http::Headers& headers) {
    if (quoted) headers.set(header_of(kind), *quoted ? "True" : "False");
}

bool wants_quotes(const Swift& swift, store::Transaction& txn, const Container& container) {
    if (container.quoted_etags) return *container.quoted_etags;
    if (!swift.accounts_quote_etags) return false;
    const auto account = txn.peek<Account>(container.account);
    return account && account->quoted_etags.value_or(false);
}

void quote_etag(http::Headers& headers) {
    const auto etag = headers.get("Etag");
    if (!etag || (etag->ends_with('"') && (etag->starts_with('"') || etag->starts_with("W/\"")))) return;
    headers.set("Etag", fmt::format("\"{}\"", *etag));
}

}  // namespace cumulet::objectstore::swift
