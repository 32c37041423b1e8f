// Where a cloud on one machine listens.
#pragma once

#include <cstdint>

namespace cumulet::cli {

// The usual port of each API, moved by the offset so that several clouds run side by side.
struct Ports {
    std::uint16_t identity = 5000;
    std::uint16_t compute = 8774;
    std::uint16_t metadata = 8775;
    std::uint16_t volume = 8776;
    std::uint16_t placement = 8778;
    std::uint16_t agents = 8790;  // internal: mutual TLS
    std::uint16_t image = 9292;
    std::uint16_t network = 9696;
    std::uint16_t object_store = 8080;
    std::uint16_t s3 = 7480;
    std::uint16_t bus = 4222;
    std::uint16_t identity_admin = 5901;
    std::uint16_t object_store_admin = 5902;
    std::uint16_t compute_admin = 5903;
    std::uint16_t agent_admin = 5904;

    // Throws std::invalid_argument when a port would leave 1..65535.
    static Ports with_offset(int offset);
};

}  // namespace cumulet::cli
