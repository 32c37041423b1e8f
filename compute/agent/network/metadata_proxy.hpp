// Passes what guests ask of 169.254.169.254 on to the metadata service, saying who asks.
#pragma once

#include <memory>
#include <string>

#include "common/http/client.hpp"
#include "common/http/io.hpp"
#include "compute/agent/network/engine.hpp"

namespace cumulet::compute::agent::network {

struct MetadataProxyOptions {
    std::string url;     // of the metadata service: "http://127.0.0.1:8775"
    std::string secret;  // signs the instance's id; empty: the service believes `client`'s certificate
};

// One HTTP server a namespace, on the io threads; its socket is made inside the namespace and stays of it. Not to be
// called on an io thread. `io` and `client` outlive it.
std::unique_ptr<MetadataListeners> make_metadata_proxy(http::Io& io, http::Client& client,
                                                       MetadataProxyOptions options);

}  // namespace cumulet::compute::agent::network
