// Bearer tokens come from anybody: none of them is signed by a key that nobody has.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <string_view>

#include "common/api/fault.hpp"
#include "identity/federation/oidc/token.hpp"

using namespace cumulet::identity::federation;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const std::string kKey =
        R"({"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"})";
    const auto keys = [](const std::string&) { return std::vector<std::string>{kKey, "{}", "x"}; };
    try {
        oidc::verified_claims({reinterpret_cast<const char*>(data), size}, {"ES256", "RS256"}, keys);
        std::abort();
    } catch (const cumulet::api::Fault&) {
    }
    return 0;
}
