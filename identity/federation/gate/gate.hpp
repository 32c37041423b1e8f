// Who may prove that a federated user is who they say: the one place that turns a request into an assertion.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/http/message.hpp"
#include "common/runtime/worker_pool.hpp"
#include "identity/federation/assertion.hpp"
#include "identity/federation/gate/file.hpp"
#include "identity/federation/oidc/verifier.hpp"
#include "identity/federation/proxy.hpp"

namespace cumulet::identity::federation {

struct GateOptions {
    std::vector<std::string> trusted_proxies;
    std::string assertion_prefix;
    FederationFile file;
};

// Where a user comes in.
struct Destination {
    std::string idp_id, protocol_id, url;
};

struct Proof {
    Assertion assertion;
    // Set where the proof could be shown again by somebody who overheard it: it must be taken once only.
    std::string once_id;
    Timestamp once_until{};
};

// How the gate asks an issuer: made once for each. `ca_file` may be empty.
using MakeFetch = std::function<oidc::Fetch(const std::string& ca_file)>;

// The way of daemons: over the network, with short time-outs. `io` must outlive what is made.
MakeFetch fetch_over(http::Io& io);

// All members: any thread, unless said otherwise.
class Gate {
public:
    // Throws std::runtime_error for options that make no sense.
    Gate(GateOptions options, const MakeFetch& make_fetch, const Clock& clock);

    // What is proved about who sends this request (with its body) to the provider's protocol, at `url`. May wait for
    // other machines: on workers() only. Fault 401 when nothing is.
    Proof prove(const http::Request& request, const std::string& body, const Destination& to);
    // What a trusted web server says; nullopt when the request does not come from one.
    std::optional<Assertion> by_proxy(const http::Request& request) const { return proxies_.read(request); }

    // The issuer behind a provider's protocol; with an empty `idp_id` the only one with that protocol. Null: none.
    oidc::Verifier* issuer(std::string_view idp_id, std::string_view protocol_id);

    // The same for SAML providers to which browsers are sent.
    const saml::TrustedIssuer* sign_on(std::string_view idp_id, std::string_view protocol_id) const;

    const saml::Settings& saml() const { return saml_; }

    // Threads of federation's own, so that a provider that does not answer holds up nobody else.
    runtime::WorkerPool& workers() { return workers_; }

private:
    const Clock& clock_;
    TrustedProxies proxies_;
    const saml::Settings saml_;
    std::vector<std::unique_ptr<oidc::Verifier>> issuers_;
    runtime::WorkerPool workers_{{.name = "federation", .threads = 4, .max_queued = 200}};
};

}  // namespace cumulet::identity::federation
