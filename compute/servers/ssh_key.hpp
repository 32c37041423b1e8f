// SSH public keys (RFC 4253, 6.6) as users bring them and as we make them.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace cumulet::compute::servers {

struct SshKey {
    std::string public_key;       // "ssh-rsa AAAA… comment"
    std::string private_key_pem;  // unencrypted
    std::string fingerprint;
};

// A new RSA key of 2048 bits. Takes up to some hundred milliseconds.
SshKey generate_ssh_key(std::string_view comment);

// The MD5 fingerprint "aa:bb:…" of a public key in the one-line form of OpenSSH, or of a PEM certificate (SHA-1).
// nullopt when it is neither.
std::optional<std::string> ssh_fingerprint(std::string_view public_key);

}  // namespace cumulet::compute::servers
