// SAML responses come from anybody: none of them is signed by a key that nobody has.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "common/api/fault.hpp"
#include "identity/federation/saml/consumer.hpp"

using namespace cumulet::identity::federation::saml;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const TrustedIssuer kIssuer{.identity_provider = "i",
                                       .protocol = "p",
                                       .entity_id = "e",
                                       .certificate_pem = R"(-----BEGIN CERTIFICATE-----
MIIBejCCAR+gAwIBAgIUGfqsiD3Z58J1A4ofqmu71SX209kwCgYIKoZIzj0EAwIw
ETEPMA0GA1UEAwwGbm9ib2R5MCAXDTI2MTEyMjA3MTgxNloYDzIxMjYxMDI5MDcx
ODE2WjARMQ8wDQYDVQQDDAZub2JvZHkwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNC
AARXdyddi5zavj41phWKwqXXwbSSfo+m3FCrXra4ljYRkJ3dzZ3PUUqT9TGc3qf9
a8JC/84rXX5Q/SKTCLVYppl3o1MwUTAdBgNVHQ4EFgQUAb4HHnIRKun2MMkwtJv0
kPrdLM4wHwYDVR0jBBgwFoAUAb4HHnIRKun2MMkwtJv0kPrdLM4wDwYDVR0TAQH/
BAUwAwEB/zAKBggqhkjOPQQDAgNJADBGAiEAgzKf7iNgLMGRQ5fYSWkqvyVsAWL7
SjYWOZ2Jpfh+rm8CIQDEEPL7MgzhXmZI04Ve69Q5xCurrlvricxHcmp9/PG39w==
-----END CERTIFICATE-----
)",
                                       .audience = "a"};
    try {
        consume({reinterpret_cast<const char*>(data), size}, kIssuer, "here", cumulet::Timestamp{});
        std::abort();
    } catch (const cumulet::api::Fault&) {
    }
    return 0;
}
