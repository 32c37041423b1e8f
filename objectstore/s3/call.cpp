#include "objectstore/s3/call.hpp"

#include "common/runtime/text.hpp"
#include "objectstore/s3/bucket_name.hpp"
#include "objectstore/s3/payload.hpp"
#include "objectstore/swift/upload.hpp"

namespace cumulet::objectstore::s3 {

std::string S3Call::own_account() const {
    if (anonymous() || who().project_id.empty()) return "";
    return swift().settings.account_prefix + who().project_id;
}

std::string S3Call::canonical_id(std::string_view account) const {
    const auto& prefix = swift().settings.account_prefix;
    return std::string(account.starts_with(prefix) ? account.substr(prefix.size()) : account);
}

bool S3Call::header_is_true(std::string_view name) const { return text::iequals(header(name).value_or(""), "true"); }

Container S3Call::guarded_container(store::Transaction& txn) const {
    auto found = txn.get<Container>(container.account, container.name);
    if (!found) throw S3Error("NoSuchBucket").with("BucketName", bucket);
    return std::move(*found);
}

std::optional<Container> find_bucket(store::Transaction& txn, const std::string& own_account, const std::string& name) {
    if (!own_account.empty())
        if (auto own = txn.peek<Container>(own_account, name)) return own;
    if (const auto claim = txn.peek<BucketName>(name)) return txn.peek<Container>(claim->account, name);
    return std::nullopt;
}

http::Task<std::string> text_of(S3Call& call, std::size_t limit) {
    PayloadReader payload(call);
    co_return co_await text_of(payload, limit);
}

http::Task<std::string> text_of(PayloadReader& payload, std::size_t limit) {
    if (payload.length().value_or(0) > limit) throw S3Error("MaxMessageLengthExceeded");
    std::string text;
    std::string piece(16 * 1024, '\0');
    while (const auto count = co_await payload.read(piece)) {
        if (text.size() + count > limit) throw S3Error("MaxMessageLengthExceeded");
        text.append(piece, 0, count);
    }
    co_await payload.finish(swift::md5_of(text));
    co_return text;
}

http::Task<XmlNode> document_of(S3Call& call, std::string_view root) {
    const auto text = co_await text_of(call, call.s3.settings.max_document_bytes);
    co_return parse_xml(text, root);
}

api::Reply xml_reply(XmlOut& out, int status) { return api::Reply::text(status, out.take(), "application/xml"); }

api::Reply no_content() { return api::Reply::empty(204); }

}  // namespace cumulet::objectstore::s3
