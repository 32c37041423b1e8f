// What the endpoints of federated log-ins share.
#pragma once

#include <functional>

#include "common/api/stream.hpp"
#include "identity/api/support.hpp"
#include "identity/federation/gate/gate.hpp"

namespace cumulet::identity {

// Fault 401 when federation is not set up.
federation::Gate& gate_of(const Call& call);
// Runs `work`, which may wait for an identity provider, on the gate's own threads.
http::Task<void> on_gate(const Call& call, std::function<void()> work);
// A log-in whose failure is put into the audit trail.
http::Task<Reply> audited(api::StreamCall& call, http::Task<Reply> login);
// The token that an assertion is worth. Faults as of federated_login().
IssuedToken issue_federated(const Call& call, Transaction& txn, const std::string& idp_id,
                            const std::string& protocol_id, const federation::Assertion& assertion);
// The attribute that says who made an assertion, by the protocol or the configuration; empty: none.
std::string remote_id_attribute(const Call& call, const std::string& of_protocol);

}  // namespace cumulet::identity
