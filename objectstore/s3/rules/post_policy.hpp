// The policy of an HTML form that uploads: what its signer lets a browser send.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "common/runtime/clock.hpp"

namespace cumulet::objectstore::s3 {

// The fields of a form before its file: names in lower case. "bucket" is the one that the URL names.
using FormFields = std::map<std::string, std::string>;

struct PostCondition {
    bool prefix = false;  // starts-with; else eq
    std::string field;    // lower case
    std::string value;
};

struct PostPolicy {
    Timestamp expires{};
    std::vector<PostCondition> conditions;
    std::uint64_t min_bytes = 0, max_bytes = UINT64_MAX;  // content-length-range
};

// `text`: JSON, no longer in base64. Throws S3Error InvalidPolicyDocument.
PostPolicy parse_post_policy(std::string_view text);
// Throws S3Error AccessDenied: the policy is over, a condition does not hold, or a field is not among its conditions.
void check_form(const PostPolicy& policy, const FormFields& fields, Timestamp now);

}  // namespace cumulet::objectstore::s3
