// Bucket policies: JSON statements of who may, or may not, do what on which names under which conditions.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace cumulet::objectstore::s3 {

enum class Effect { none, allow, deny };

// What a policy is asked about.
struct PolicyQuestion {
    std::string project, user_id, user_name;  // empty project: nobody signed
    std::string action;                       // "s3:GetObject"
    std::string resource;                     // "arn:aws:s3:::bucket/key"
    // Condition keys in lower case: "aws:sourceip", "aws:securetransport", "s3:prefix", …
    std::map<std::string, std::string> facts;
};

struct PolicyCondition {
    std::string test;  // "StringEquals", in lower case, without "…IfExists"
    bool if_exists = false;
    std::string key;  // lower case
    std::vector<std::string> values;
};

struct PolicyStatement {
    bool deny = false;
    bool not_principal = false, not_action = false, not_resource = false;
    std::vector<std::string> principals, actions, resources;
    std::vector<PolicyCondition> conditions;
};

struct Policy {
    std::vector<PolicyStatement> statements;

    // A denial outweighs what allows.
    Effect answer(const PolicyQuestion& question) const;
    // Whether it allows something to everybody, unconditionally or by conditions that do not tell who.
    bool is_public() const;
};

// Throws S3Error MalformedPolicy: no policy, a resource outside of `bucket`, a condition that we cannot judge.
Policy parse_policy(std::string_view json, std::string_view bucket);

// '*' and '?'.
bool fits_pattern(std::string_view text, std::string_view pattern);

}  // namespace cumulet::objectstore::s3
