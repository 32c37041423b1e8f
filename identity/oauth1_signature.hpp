// Signed OAuth 1.0a requests (RFC 5849), HMAC-SHA1.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cumulet::identity {

// The decoded parameters of an "Authorization: OAuth …" header; nullopt when it is none or names one twice.
std::optional<std::map<std::string, std::string>> parse_oauth_header(std::string_view header);

struct OauthMessage {
    std::string method;                                      // "POST"
    std::string url;                                         // scheme, host, port and path; no query
    std::vector<std::pair<std::string, std::string>> query;  // decoded
    std::map<std::string, std::string> parameters;           // of the header
};

// What `oauth_signature` has to be, in base64.
std::string oauth_signature(const OauthMessage& message, std::string_view consumer_secret,
                            std::string_view token_secret);

}  // namespace cumulet::identity
