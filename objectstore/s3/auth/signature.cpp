#include "objectstore/s3/auth/signature.hpp"

#include <algorithm>
#include <charconv>
#include <map>

#include "common/runtime/text.hpp"
#include "objectstore/s3/auth/hmac.hpp"
#include "objectstore/s3/wire/error.hpp"
#include "objectstore/s3/wire/sent_date.hpp"

namespace cumulet::objectstore::s3 {

namespace {

constexpr std::string_view kAlgorithm = "AWS4-HMAC-SHA256";
constexpr auto kSkew = std::chrono::minutes(15);
constexpr std::int64_t kLongestLife = 7 * 24 * 3600;
constexpr std::int64_t kLastExpiry = INT32_MAX;  // of version 2: as AWS has it

using Items = std::vector<std::pair<std::string, std::string>>;

const std::string* find(const Items& items, std::string_view name) {
    for (const auto& [key, value] : items)
        if (key == name) return &value;
    return nullptr;
}

bool is_hex64(std::string_view text) {
    return text.size() == 64 && std::all_of(text.begin(), text.end(), [](char c) {
               return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
           });
}

// A header that decides about the signature must not come twice: two readers might choose differently.
std::optional<std::string_view> single(const http::Headers& headers, std::string_view name) {
    const auto all = headers.all(name);
    if (all.size() > 1)
        throw S3Error("InvalidRequest", "The header " + std::string(name) + " is given more than once.");
    return all.empty() ? std::nullopt : std::optional(all.front());
}

S3Error no_date() { return S3Error("AccessDenied", "AWS authentication requires a valid Date or x-amz-date header"); }

std::optional<std::string_view> only_date(const http::Headers& headers, std::string_view name) {
    const auto all = headers.all(name);
    if (all.size() > 1) throw no_date();
    return all.empty() ? std::nullopt : std::optional(all.front());
}

void check_skew(Timestamp time, Timestamp now) {
    if (time > now + kSkew || time < now - kSkew)
        throw S3Error("RequestTimeTooSkewed")
            .with("RequestTime", to_iso_seconds(time))
            .with("ServerTime", to_iso_seconds(now));
}

// access/20261122/region/s3/aws4_request; the access id may hold slashes.
void read_credential(std::string_view credential, const ClaimRules& rules, Claim& claim, bool query) {
    const auto malformed = [&](const std::string& why) {
        return query ? S3Error("AuthorizationQueryParametersError", why) : S3Error("AuthorizationHeaderMalformed", why);
    };
    auto parts = text::split(credential, '/');
    if (parts.size() < 5) throw malformed("The credential must be of the form access/date/region/s3/aws4_request.");
    const auto n = parts.size();
    if (parts[n - 1] != "aws4_request") throw malformed("The credential does not end with aws4_request.");
    if (parts[n - 2] != "s3") throw malformed("The service of the credential is not s3.");
    claim.region = parts[n - 3];
    claim.scope_date = parts[n - 4];
    claim.access = credential.substr(0, static_cast<std::size_t>(parts[n - 4].data() - credential.data()) - 1);
    if (claim.access.empty() || claim.scope_date.size() != 8) throw malformed("The credential is incomplete.");
    if (std::find(rules.regions.begin(), rules.regions.end(), claim.region) == rules.regions.end())
        throw malformed("The region '" + claim.region + "' is wrong; expecting '" + rules.regions.front() + "'")
            .with("Region", rules.regions.front());
}

void read_payload(std::string_view hash, Claim& claim) {
    claim.payload_hash = hash;
    if (hash == "UNSIGNED-PAYLOAD")
        claim.payload = Payload::not_signed;
    else if (hash == "STREAMING-AWS4-HMAC-SHA256-PAYLOAD")
        claim.payload = Payload::chunks;
    else if (hash == "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER")
        claim.payload = Payload::chunks_trailer;
    else if (hash == "STREAMING-UNSIGNED-PAYLOAD-TRAILER")
        claim.payload = Payload::unsigned_trailer;
    else if (is_hex64(hash))
        claim.payload = Payload::hashed;
    else
        throw S3Error("InvalidArgument",
                      "x-amz-content-sha256 must be UNSIGNED-PAYLOAD, a known STREAMING value or a "
                      "valid sha256 value.")
            .with("ArgumentName", "x-amz-content-sha256");
}

void read_signed_headers(std::string_view list, const http::Request& request, Claim& claim) {
    for (const auto name : text::split(list, ';')) {
        const bool is_token =
            std::all_of(name.begin(), name.end(), [](char c) { return c > ' ' && c < 127 && c != ':'; });
        if (name.empty() || !is_token) throw S3Error("AccessDenied", "SignedHeaders names what is no header.");
        claim.signed_headers.push_back(text::to_lower(name));
    }
    const auto is_signed = [&](std::string_view name) {
        return std::find(claim.signed_headers.begin(), claim.signed_headers.end(), name) != claim.signed_headers.end();
    };
    if (!is_signed("host"))
        throw S3Error("AccessDenied", "The Host header must be signed.").with("HeadersNotSigned", "host");
    for (const auto& [name, value] : request.headers) {
        const auto lower = text::to_lower(name);
        if (lower.starts_with("x-amz-") && !is_signed(lower))
            throw S3Error("AccessDenied", "There were headers present in the request which were not signed")
                .with("HeadersNotSigned", lower);
    }
}

std::map<std::string_view, std::string_view> fields_of(std::string_view text) {
    std::map<std::string_view, std::string_view> fields;
    for (auto each : text::split(text, ',')) {
        each = text::trim(each);
        const auto equals = each.find('=');
        if (equals == std::string_view::npos || !fields.emplace(each.substr(0, equals), each.substr(equals + 1)).second)
            throw S3Error("AuthorizationHeaderMalformed");
    }
    return fields;
}

Claim read_v4_header(std::string_view authorization, const http::Request& request, const ClaimRules& rules) {
    Claim claim{.scheme = Scheme::v4_header};
    const auto fields = fields_of(authorization.substr(kAlgorithm.size()));
    for (const auto* name : {"Credential", "SignedHeaders", "Signature"})
        if (!fields.contains(name))
            throw S3Error("AuthorizationHeaderMalformed", std::string("The authorization header has no ") + name + ".");
    read_credential(fields.at("Credential"), rules, claim, false);
    claim.signature = fields.at("Signature");
    const auto sent = only_date(request.headers, "x-amz-date");
    std::optional<Timestamp> time;
    if (sent) {
        claim.date = *sent;
        time = parse_amz_date(*sent);
    } else if (const auto date = only_date(request.headers, "Date")) {
        time = parse_http_date(*date);
        if (!time) time = parse_amz_date(*date);
        if (time) {
            auto text = to_iso_seconds(*time);
            std::erase_if(text, [](char c) { return c == '-' || c == ':'; });
            claim.date = text;
        }
    }
    if (!time) throw no_date();
    check_skew(*time, rules.now);
    if (!claim.date.starts_with(claim.scope_date))
        throw S3Error("SignatureDoesNotMatch", "The date of the credential is not that of the request.");
    const auto hash = single(request.headers, "x-amz-content-sha256");
    if (!hash) throw S3Error("InvalidRequest", "Missing required header for this request: x-amz-content-sha256");
    read_payload(*hash, claim);
    read_signed_headers(fields.at("SignedHeaders"), request, claim);
    return claim;
}

Claim read_v4_query(const Items& query, const http::Request& request, const ClaimRules& rules) {
    Claim claim{.scheme = Scheme::v4_query};
    const auto need = [&](std::string_view name) -> const std::string& {
        const auto* value = find(query, name);
        if (!value)
            throw S3Error("AuthorizationQueryParametersError",
                          "Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, "
                          "X-Amz-Signature, X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters.");
        return *value;
    };
    if (need("X-Amz-Algorithm") != kAlgorithm)
        throw S3Error("AuthorizationQueryParametersError", "X-Amz-Algorithm only supports \"AWS4-HMAC-SHA256\"");
    read_credential(need("X-Amz-Credential"), rules, claim, true);
    claim.signature = need("X-Amz-Signature");
    claim.date = need("X-Amz-Date");
    const auto time = parse_amz_date(claim.date);
    if (!time)
        throw S3Error("AuthorizationQueryParametersError", "X-Amz-Date must be in the form \"yyyyMMdd'T'HHmmss'Z'\"");
    const auto& life = need("X-Amz-Expires");
    std::int64_t seconds = -1;
    const auto read = std::from_chars(life.data(), life.data() + life.size(), seconds);
    if (read.ec != std::errc{} || read.ptr != life.data() + life.size())
        throw S3Error("AuthorizationQueryParametersError", "X-Amz-Expires should be a number");
    if (seconds < 0) throw S3Error("AuthorizationQueryParametersError", "X-Amz-Expires must be non-negative");
    if (seconds > kLongestLife)
        throw S3Error("AuthorizationQueryParametersError",
                      "X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be "
                      "less than 604800 seconds");
    if (*time > rules.now + kSkew) throw S3Error("AccessDenied", "Request is not valid yet");
    if (seconds == 0 || *time + std::chrono::seconds(seconds) < rules.now)
        throw S3Error("AccessDenied", "Request has expired");
    if (!claim.date.starts_with(claim.scope_date))
        throw S3Error("AuthorizationQueryParametersError", "Invalid credential date");
    if (const auto hash = single(request.headers, "x-amz-content-sha256"))
        read_payload(*hash, claim);
    else if (const auto* in_query = find(query, "X-Amz-Content-Sha256"))
        read_payload(*in_query, claim);
    read_signed_headers(need("X-Amz-SignedHeaders"), request, claim);
    return claim;
}

std::string field_of(const std::map<std::string, std::string>& fields, const std::string& name) {
    const auto found = fields.find(name);
    return found == fields.end() ? "" : found->second;
}

Claim read_v2_header(std::string_view authorization, const http::Request& request, const ClaimRules& rules) {
    Claim claim{.scheme = Scheme::v2_header};
    const auto rest = authorization.substr(4);
    const auto colon = rest.rfind(':');
    if (colon == std::string_view::npos || colon == 0)
        throw S3Error("InvalidArgument", "AWS authorization header is invalid. Expected AwsAccessKeyId:signature");
    claim.access = rest.substr(0, colon);
    claim.signature = rest.substr(colon + 1);
    auto date = only_date(request.headers, "x-amz-date");
    if (!date) date = only_date(request.headers, "Date");
    const auto time = sent_date(date.value_or(""));
    if (!time || *time < Timestamp{}) throw no_date();
    check_skew(*time, rules.now);
    return claim;
}

Claim read_v2_query(const Items& query, const ClaimRules& rules) {
    Claim claim{.scheme = Scheme::v2_query};
    const auto* access = find(query, "AWSAccessKeyId");
    const auto* signature = find(query, "Signature");
    const auto* expires = find(query, "Expires");
    if (!access || !signature || !expires)
        throw S3Error("AccessDenied",
                      "Query-string authentication requires the Signature, Expires and AWSAccessKeyId "
                      "parameters");
    claim.access = *access;
    claim.signature = *signature;
    claim.date = *expires;
    std::int64_t seconds = 0;
    const auto read = std::from_chars(expires->data(), expires->data() + expires->size(), seconds);
    if (read.ec != std::errc{} || read.ptr != expires->data() + expires->size() || seconds > kLastExpiry)
        throw S3Error("AccessDenied", "Invalid date (should be seconds since epoch)");
    const auto now = std::chrono::duration_cast<std::chrono::seconds>(rules.now.time_since_epoch()).count();
    if (seconds < now) throw S3Error("AccessDenied", "Request has expired");
    return claim;
}

// Runs of blanks count as one.
std::string squeezed(std::string_view value) {
    std::string out;
    for (const char c : text::trim(value)) {
        if (c == ' ' && !out.empty() && out.back() == ' ') continue;
        out += c;
    }
    return out;
}

std::string canonical_query(const http::Request& request, bool presigned) {
    std::vector<std::pair<std::string, std::string>> items;
    for (const auto& [name, value] : http::parse_query(request.query)) {
        if (presigned && name == "X-Amz-Signature") continue;
        items.emplace_back(text::percent_encode(name), text::percent_encode(value));
    }
    std::sort(items.begin(), items.end());
    std::string out;
    for (const auto& [name, value] : items) out += (out.empty() ? "" : "&") + name + "=" + value;
    return out;
}

std::string canonical_path(std::string_view raw) {
    const auto decoded = text::percent_decode(raw);
    return decoded ? text::percent_encode(*decoded, "/") : std::string(raw);
}

std::string canonical_request(const http::Request& request, const Claim& claim, std::string_view path) {
    std::string text(request.method_text);
    if (text.empty()) text = http::to_string(request.method);
    text += '\n';
    text += path;
    text += '\n' + canonical_query(request, claim.scheme == Scheme::v4_query) + '\n';
    std::string names;
    for (const auto& name : claim.signed_headers) {
        std::string values;
        bool first = true;
        for (const auto value : request.headers.all(name)) {
            if (!std::exchange(first, false)) values += ',';
            values += squeezed(value);
        }
        text += name + ':' + values + '\n';
        names += (names.empty() ? "" : ";") + name;
    }
    return text + '\n' + names + '\n' + claim.payload_hash;
}

std::string string_to_sign(const Claim& claim, std::string_view canonical) {
    return std::string(kAlgorithm) + '\n' + claim.date + '\n' + claim.scope() + '\n' +
           text::to_hex(digest_of(Hash::sha256, canonical));
}

// Query parameters that V2 signs.
constexpr std::string_view kSubresources[] = {"accelerate",
                                              "acl",
                                              "append",
                                              "cors",
                                              "defaultObjectAcl",
                                              "delete",
                                              "encryption",
                                              "legal-hold",
                                              "lifecycle",
                                              "location",
                                              "logging",
                                              "notification",
                                              "object-lock",
                                              "partNumber",
                                              "policy",
                                              "policyStatus",
                                              "position",
                                              "publicAccessBlock",
                                              "replication",
                                              "requestPayment",
                                              "response-cache-control",
                                              "response-content-disposition",
                                              "response-content-encoding",
                                              "response-content-language",
                                              "response-content-type",
                                              "response-expires",
                                              "restore",
                                              "retention",
                                              "storageClass",
                                              "tagging",
                                              "torrent",
                                              "uploadId",
                                              "uploads",
                                              "versionId",
                                              "versioning",
                                              "versions",
                                              "website"};

std::string v2_text(const http::Request& request, const Claim& claim, std::string_view bucket, std::string_view path) {
    const auto value = [&](std::string_view name) { return request.headers.value_or(name, ""); };
    std::string date = request.headers.has("x-amz-date") ? "" : value("Date");
    if (claim.scheme == Scheme::v2_query) date = claim.date;
    std::string text(request.method_text.empty() ? http::to_string(request.method) : request.method_text);
    text += '\n' + value("Content-MD5") + '\n' + value("Content-Type") + '\n' + date + '\n';
    std::map<std::string, std::string> amz;
    for (const auto& [name, each] : request.headers) {
        const auto lower = text::to_lower(name);
        if (!lower.starts_with("x-amz-")) continue;
        auto& joined = amz[lower];
        joined += (joined.empty() ? "" : ",") + std::string(text::trim(each));
    }
    for (const auto& [name, each] : amz) text += name + ':' + each + '\n';
    if (!bucket.empty()) text += "/" + std::string(bucket);
    text += path;
    std::map<std::string, std::string> signed_query;
    for (const auto& [name, each] : http::parse_query(request.query))
        if (std::find(std::begin(kSubresources), std::end(kSubresources), name) != std::end(kSubresources))
            signed_query[name] = each;
    char separator = '?';
    for (const auto& [name, each] : signed_query) {
        text += std::exchange(separator, '&') + name;
        if (!each.empty()) text += '=' + each;
    }
    return text;
}

}  // namespace

std::string_view raw_path(const http::Request& request) {
    std::string_view target = request.target;
    // To a proxy, and by right to anybody, a request names its whole URL.
    if (!target.starts_with('/'))
        if (const auto scheme = target.find("://"); scheme != std::string_view::npos) {
            const auto slash = target.find('/', scheme + 3);
            target = slash == std::string_view::npos ? "/" : target.substr(slash);
        }
    return target.substr(0, target.find('?'));
}

std::optional<Timestamp> parse_amz_date(std::string_view text) {
    if (text.size() != 16 || text[8] != 'T' || text[15] != 'Z') return std::nullopt;
    const std::string t(text);
    return parse_iso(t.substr(0, 4) + "-" + t.substr(4, 2) + "-" + t.substr(6, 2) + "T" + t.substr(9, 2) + ":" +
                     t.substr(11, 2) + ":" + t.substr(13, 2) + "Z");
}

Claim read_claim(const http::Request& request, const ClaimRules& rules) {
    const auto authorization = single(request.headers, "Authorization");
    if (single(request.headers, "Host") && authorization) {
        if (authorization->starts_with(kAlgorithm)) return read_v4_header(*authorization, request, rules);
        if (authorization->starts_with("AWS ")) return read_v2_header(*authorization, request, rules);
    }
    if (authorization) throw S3Error("InvalidArgument", "Unsupported Authorization Type");
    if (request.query.empty()) return {};
    const auto query = http::parse_query(request.query);
    if (find(query, "X-Amz-Algorithm") || find(query, "X-Amz-Signature")) return read_v4_query(query, request, rules);
    if (find(query, "AWSAccessKeyId") || find(query, "Signature")) return read_v2_query(query, rules);
    return {};
}

std::optional<Claim> read_form_claim(const std::map<std::string, std::string>& fields, const ClaimRules& rules) {
    const auto missing = [](const char* name) {
        return S3Error("InvalidArgument", std::string("Bucket POST must contain a field named '") + name +
                                              "'. If it is specified, please check the order of the fields.");
    };
    const bool v4 = fields.contains("x-amz-signature") || fields.contains("x-amz-algorithm");
    const bool v2 = fields.contains("signature") || fields.contains("awsaccesskeyid");
    if (!v4 && !v2 && !fields.contains("policy")) return std::nullopt;
    if (!fields.contains("policy")) throw missing("policy");
    Claim claim{.scheme = v4 ? Scheme::v4_query : Scheme::v2_query};
    claim.signature = field_of(fields, v4 ? "x-amz-signature" : "signature");
    if (claim.signature.empty()) throw missing(v4 ? "X-Amz-Signature" : "Signature");
    if (!v4) {
        claim.access = field_of(fields, "awsaccesskeyid");
        if (claim.access.empty()) throw missing("AWSAccessKeyId");
        return claim;
    }
    if (field_of(fields, "x-amz-algorithm") != kAlgorithm) throw missing("X-Amz-Algorithm");
    read_credential(field_of(fields, "x-amz-credential"), rules, claim, true);
    claim.date = field_of(fields, "x-amz-date");
    if (!parse_amz_date(claim.date) || !claim.date.starts_with(claim.scope_date)) throw missing("X-Amz-Date");
    return claim;
}

std::string v4_signing_key(std::string_view secret, const Claim& claim) {
    std::string key = hmac(Hash::sha256, "AWS4" + std::string(secret), claim.scope_date);
    key = hmac(Hash::sha256, key, claim.region);
    key = hmac(Hash::sha256, key, "s3");
    return hmac(Hash::sha256, key, "aws4_request");
}

std::string v4_canonical_request(const http::Request& request, const Claim& claim) {
    return canonical_request(request, claim, canonical_path(raw_path(request)));
}

std::string v4_string_to_sign(const http::Request& request, const Claim& claim) {
    return string_to_sign(claim, v4_canonical_request(request, claim));
}

bool v4_fits(const http::Request& request, const Claim& claim, std::string_view signing_key) {
    const auto fits = [&](std::string_view path) {
        const auto text = string_to_sign(claim, canonical_request(request, claim, path));
        return text::equal_in_constant_time(text::to_hex(hmac(Hash::sha256, signing_key, text)), claim.signature);
    };
    const auto raw = raw_path(request);
    const auto path = canonical_path(raw);
    // Some clients sign the path as they send it, escaped in a way of their own.
    return fits(path) || (raw != path && fits(raw));
}

std::string v2_string_to_sign(const http::Request& request, const Claim& claim, std::string_view bucket) {
    return v2_text(request, claim, bucket, raw_path(request));
}

bool v2_fits(const http::Request& request, const Claim& claim, std::string_view secret, std::string_view bucket) {
    const auto fits = [&](const std::string& path) {
        const auto text = v2_text(request, claim, bucket, path);
        return text::equal_in_constant_time(text::to_base64(hmac(Hash::sha1, secret, text)), claim.signature);
    };
    const std::string path(raw_path(request));
    // That of a bucket is signed with a slash at its end, by some clients also where the request has none.
    const bool bare_bucket = bucket.empty() && path.size() > 1 && path.find('/', 1) == std::string::npos;
    return fits(path) || (bare_bucket && fits(path + "/"));
}

}  // namespace cumulet::objectstore::s3
