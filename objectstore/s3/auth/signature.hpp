// What a request says about who signed it, and whether a secret gives that signature. Free of I/O and of state.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/http/message.hpp"
#include "common/runtime/clock.hpp"

namespace cumulet::objectstore::s3 {

enum class Scheme { anonymous, v4_header, v4_query, v2_header, v2_query };

// How the body is covered by the signature.
enum class Payload {
    hashed,            // its SHA-256 is part of what was signed
    not_signed,        // UNSIGNED-PAYLOAD, and all of V2
    chunks,            // STREAMING-AWS4-HMAC-SHA256-PAYLOAD
    chunks_trailer,    // STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER
    unsigned_trailer,  // STREAMING-UNSIGNED-PAYLOAD-TRAILER
};

// As claimed; nothing is proved yet.
struct Claim {
    Scheme scheme = Scheme::anonymous;
    std::string access;
    std::string signature;
    // V4:
    std::string scope_date, region;                 // "20261122", "us-east-1"
    std::string date;                               // "20261122T024812Z"
    std::vector<std::string> signed_headers;        // lower case
    std::string payload_hash = "UNSIGNED-PAYLOAD";  // as it stands in what was signed
    Payload payload = Payload::not_signed;

    bool is_v4() const { return scheme == Scheme::v4_header || scheme == Scheme::v4_query; }
    std::string scope() const { return scope_date + "/" + region + "/s3/aws4_request"; }
};

struct ClaimRules {
    Timestamp now{};
    std::vector<std::string> regions;  // those that a V4 scope may name; the first is told to who names another
};

// Throws S3Error for what is malformed, too old, from the future, of another region or service, or leaves headers
// unsigned that must be signed.
Claim read_claim(const http::Request& request, const ClaimRules& rules);

// Of an HTML form that uploads: its fields, names in lower case. What is signed is the policy as it stands in the form
// (AccessKey::signed_policy); it says itself until when it holds. nullopt: nobody signed. Throws S3Error.
std::optional<Claim> read_form_claim(const std::map<std::string, std::string>& fields, const ClaimRules& rules);

// The key that signs for one day, region and service.
std::string v4_signing_key(std::string_view secret, const Claim& claim);
std::string v4_canonical_request(const http::Request& request, const Claim& claim);
std::string v4_string_to_sign(const http::Request& request, const Claim& claim);
bool v4_fits(const http::Request& request, const Claim& claim, std::string_view signing_key);

// `bucket`: of a virtual-host request, else empty.
std::string v2_string_to_sign(const http::Request& request, const Claim& claim, std::string_view bucket);
bool v2_fits(const http::Request& request, const Claim& claim, std::string_view secret, std::string_view bucket);

// The path as it was sent, escapes included.
std::string_view raw_path(const http::Request& request);

// "20261122T024812Z".
std::optional<Timestamp> parse_amz_date(std::string_view text);

}  // namespace cumulet::objectstore::s3
