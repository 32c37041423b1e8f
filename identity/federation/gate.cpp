#include "identity/federation/gate.hpp"

#include "identity/model/faults.hpp"

namespace cumulet::identity::federation {

Gate::Gate(GateOptions options)
    : options_(std::move(options)), proxies_(options_.trusted_proxies, options_.assertion_prefix) {}

Assertion Gate::prove(const http::Request& request, const std::string&, const std::string&) {
    if (auto assertion = proxies_.read(request)) return std::move(*assertion);
    throw unauthorized("nobody whom this service trusts says who this user is");
}

}  // namespace cumulet::identity::federation
