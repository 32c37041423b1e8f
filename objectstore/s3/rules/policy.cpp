#include "objectstore/s3/rules/policy.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <nlohmann/json.hpp>

#include "common/runtime/clock.hpp"
#include "common/runtime/text.hpp"
#include "objectstore/s3/wire/error.hpp"

namespace cumulet::objectstore::s3 {

namespace {

using nlohmann::json;

constexpr std::size_t kMaxBytes = 20 * 1024;
constexpr std::string_view kTests[] = {"stringequals",
                                       "stringnotequals",
                                       "stringequalsignorecase",
                                       "stringnotequalsignorecase",
                                       "stringlike",
                                       "stringnotlike",
                                       "bool",
                                       "null",
                                       "ipaddress",
                                       "notipaddress",
                                       "numericequals",
                                       "numericnotequals",
                                       "numericlessthan",
                                       "numericlessthanequals",
                                       "numericgreaterthan",
                                       "numericgreaterthanequals",
                                       "datelessthan",
                                       "dategreaterthan",
                                       "datelessthanequals",
                                       "dategreaterthanequals",
                                       "arnlike",
                                       "arnequals",
                                       "arnnotlike",
                                       "arnnotequals"};

S3Error malformed(const std::string& why) { return S3Error("MalformedPolicy", why); }

std::vector<std::string> strings_in(const json& value, const char* what) {
    std::vector<std::string> out;
    const auto add = [&](const json& each) {
        if (each.is_string())
            out.push_back(each.get<std::string>());
        else if (each.is_boolean() || each.is_number())
            out.push_back(each.dump());
        else
            throw malformed(std::string("Policy has invalid ") + what);
    };
    if (value.is_array())
        for (const auto& each : value) add(each);
    else
        add(value);
    if (out.empty()) throw malformed(std::string("Policy has empty ") + what);
    return out;
}

std::vector<std::string> principals_in(const json& value) {
    if (value.is_string()) {
        if (value != "*") throw malformed("Invalid principal in policy");
        return {"*"};
    }
    if (!value.is_object() || value.empty()) throw malformed("Invalid principal in policy");
    std::vector<std::string> out;
    for (const auto& [kind, who] : value.items()) {
        if (kind != "AWS" && kind != "CanonicalUser") throw malformed("Invalid principal in policy");
        for (auto& each : strings_in(who, "principal")) out.push_back(std::move(each));
    }
    return out;
}

// One of "Action" and "NotAction".
std::pair<std::vector<std::string>, bool> either(const json& statement, const char* plain, const char* negated) {
    const bool has = statement.contains(plain), has_not = statement.contains(negated);
    if (has == has_not) throw malformed(std::string("Missing required field ") + plain);
    return {strings_in(statement[has ? plain : negated], plain), has_not};
}

bool in_network(const std::string& address, const std::string& network) {
    const auto slash = network.find('/');
    const auto host = network.substr(0, slash);
    unsigned char a[16], b[16];
    int bits = 32;
    int family = AF_INET;
    if (inet_pton(family, host.c_str(), b) != 1) {
        family = AF_INET6;
        bits = 128;
        if (inet_pton(family, host.c_str(), b) != 1) return false;
    }
    if (inet_pton(family, address.c_str(), a) != 1) return false;
    if (slash != std::string::npos) {
        int given = -1;
        const auto digits = network.substr(slash + 1);
        std::from_chars(digits.data(), digits.data() + digits.size(), given);
        if (given < 0 || given > bits) return false;
        bits = given;
    }
    if (std::memcmp(a, b, static_cast<std::size_t>(bits / 8)) != 0) return false;
    if (bits % 8 == 0) return true;
    const auto mask = static_cast<unsigned char>(0xff << (8 - bits % 8));
    return (a[bits / 8] & mask) == (b[bits / 8] & mask);
}

std::optional<double> number_in(const std::string& text) {
    double value = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
    if (text.empty() || read.ec != std::errc{} || read.ptr != text.data() + text.size()) return std::nullopt;
    return value;
}

template <class T>
bool compares(std::string_view test, const std::optional<T>& fact, const std::optional<T>& value) {
    if (!fact || !value) return false;
    if (test.ends_with("lessthan")) return *fact < *value;
    if (test.ends_with("lessthanequals")) return *fact <= *value;
    if (test.ends_with("greaterthan")) return *fact > *value;
    if (test.ends_with("greaterthanequals")) return *fact >= *value;
    return *fact == *value;
}

// Whether one value of a condition fits; negations are turned round by the caller.
bool fits(std::string_view test, const std::string& fact, const std::string& value) {
    if (test == "stringequals" || test == "bool" || test == "arnequals")
        return test == "bool" ? text::iequals(fact, value) : fact == value;
    if (test == "stringequalsignorecase") return text::iequals(fact, value);
    if (test == "stringlike" || test == "arnlike") return fits_pattern(fact, value);
    if (test == "ipaddress") return in_network(fact, value);
    if (test.starts_with("numeric")) return compares(test, number_in(fact), number_in(value));
    return compares(test, parse_iso(fact), parse_iso(value));
}

bool holds(const PolicyCondition& condition, const PolicyQuestion& question) {
    const auto fact = question.facts.find(condition.key);
    const bool known = fact != question.facts.end();
    if (condition.test == "null")
        return std::any_of(condition.values.begin(), condition.values.end(),
                           [&](const std::string& value) { return text::iequals(value, "true") != known; });
    std::string test = condition.test;
    const auto no = test.find("not");
    const bool negated = no != std::string::npos;
    if (negated) test.erase(no, 3);
    if (!known) return condition.if_exists || negated;
    const bool any = std::any_of(condition.values.begin(), condition.values.end(),
                                 [&](const std::string& value) { return fits(test, fact->second, value); });
    return any != negated;
}

// "*", a project's id, "arn:aws:iam::PROJECT:root", "arn:aws:iam::PROJECT:user/NAME" or, as Ceph writes it,
// "arn:aws:iam:::user/PROJECT".
bool is_principal(const std::string& named, const PolicyQuestion& question) {
    if (named == "*") return true;
    if (question.project.empty()) return false;
    if (named == question.project) return true;
    constexpr std::string_view kArn = "arn:aws:iam::";
    if (!named.starts_with(kArn)) return false;
    const auto rest = std::string_view(named).substr(kArn.size());
    const auto colon = rest.find(':');
    if (colon == std::string_view::npos) return false;
    const auto project = rest.substr(0, colon), who = rest.substr(colon + 1);
    if (project.empty())
        return who == "user/" + question.project || who == "user/" + question.user_id ||
               who == "user/" + question.user_name;
    if (project != question.project) return false;
    return who == "root" || who == "user/" + question.user_id || who == "user/" + question.user_name;
}

bool fits_action(const std::string& action, const std::string& pattern) {
    return fits_pattern(text::to_lower(action), text::to_lower(pattern));
}

template <class Fits>
bool any_of(const std::vector<std::string>& list, bool negated, const Fits& fits) {
    return std::any_of(list.begin(), list.end(), fits) != negated;
}

bool concerns(const PolicyStatement& statement, const PolicyQuestion& question) {
    return any_of(statement.principals, statement.not_principal,
                  [&](const std::string& each) { return is_principal(each, question); }) &&
           any_of(statement.actions, statement.not_action,
                  [&](const std::string& each) { return fits_action(question.action, each); }) &&
           any_of(statement.resources, statement.not_resource,
                  [&](const std::string& each) { return fits_pattern(question.resource, each); }) &&
           std::all_of(statement.conditions.begin(), statement.conditions.end(),
                       [&](const PolicyCondition& each) { return holds(each, question); });
}

void check_resource(const std::string& resource, std::string_view bucket) {
    constexpr std::string_view kArn = "arn:aws:s3:::";
    // Ceph's form has a tenant between the colons.
    const std::string_view text = resource;
    if (text == "*") return;
    if (!text.starts_with("arn:aws:s3:")) throw malformed("Policy has invalid resource");
    const auto last = text.rfind(':', text.find('/'));
    const auto name = text.starts_with(kArn) ? text.substr(kArn.size()) : text.substr(last + 1);
    const auto of_bucket = name.substr(0, name.find('/'));
    if (!fits_pattern(bucket, of_bucket)) throw malformed("Policy has invalid resource");
}

PolicyStatement read_statement(const json& from, std::string_view bucket) {
    if (!from.is_object()) throw malformed("Policies must be valid JSON and the first byte must be '{'");
    PolicyStatement statement;
    const auto effect = from.value("Effect", json());
    if (effect != "Allow" && effect != "Deny") throw malformed("Missing required field Effect");
    statement.deny = effect == "Deny";
    const bool has = from.contains("Principal"), has_not = from.contains("NotPrincipal");
    if (has == has_not) throw malformed("Missing required field Principal");
    if (has_not && !statement.deny) throw malformed("Allow with NotPrincipal is not allowed.");
    statement.not_principal = has_not;
    statement.principals = principals_in(from[has ? "Principal" : "NotPrincipal"]);
    std::tie(statement.actions, statement.not_action) = either(from, "Action", "NotAction");
    std::tie(statement.resources, statement.not_resource) = either(from, "Resource", "NotResource");
    for (const auto& action : statement.actions)
        if (action != "*" && !text::to_lower(action).starts_with("s3:")) throw malformed("Policy has invalid action");
    for (const auto& resource : statement.resources) check_resource(resource, bucket);
    if (!from.contains("Condition")) return statement;
    if (!from["Condition"].is_object()) throw malformed("Invalid Condition");
    for (const auto& [test, keys] : from["Condition"].items()) {
        auto name = text::to_lower(test);
        const bool if_exists = name.ends_with("ifexists");
        if (if_exists) name.resize(name.size() - 8);
        if (std::find(std::begin(kTests), std::end(kTests), name) == std::end(kTests) || !keys.is_object())
            throw malformed("Invalid Condition type : " + test);
        for (const auto& [key, values] : keys.items())
            statement.conditions.push_back({name, if_exists, text::to_lower(key), strings_in(values, "condition")});
    }
    return statement;
}

}  // namespace

bool fits_pattern(std::string_view text, std::string_view pattern) {
    std::size_t t = 0, p = 0, star = std::string_view::npos, mark = 0;
    while (t < text.size()) {
        if (p < pattern.size() && pattern[p] == '*') {
            star = p++;
            mark = t;
        } else if (p < pattern.size() && (pattern[p] == '?' || pattern[p] == text[t])) {
            ++p;
            ++t;
        } else if (star != std::string_view::npos) {
            p = star + 1;
            t = ++mark;
        } else {
            return false;
        }
    }
    while (p < pattern.size() && pattern[p] == '*') ++p;
    return p == pattern.size();
}

Effect Policy::answer(const PolicyQuestion& question) const {
    Effect effect = Effect::none;
    for (const auto& statement : statements) {
        if (!concerns(statement, question)) continue;
        if (statement.deny) return Effect::deny;
        effect = Effect::allow;
    }
    return effect;
}

bool Policy::is_public() const {
    // Conditions that fix who asks make a statement one for some.
    constexpr std::string_view kTelling[] = {"aws:sourceip",       "aws:principalarn", "aws:userid",
                                             "aws:username",       "aws:sourcearn",    "aws:sourceaccount",
                                             "aws:principalorgid", "aws:sourcevpc",    "aws:sourcevpce"};
    return std::any_of(statements.begin(), statements.end(), [&](const PolicyStatement& statement) {
        if (statement.deny) return false;
        const bool all = statement.not_principal || std::find(statement.principals.begin(), statement.principals.end(),
                                                              "*") != statement.principals.end();
        return all && std::none_of(statement.conditions.begin(), statement.conditions.end(), [&](const auto& each) {
                   return std::find(std::begin(kTelling), std::end(kTelling), each.key) != std::end(kTelling) &&
                          each.test.find("not") == std::string::npos;
               });
    });
}

Policy parse_policy(std::string_view text, std::string_view bucket) {
    if (text.size() > kMaxBytes) throw malformed("The policy is larger than 20 KiB");
    const auto document = json::parse(text, nullptr, false);
    if (!document.is_object()) throw malformed("Policies must be valid JSON and the first byte must be '{'");
    if (document.contains("Version") && document["Version"] != "2012-10-17" && document["Version"] != "2008-10-17")
        throw malformed("The policy must contain a valid version string");
    if (!document.contains("Statement")) throw malformed("Missing required field Statement");
    Policy policy;
    const auto& statements = document["Statement"];
    if (statements.is_array())
        for (const auto& each : statements) policy.statements.push_back(read_statement(each, bucket));
    else
        policy.statements.push_back(read_statement(statements, bucket));
    if (policy.statements.empty()) throw malformed("Could not parse the policy: Statement is empty!");
    return policy;
}

}  // namespace cumulet::objectstore::s3
