// Tokens, key files and payloads come from outside: whatever the bytes are, the answer is a token or none.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "identity/tokens/fernet.hpp"
#include "identity/tokens/payload.hpp"

using namespace cumulet::identity::tokens;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const std::vector<std::string> kMethods{
        "external", "password", "token", "oauth1", "mapped", "application_credential", "totp"};
    static const std::vector<FernetKey> kKeys{{std::string(16, 's'), std::string(16, 'e')}};
    if (size == 0) return 0;
    const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
    switch (data[0] % 3) {
        case 0:
            fernet_decrypt(kKeys, bytes);
            break;
        case 1:
            parse_fernet_key(bytes);
            break;
        case 2:
            // What can be read can be written, and reads the same.
            if (auto facts = unpack_token(bytes, kMethods))
                if (auto again = unpack_token(pack_token(*facts, kMethods), kMethods); !again || !(*again == *facts))
                    std::abort();
            break;
    }
    return 0;
}
