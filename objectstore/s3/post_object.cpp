// An object from an HTML form: its fields stand in place of headers, a signed policy in place of a signature.
#include "common/http/form_data.hpp"
#include "common/runtime/text.hpp"
#include "objectstore/s3/caller.hpp"
#include "objectstore/s3/object_headers.hpp"
#include "objectstore/s3/object_write.hpp"
#include "objectstore/s3/rules/post_policy.hpp"
#include "objectstore/s3/rules/tags.hpp"

namespace cumulet::objectstore::s3 {

namespace {

using api::Reply;

constexpr std::size_t kMaxFieldBytes = 20 * 1024;  // all fields before the file

// Fields that say what a header of a PUT says.
constexpr std::string_view kAsHeaders[] = {
    "content-type",     "content-md5",      "cache-control", "content-disposition",
    "content-encoding", "content-language", "expires"};
constexpr std::string_view kAmzHeaders[] = {
    "x-amz-acl",         "x-amz-grant-",    "x-amz-meta-",   "x-amz-server-side-encryption",    "x-amz-storage-class",
    "x-amz-object-lock", "x-amz-checksum-", "x-amz-tagging", "x-amz-website-redirect-location", "x-amz-sdk-checksum-"};

// The file of a form, as large as its policy wants it. Its end is that of the form: what comes behind it is dropped.
class FormFile final : public http::BodyReader {
public:
    FormFile(http::FormReader& form, std::uint64_t min_bytes, std::uint64_t max_bytes)
        : form_(form), min_bytes_(min_bytes), max_bytes_(max_bytes) {}
    http::Task<std::size_t> read(std::span<char> buffer) override {
        const auto count = co_await form_.read(buffer);
        length_ += count;
        if (length_ > max_bytes_) throw S3Error("EntityTooLarge");
        if (count > 0) co_return count;
        if (length_ < min_bytes_) throw S3Error("EntityTooSmall");
        while (co_await form_.next()) {
        }
        co_return 0;
    }

private:
    http::FormReader& form_;
    const std::uint64_t min_bytes_, max_bytes_;
    std::uint64_t length_ = 0;
};

S3Error missing(const std::string& name) {
    return S3Error("InvalidArgument", "Bucket POST must contain a field named '" + name +
                                          "'. If it is specified, please check the order of the fields.")
        .with("ArgumentName", name);
}

// Stops in front of the file's data.
http::Task<http::FormPart> read_fields(http::FormReader& form, FormFields& fields) {
    std::size_t bytes = 0;
    for (;;) {
        auto part = co_await form.next();
        if (!part) throw S3Error("InvalidArgument", "POST requires exactly one file upload per request.");
        auto name = text::to_lower(part->name);
        if (name == "file") co_return std::move(*part);
        auto value = co_await form.read_text(kMaxFieldBytes);
        bytes += name.size() + value.size();
        if (bytes > kMaxFieldBytes) throw S3Error("MaxPostPreDataLengthExceededError");
        if (!text::is_utf8(value) || std::any_of(value.begin(), value.end(), [&](char c) {
                return static_cast<unsigned char>(c) < ' ' && (name != "tagging" || c == '\0');
            }))
            throw S3Error("InvalidArgument", "A field holds characters that it cannot hold.")
                .with("ArgumentName", name);
        if (!fields.emplace(name, std::move(value)).second)
            throw S3Error("InvalidArgument", "POST requires exactly one of each field.").with("ArgumentName", name);
    }
}

// Only the name of the file on the client's machine.
std::string key_of(const FormFields& fields, const http::FormPart& file) {
    constexpr std::string_view kVariable = "${filename}";
    const auto found = fields.find("key");
    if (found == fields.end() || found->second.empty()) throw missing("key");
    auto key = found->second;
    auto name = file.filename.value_or("");
    if (const auto slash = name.find_last_of("/\\"); slash != std::string::npos) name.erase(0, slash + 1);
    for (auto at = key.find(kVariable); at != std::string::npos; at = key.find(kVariable, at + name.size()))
        key.replace(at, kVariable.size(), name);
    if (key.empty()) throw missing("key");
    if (!text::is_utf8(key) || key.find('\0') != std::string::npos) throw S3Error("InvalidURI");
    return key;
}

http::Headers headers_of(const FormFields& fields) {
    http::Headers headers;
    for (const auto& [name, value] : fields) {
        const bool is_amz = std::any_of(std::begin(kAmzHeaders), std::end(kAmzHeaders),
                                        [&](std::string_view each) { return name.starts_with(each); });
        if (is_amz || std::find(std::begin(kAsHeaders), std::end(kAsHeaders), name) != std::end(kAsHeaders))
            headers.set(name, value);
    }
    if (const auto acl = fields.find("acl"); acl != fields.end()) headers.set("x-amz-acl", acl->second);
    if (const auto tags = fields.find("tagging"); tags != fields.end())
        headers.set("x-amz-tagging",
                    query_of_tags(tags_of_document(parse_xml(tags->second, "Tagging"), kMaxObjectTags)));
    return headers;
}

// A policy binds whoever signed it; without one the bucket must be open to all.
http::Task<PostPolicy> prove(S3Call& call, const FormFields& fields) {
    const auto claim = read_form_claim(fields, {.now = call.now(), .regions = call.s3.settings.regions});
    if (!claim) co_return PostPolicy{};
    const auto& sent = fields.at("policy");
    co_await authenticate(call, *claim, sent);
    const auto text = text::from_base64(sent);
    if (!text) throw S3Error("InvalidPolicyDocument", "Invalid Policy: It is not in base64.");
    auto policy = parse_post_policy(*text);
    check_form(policy, fields, call.now());
    co_return policy;
}

std::string url_of(const S3Call& call) {
    return call.http.base_url() + "/" + call.bucket + "/" + text::percent_encode(call.object, "/");
}

Reply answer(const S3Call& call, const FormFields& fields, const Object& object) {
    const auto field = [&](const char* name) {
        const auto found = fields.find(name);
        return found == fields.end() ? std::string() : found->second;
    };
    auto page = field("success_action_redirect");
    if (page.empty()) page = field("redirect");
    const auto etag = quoted_etag(object);
    if (page.starts_with("http://") || page.starts_with("https://")) {
        Reply reply = Reply::empty(303);
        page += page.find('?') == std::string::npos ? '?' : '&';
        page += "bucket=" + text::percent_encode(call.bucket) + "&key=" + text::percent_encode(call.object) +
                "&etag=" + text::percent_encode(etag);
        reply.response().headers.set("Location", page);
        return reply;
    }
    const auto status = field("success_action_status");
    Reply reply = status == "200" ? Reply::empty(200) : no_content();
    if (status == "201") {
        XmlOut out("PostResponse", true);
        out.add("Location", url_of(call)).add("Bucket", call.bucket).add("Key", call.object).add("ETag", etag);
        reply = xml_reply(out, 201);
    }
    reply.response().headers.set("Location", url_of(call));
    show_written(call, object, reply.response().headers);
    return reply;
}

http::Task<Reply> take_form(S3Call& call) {
    const auto boundary = http::form_boundary(call.http.header("Content-Type").value_or(""));
    if (!boundary) throw S3Error("PreconditionFailed", "Bucket POST must be of the enclosure-type multipart/form-data");
    http::FormReader form(call.http.body_stream(), *boundary);
    FormFields fields;
    const auto part = co_await read_fields(form, fields);
    fields["bucket"] = call.bucket;
    fields["key"] = call.object = key_of(fields, part);
    if (call.object.size() > call.s3.settings.max_key_bytes) throw S3Error("KeyTooLongError");
    call.other_headers = headers_of(fields);
    const auto policy = co_await prove(call, fields);
    find_container(call);
    find_rights(call);
    authorize(call, "s3:PutObject", Grant::write, call.object);
    FormFile file(form, policy.min_bytes, policy.max_bytes);
    PayloadReader payload(call, file);
    const auto object = co_await put_payload(call, payload);
    co_return answer(call, fields, object);
}

}  // namespace

http::Task<Reply> post_object(S3Call& call) {
    try {
        co_return co_await take_form(call);
    } catch (const http::BodyError& error) {
        if (error.status != 400) throw;
        throw S3Error("MalformedPOSTRequest", error.what());
    }
}

}  // namespace cumulet::objectstore::s3
