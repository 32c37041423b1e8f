#include "objectstore/s3/rules/post_policy.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "common/runtime/text.hpp"
#include "objectstore/s3/wire/error.hpp"

namespace cumulet::objectstore::s3 {

namespace {

using nlohmann::json;

constexpr std::size_t kMaxConditions = 100;
// Fields that need no condition: they carry the policy and its proof.
constexpr std::string_view kFree[] = {"awsaccesskeyid", "signature", "policy", "x-amz-signature", "file"};

S3Error invalid(const std::string& why) { return S3Error("InvalidPolicyDocument", "Invalid Policy: " + why); }
S3Error refused(const std::string& why) { return S3Error("AccessDenied", "Invalid according to Policy: " + why); }

std::string text_in(const json& value) {
    if (!value.is_string()) throw invalid("Invalid Simple-Condition: Simple-Conditions must have string values.");
    return value.get<std::string>();
}

std::uint64_t bytes_in(const json& value) {
    if (value.is_number_unsigned()) return value.get<std::uint64_t>();
    const auto text = value.is_string() ? value.get<std::string>() : "";
    if (text.empty() || text.size() > 15 || text.find_first_not_of("0123456789") != std::string::npos)
        throw invalid("Invalid content-length-range.");
    return std::stoull(text);
}

void add_list(const json& list, PostPolicy& policy) {
    if (list.size() != 3) throw invalid("Invalid Condition: wrong number of arguments.");
    const auto test = text::to_lower(text_in(list[0]));
    if (test == "content-length-range") {
        policy.min_bytes = std::max(policy.min_bytes, bytes_in(list[1]));
        policy.max_bytes = std::min(policy.max_bytes, bytes_in(list[2]));
        if (bytes_in(list[1]) > bytes_in(list[2])) throw invalid("Invalid content-length-range.");
        return;
    }
    const auto field = text::to_lower(text_in(list[1]));
    if ((test != "eq" && test != "starts-with") || field.size() < 2 || field.front() != '$')
        throw invalid("Invalid Condition: unknown test or field.");
    policy.conditions.push_back({test == "starts-with", field.substr(1), text_in(list[2])});
}

void add_condition(const json& from, PostPolicy& policy) {
    if (from.is_array()) return add_list(from, policy);
    if (!from.is_object() || from.size() != 1)
        throw invalid("Invalid Simple-Condition: Simple-Conditions must have exactly one property specified.");
    const auto only = from.begin();
    policy.conditions.push_back({false, text::to_lower(only.key()), text_in(only.value())});
}

// A list of types may be asked for by the begin of each.
bool starts(const std::string& field, const std::string& value, const std::string& prefix) {
    if (field != "content-type" || value.find(',') == std::string::npos) return value.starts_with(prefix);
    const auto all = text::split(value, ',');
    return std::all_of(all.begin(), all.end(),
                       [&](std::string_view each) { return text::trim(each).starts_with(prefix); });
}

std::string shown(const PostCondition& condition) {
    return "[\"" + std::string(condition.prefix ? "starts-with" : "eq") + "\", \"$" + condition.field + "\", \"" +
           condition.value + "\"]";
}

}  // namespace

PostPolicy parse_post_policy(std::string_view text) {
    const auto document = json::parse(text, nullptr, false);
    if (!document.is_object()) throw invalid("It is no JSON object.");
    const auto expiration = document.find("expiration"), conditions = document.find("conditions");
    if (expiration == document.end()) throw invalid("Policy missing expiration.");
    if (conditions == document.end() || !conditions->is_array()) throw invalid("Policy missing conditions.");
    PostPolicy policy;
    const auto until = text_in(*expiration);
    const auto time = parse_iso(until);
    if (!time || until.size() < 11 || until[10] != 'T' || !until.ends_with('Z'))
        throw invalid("Invalid 'expiration' value: '" + until + "'");
    policy.expires = *time;
    if (conditions->size() > kMaxConditions) throw invalid("Too many conditions.");
    for (const auto& each : *conditions) add_condition(each, policy);
    return policy;
}

void check_form(const PostPolicy& policy, const FormFields& fields, Timestamp now) {
    if (policy.expires <= now) throw refused("Policy expired.");
    for (const auto& condition : policy.conditions) {
        const auto found = fields.find(condition.field);
        const auto value = found == fields.end() ? std::string() : found->second;
        const bool holds =
            condition.prefix ? starts(condition.field, value, condition.value) : value == condition.value;
        if (!holds) throw refused("Policy Condition failed: " + shown(condition));
    }
    for (const auto& [name, value] : fields) {
        // A checksum lets in less, never more.
        if (name.starts_with("x-ignore-") || name.starts_with("x-amz-checksum-") ||
            std::find(std::begin(kFree), std::end(kFree), name) != std::end(kFree))
            continue;
        if (std::none_of(policy.conditions.begin(), policy.conditions.end(),
                         [&](const PostCondition& each) { return each.field == name; }))
            throw refused("Extra input fields: " + name);
    }
}

}  // namespace cumulet::objectstore::s3
