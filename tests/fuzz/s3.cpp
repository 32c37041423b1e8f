// What S3 clients send: claims of signatures, chunked bodies, documents, policies. The first byte says which.
#include <cstdint>

#include "objectstore/s3/auth/chunks.hpp"
#include "objectstore/s3/rules/acl.hpp"
#include "objectstore/s3/rules/cors.hpp"
#include "objectstore/s3/rules/lifecycle.hpp"
#include "objectstore/s3/rules/lock.hpp"
#include "objectstore/s3/rules/policy.hpp"
#include "objectstore/s3/rules/tags.hpp"
#include "objectstore/s3/rules/website.hpp"
#include "objectstore/s3/wire/error.hpp"

using namespace cumulet;
using namespace cumulet::objectstore::s3;

namespace {

// The first line is the target, the others are headers.
void try_claim(const std::string& text) {
    http::Request request;
    const auto end = text.find('\n');
    request.target = text.substr(0, end);
    const auto mark = request.target.find('?');
    request.path = request.target.substr(0, mark);
    if (mark != std::string::npos) request.query = request.target.substr(mark + 1);
    for (auto at = end; at != std::string::npos;) {
        const auto next = text.find('\n', at + 1);
        const auto line = text.substr(at + 1, next == std::string::npos ? next : next - at - 1);
        if (const auto colon = line.find(':'); colon != std::string::npos)
            request.headers.add(line.substr(0, colon), line.substr(colon + 1));
        at = next;
    }
    const ClaimRules rules{.now = *parse_amz_date("20130524T000000Z"), .regions = {"us-east-1"}};
    const auto claim = read_claim(request, rules);
    if (claim.is_v4())
        v4_fits(request, claim, v4_signing_key("secret", claim));
    else
        v2_fits(request, claim, "secret", "bucket");
}

void try_chunks(const std::string& text, Payload payload) {
    Claim claim;
    claim.payload = payload;
    ChunkReader reader(claim, "key");
    char buffer[64];
    for (std::size_t at = 0; at < text.size() && !reader.done();)
        at += reader.decode(std::string_view(text).substr(at, 97), buffer).consumed;
}

void try_documents(const std::string& text) {
    const auto with = [&](const char* root, auto read) {
        try {
            read(parse_xml(text, root));
        } catch (const S3Error&) {
        }
    };
    with("CORSConfiguration", [](const XmlNode& node) { parse_cors(node); });
    with("LifecycleConfiguration", [](const XmlNode& node) { parse_lifecycle(node); });
    with("AccessControlPolicy", [](const XmlNode& node) { acl_of_document(node, "p"); });
    with("Tagging", [](const XmlNode& node) { tags_of_document(node, 10); });
    with("WebsiteConfiguration", [](const XmlNode& node) { parse_website(node); });
    with("ObjectLockConfiguration", [](const XmlNode& node) { parse_lock_rule(node); });
    with("Retention", [](const XmlNode& node) { retention_of_document(node, Timestamp{}); });
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const std::string text(reinterpret_cast<const char*>(data) + 1, size - 1);
    try {
        switch (data[0] % 5) {
            case 0:
                try_claim(text);
                break;
            case 1:
                try_chunks(text, Payload::unsigned_trailer);
                break;
            case 2:
                try_chunks(text, Payload::chunks);
                break;
            case 3:
                try_documents(text);
                break;
            case 4:
                parse_policy(text, "bucket")
                    .answer({.project = "p",
                             .user_id = {},
                             .user_name = {},
                             .action = "s3:GetObject",
                             .resource = "arn:aws:s3:::bucket/k",
                             .facts = {}});
                break;
        }
    } catch (const S3Error&) {
    }
    return 0;
}
