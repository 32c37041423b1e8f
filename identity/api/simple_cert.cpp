// Certificates of PKI tokens, which no release serves any more: clients are told so.
#include "identity/api/support.hpp"
#include "identity/api/tables.hpp"

namespace cumulet::identity {
namespace {

Reply gone(Call&, Transaction&) {
    throw Fault(Errc::gone, "This API is no longer available due to the removal of support for PKI tokens.");
}

constexpr Endpoint gone_at(std::string_view path) {
    return {.method = Method::get,
            .path = path,
            .policy = Policy::open(),
            .success = 410,
            .summary = "Gone with PKI tokens.",
            .handle = gone};
}

constexpr Endpoint kEndpoints[] = {gone_at("/v3/OS-SIMPLE-CERT/ca"), gone_at("/v3/OS-SIMPLE-CERT/certificates")};

}  // namespace

api::EndpointTable simple_cert_endpoints() { return kEndpoints; }

}  // namespace cumulet::identity
