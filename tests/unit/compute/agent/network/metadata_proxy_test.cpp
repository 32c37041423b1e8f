#include <catch2/catch.hpp>
#include <cstdlib>
#include <fstream>

#include "common/http/server.hpp"
#include "compute/agent/network/host_network.hpp"
#include "compute/agent/network/metadata_proxy.hpp"
#include "compute/agent/network/names.hpp"
#include "compute/agent/network/netlink.hpp"
#include "lab.hpp"

using namespace cumulet;
using namespace cumulet::compute::agent::network;
using namespace cumulet::compute::agent::network::test;

namespace {

std::string fetch(const std::string& guest, const std::string& path) {
    const std::string out = "/run/fetched";
    std::filesystem::remove(out);
    run_in_namespace(guest, [&] {
        [[maybe_unused]] const int status =
            std::system(("busybox wget -q -O " + out + " http://169.254.169.254" + path + " 2>/dev/null").c_str());
    });
    std::ifstream file(out);
    return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

TEST_CASE("a guest's question reaches the metadata service with its identity, and the answer the guest") {
    Lab lab;  // sets the sandbox up; its engine stays idle
    http::Io io(2);
    http::Client client(io, {});
    http::Server upstream(io, {}, [](http::Request& request) -> http::Task<http::Response> {
        http::Response response;
        response.body = request.target + " " + request.headers.value_or("X-Instance-ID", "?") + " " +
                        request.headers.value_or("X-Forwarded-For", "?") + " " +
                        std::to_string(request.headers.value_or("X-Instance-ID-Signature", "").size());
        co_return response;
    });
    upstream.start();
    auto proxy = make_metadata_proxy(io, client, {"http://127.0.0.1:" + std::to_string(upstream.port()), "secret"});
    LinuxOptions options;
    options.cloud = "prox";
    options.run_folder = "/run/prox";
    options.metadata = proxy.get();
    auto engine = make_linux_engine(options);
    HostNetwork host(*engine, std::chrono::milliseconds(100));

    compute::protocol::NetworkState state;
    state.groups = {{"g", {rule("egress")}}};
    state.networks = {network_of("aa", 1)};
    add_port(state.networks[0], "p1", "10.1.0.11", {"g"});
    const auto port = state.networks[0].ports[0];
    REQUIRE_THROWS(host.bridge(state.networks[0].id, port.id));
    host.apply(store::to_json(state));
    REQUIRE(host.bridge(state.networks[0].id, port.id) == bridge_name(state.networks[0].id));
    const auto guest = lab.guest(state.networks[0], port);
    run_in_namespace(guest, [] { Netlink().converge_routes({{"169.254.169.254/32", "10.1.0.2"}}); });
    REQUIRE(fetch(guest, "/latest/meta-data/?x=1") == "/latest/meta-data/?x=1 server-p1 10.1.0.11 64");
    // A port that is gone is nobody.
    state.networks[0].leases.clear();
    host.apply(store::to_json(state));
    REQUIRE(fetch(guest, "/latest/meta-data/").empty());
    engine->remove_all();
    proxy.reset();
    upstream.stop(std::chrono::milliseconds(100));
    io.stop();
}
