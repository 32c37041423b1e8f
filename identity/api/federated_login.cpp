#include "identity/api/federated_login.hpp"

#include "common/api/worker_call.hpp"
#include "identity/federation/login.hpp"
#include "identity/login_audit.hpp"

namespace cumulet::identity {

federation::Gate& gate_of(const Call& call) {
    auto* gate = identity_of(call).federation;
    if (!gate) throw unauthorized("federation is not set up");
    return *gate;
}

http::Task<void> on_gate(const Call& call, std::function<void()> work) {
    co_await api::run_on_workers(&gate_of(call).workers(), std::move(work));
}

http::Task<Reply> audited(api::StreamCall& call, http::Task<Reply> login) {
    try {
        co_return co_await std::move(login);
    } catch (const Fault& fault) {
        audit_failure(call, fault);
        throw;
    }
}

IssuedToken issue_federated(const Call& call, Transaction& txn, const std::string& idp_id,
                            const std::string& protocol_id, const federation::Assertion& assertion) {
    const auto& identity = identity_of(call);
    const federation::LoginRules rules{.methods = identity.settings.methods,
                                       .group_memberships = identity.settings.federated_memberships,
                                       .remote_id_attribute = identity.settings.remote_id_attribute};
    auto facts = federation::federated_login(txn, rules, idp_id, protocol_id, assertion, call.random());
    return identity.tokens.issue(txn, std::move(facts));
}

std::string remote_id_attribute(const Call& call, const std::string& of_protocol) {
    return of_protocol.empty() ? identity_of(call).settings.remote_id_attribute : of_protocol;
}

}  // namespace cumulet::identity
