// SSH keys that users put into their servers.
#pragma once

#include <string>

#include "common/store/record.hpp"

namespace cumulet::compute {

struct Keypair {
    std::string user_id;
    std::string name;
    std::string type = "ssh";  // or "x509"
    std::string fingerprint;   // MD5, colon-separated
    std::string public_key;
    Timestamp created_at{};
    std::int64_t id = 0;  // os-keypairs shows a number
};

}  // namespace cumulet::compute

template <>
struct cumulet::store::Describe<cumulet::compute::Keypair> {
    using Keypair = cumulet::compute::Keypair;
    static constexpr std::string_view collection = "keypair";
    static constexpr int version = 1;
    static constexpr auto key = List{&Keypair::user_id, &Keypair::name};
    static constexpr auto fields = List{field("user_id", &Keypair::user_id),
                                        field("name", &Keypair::name),
                                        field("type", &Keypair::type),
                                        field("fingerprint", &Keypair::fingerprint),
                                        field("public_key", &Keypair::public_key),
                                        field("created_at", &Keypair::created_at),
                                        field("id", &Keypair::id)};
    static constexpr auto indexes = List{};
};
