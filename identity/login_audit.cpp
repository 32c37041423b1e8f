#include "identity/login_audit.hpp"

#include <nlohmann/json.hpp>

#include "identity/audit_trail.hpp"
#include "identity/identity.hpp"
#include "identity/model/resource_rules.hpp"
#include "identity/model/user_rules.hpp"

namespace cumulet::identity {
namespace {

using nlohmann::json;

constexpr std::size_t kLongestAgent = 200;
constexpr std::size_t kMostMethods = 16;

std::string text_of(const json* object, const char* name) {
    if (!object || !object->is_object()) return "";
    const auto found = object->find(name);
    return found != object->end() && found->is_string() ? found->get<std::string>() : "";
}

const json* member_of(const json* object, const char* name) {
    if (!object || !object->is_object()) return nullptr;
    const auto found = object->find(name);
    return found == object->end() ? nullptr : &*found;
}

// Whom the body names, if we know that user; what else stands in its fields is never passed on.
std::string known_user(store::Transaction& txn, const json* identity) {
    for (const char* method : {"password", "totp", "application_credential"}) {
        const auto* user = member_of(member_of(identity, method), "user");
        if (!user) continue;
        if (const auto id = text_of(user, "id"); !id.empty()) return txn.peek<User>(id) ? id : "";
        const auto* domain = member_of(user, "domain");
        auto domain_id = text_of(domain, "id");
        if (const auto name = text_of(domain, "name"); domain_id.empty() && !name.empty())
            if (const auto found = find_domain_by_name(txn, name)) domain_id = found->id;
        const auto found = find_user_by_name(txn, domain_id, text_of(user, "name"));
        return found ? found->id : "";
    }
    return "";
}

bool is_known(const Identity& identity, const json& method) {
    const auto& known = identity.settings.methods;
    return method.is_string() && std::find(known.begin(), known.end(), method.get<std::string>()) != known.end();
}

LoginAttempt start_attempt(const api::Call& call, const Identity& identity) {
    LoginAttempt attempt{.time = identity.clock.now(), .reason = "", .user_id = "", .project_id = "", .methods = {}};
    attempt.address = call.request().remote_address;
    attempt.agent = std::string(call.header("User-Agent").value_or("")).substr(0, kLongestAgent);
    attempt.request_id = call.request_id();
    return attempt;
}

}  // namespace

void audit_success(const api::Call& call, const tokens::TokenFacts& facts) {
    const auto& identity = call.module<Identity>();
    if (!identity.audit) return;
    auto attempt = start_attempt(call, identity);
    attempt.user_id = facts.user_id;
    attempt.project_id = facts.project_id;
    attempt.methods = facts.methods;
    identity.audit->record(std::move(attempt));
}

void audit_partial(const api::Call& call, const tokens::TokenFacts& facts) {
    const auto& identity = call.module<Identity>();
    if (!identity.audit) return;
    auto attempt = start_attempt(call, identity);
    attempt.status = 401;
    attempt.reason = "the user needs more methods than these";
    attempt.user_id = facts.user_id;
    attempt.methods = facts.methods;
    identity.audit->record(std::move(attempt));
}

void audit_failure(const api::Call& call, store::Transaction& txn, const api::Fault& fault) {
    const auto& identity = call.module<Identity>();
    if (!identity.audit) return;
    auto attempt = start_attempt(call, identity);
    attempt.status = fault.status();
    attempt.reason = fault.detail();
    const auto auth = call.body().find("auth");
    if (auth != call.body().end()) {
        const auto* wanted = member_of(&*auth, "identity");
        attempt.user_id = known_user(txn, wanted);
        if (const auto* methods = member_of(wanted, "methods"); methods && methods->is_array())
            for (const auto& method : *methods)
                if (attempt.methods.size() < kMostMethods && is_known(identity, method))
                    attempt.methods.push_back(method.get<std::string>());
    }
    identity.audit->record(std::move(attempt));
}

void audit_failure(const api::Call& call, const api::Fault& fault) {
    const auto& identity = call.module<Identity>();
    if (!identity.audit) return;
    auto attempt = start_attempt(call, identity);
    attempt.status = fault.status();
    attempt.reason = fault.detail();
    identity.audit->record(std::move(attempt));
}

}  // namespace cumulet::identity
