#include "identity/multi_factor.hpp"

#include <algorithm>

#include "identity/identity.hpp"
#include "identity/model/faults.hpp"
#include "identity/model/resource_rules.hpp"
#include "identity/model/user_rules.hpp"
#include "identity/tokens/fernet.hpp"

namespace cumulet::identity {

using api::Call;
using api::Reply;
using nlohmann::json;
using store::Transaction;

namespace {

constexpr std::string_view kHeader = "Openstack-Auth-Receipt";
constexpr std::size_t kLongestReceipt = 1024;

bool contains(const std::vector<std::string>& list, const std::string& item) {
    return std::find(list.begin(), list.end(), item) != list.end();
}

}  // namespace

std::vector<std::vector<std::string>> factor_rules(const User& user, const std::vector<std::string>& known) {
    std::vector<std::vector<std::string>> rules;
    if (!user.options.value("multi_factor_auth_enabled", true)) return rules;
    for (const auto& rule : user.options.value("multi_factor_auth_rules", json::array())) {
        std::vector<std::string> methods;
        for (const auto& method : rule)
            if (method.is_string() && contains(known, method.get<std::string>())) methods.push_back(method);
        if (!methods.empty()) rules.push_back(std::move(methods));
    }
    return rules;
}

bool satisfies(const std::vector<std::vector<std::string>>& rules, const std::vector<std::string>& methods) {
    return rules.empty() || std::any_of(rules.begin(), rules.end(), [&](const auto& rule) {
               return std::all_of(rule.begin(), rule.end(),
                                  [&](const auto& method) { return contains(methods, method); });
           });
}

std::vector<std::string> methods_of_receipt(const Call& call, const std::string& user_id) {
    auto text = call.header(kHeader);
    if (!text || text->empty()) return {};
    const auto& identity = call.module<Identity>();
    auto facts = text->size() <= kLongestReceipt ? identity.tokens.read_receipt(*text) : std::nullopt;
    if (!facts || facts->expires_at <= call.now() || facts->user_id != user_id)
        throw unauthorized("the receipt is not good for this log-in");
    return facts->methods;
}

Reply receipt_reply(const Call& call, Transaction& txn, const std::string& user_id,
                    const std::vector<std::string>& methods) {
    const auto& identity = call.module<Identity>();
    const auto user = require_user(txn, user_id);
    const auto domain = require_domain(txn, user.domain_id);
    tokens::TokenFacts facts;
    facts.user_id = user_id;
    facts.methods = methods;
    facts.issued_at = std::chrono::floor<std::chrono::seconds>(call.now());
    facts.expires_at = facts.issued_at + identity.settings.receipt_lifetime;
    json required = json::array();
    for (const auto& rule : factor_rules(user, identity.settings.methods))
        if (std::any_of(rule.begin(), rule.end(), [&](const auto& method) { return contains(methods, method); }))
            required.push_back(rule);
    const json body{
        {"receipt",
         {{"methods", methods},
          {"user", {{"id", user.id}, {"name", user.name}, {"domain", {{"id", domain.id}, {"name", domain.name}}}}},
          {"issued_at", to_iso_micros(facts.issued_at)},
          {"expires_at", to_iso_micros(facts.expires_at)}}},
        {"required_auth_methods", required}};
    return Reply::json(401, body).header(kHeader, identity.tokens.seal_receipt(facts));
}

}  // namespace cumulet::identity
