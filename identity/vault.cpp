#include "identity/vault.hpp"

#include "common/api/fault.hpp"

namespace cumulet::identity {

std::string Vault::seal(std::string_view secret) const {
    return tokens::fernet_encrypt(keys_.keys()->front(), secret, clock_.now(), random_);
}

bool Vault::is_current(std::string_view sealed) const {
    return tokens::fernet_decrypt({keys_.keys()->front()}, sealed).has_value();
}

std::string Vault::open(std::string_view sealed) const {
    auto message = tokens::fernet_decrypt(*keys_.keys(), sealed);
    if (!message)
        throw api::Fault(api::Errc::internal, "A stored credential cannot be read.")
            .detail("no credential key opens it: was the key folder restored?");
    return std::move(message->bytes);
}

}  // namespace cumulet::identity
