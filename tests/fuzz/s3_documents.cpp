// Documents that S3 clients put: XML of all kinds, bucket policies. The first byte says which.
#include <cstdint>
#include <cstdlib>

#include "objectstore/s3/rules/acl.hpp"
#include "objectstore/s3/rules/cors.hpp"
#include "objectstore/s3/rules/lifecycle.hpp"
#include "objectstore/s3/rules/lock.hpp"
#include "objectstore/s3/rules/ownership.hpp"
#include "objectstore/s3/rules/policy.hpp"
#include "objectstore/s3/rules/public_access.hpp"
#include "objectstore/s3/rules/tags.hpp"
#include "objectstore/s3/rules/website.hpp"
#include "objectstore/s3/wire/error.hpp"
#include "objectstore/s3/wire/xml_out.hpp"

using namespace cumulet;
using namespace cumulet::objectstore::s3;

namespace {

void must(bool condition) {
    if (!condition) std::abort();
}

std::string rendered(const XmlNode& node) {
    XmlOut out(node.name);
    for (const auto& each : node.children) out.add(each);
    return out.take();
}

void try_documents(const std::string& text) {
    const auto with = [&](const char* root, auto read) {
        try {
            const auto node = parse_xml(text, root);
            // What is written as it was read reads as the same.
            const auto once = rendered(parse_xml(rendered(node), root));
            must(once == rendered(node));
            read(node);
        } catch (const S3Error&) {
        }
    };
    with("CORSConfiguration", [](const XmlNode& node) { parse_cors(node); });
    with("LifecycleConfiguration", [](const XmlNode& node) { parse_lifecycle(node); });
    with("AccessControlPolicy",
         [](const XmlNode& node) { must(AclList::from_text(acl_of_document(node, "p").text()).owner == "p"); });
    with("Tagging", [](const XmlNode& node) { tags_of_document(node, 10); });
    with("WebsiteConfiguration", [](const XmlNode& node) { parse_website(node); });
    with("ObjectLockConfiguration", [](const XmlNode& node) { parse_lock_rule(node); });
    with("OwnershipControls", [](const XmlNode& node) { parse_ownership(node); });
    with("PublicAccessBlockConfiguration", [](const XmlNode& node) { parse_public_access(node); });
    with("Retention", [](const XmlNode& node) { retention_of_document(node, Timestamp{}); });
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const std::string text(reinterpret_cast<const char*>(data) + 1, size - 1);
    try {
        if (data[0] == 'x') {
            try_documents(text);
        } else if (data[0] == 'p') {
            parse_policy(text, "bucket")
                .answer({.project = "p",
                         .user_id = {},
                         .user_name = {},
                         .action = "s3:GetObject",
                         .resource = "arn:aws:s3:::bucket/k",
                         .facts = {}});
        } else {
            return -1;
        }
    } catch (const S3Error&) {
    }
    return 0;
}
