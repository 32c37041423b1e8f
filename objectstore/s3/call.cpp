#include "objectstore/s3/call.hpp"

#include "common/runtime/text.hpp"
#include "objectstore/s3/bucket_name.hpp"
#include "objectstore/s3/payload.hpp"
#include "objectstore/swift/tempauth.hpp"
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

std::string S3Call::own_id() const {
    if (anonymous()) return "";
    if (!s3.settings.as_swift) return canonical_id(own_account());
    const auto& user = who();
    if (swift::is_tempauth(user)) return user.user_id;
    // Names are only sure within the default domain.
    if (user.project_domain_id == "default" && user.user_domain_id == "default")
        return user.project_name + ":" + user.user_name;
    return user.project_id + ":" + user.user_id;
}

std::string S3Call::owner_id(const Container& bucket) const {
    if (s3.settings.as_swift) {
        if (const auto maker = bucket.system.find("owner"); maker != bucket.system.end()) return maker->second;
        if (bucket.account == own_account()) return own_id();
    }
    return canonical_id(bucket.account);
}

bool S3Call::is_owner(std::string_view id, const Container& bucket) const {
    return id == owner_id(bucket) || id == canonical_id(bucket.account);
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

namespace {

bool is_address(std::string_view name) {
    int dots = 0;
    for (const char c : name) {
        if (c == '.')
            ++dots;
        else if (c < '0' || c > '9')
            return false;
    }
    return dots == 3;
}

}  // namespace

bool is_bucket_name(std::string_view name) {
    const auto alnum = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
    if (name.size() < 3 || name.size() > 63 || is_address(name)) return false;
    for (std::size_t i = 0; i < name.size(); ++i) {
        const char c = name[i];
        const bool edge = i == 0 || i + 1 == name.size();
        if (!alnum(c) && (edge || (c != '-' && (c != '.' || name[i - 1] == '.')))) return false;
    }
    return true;
}

S3Error no_such_bucket(const std::string& name) {
    if (!is_bucket_name(name)) return S3Error("InvalidBucketName").with("BucketName", name);
    return S3Error("NoSuchBucket").with("BucketName", name);
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
