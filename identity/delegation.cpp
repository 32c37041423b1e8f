#include "identity/delegation.hpp"

#include "common/api/fault.hpp"

namespace cumulet::identity {
namespace {

api::Fault refused(std::string_view action) {
    return api::Fault(api::Errc::forbidden, "You are not authorized to perform the requested action: {}.", action);
}

}  // namespace

bool is_delegated(const auth::Context& who) {
    return !who.trust_id.empty() || !who.application_credential_id.empty() || who.token.contains("OS-OAUTH1");
}

void require_own_login(const api::Call& call, std::string_view action) {
    if (is_delegated(call.actor())) throw refused(action);
}

void require_unrestricted(const api::Call& call, std::string_view action) {
    const auto& who = call.actor();
    if (!is_delegated(who)) return;
    if (who.application_credential_id.empty()) throw refused(action);
    auto shown = who.token.find("application_credential");
    if (shown == who.token.end() || shown->value("restricted", true)) throw refused(action);
}

}  // namespace cumulet::identity
