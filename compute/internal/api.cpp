#include "compute/internal/api.hpp"

#include <charconv>

#include "compute/converge/host_control.hpp"
#include "compute/internal/tables.hpp"
#include "compute/protocol/json.hpp"

namespace cumulet::compute::internal {

using api::Call;
using api::Endpoint;
using api::Errc;
using api::Fault;
using api::Policy;
using api::Reply;
using converge::HostControl;
using http::Method;

namespace {

// Agents and compute daemons of neighbouring versions understand each other: members may come and go, only the frame is
// checked here, types are checked as they are read.
constexpr api::Schema kObject{R"({"type": "object"})"};
constexpr api::Schema kReport{R"({
    "type": "object",
    "properties": {
        "steps": {"type": "array", "maxItems": 4096, "items": {"type": "object"}},
        "guests": {"type": "array", "maxItems": 65536, "items": {"type": "object"}},
        "since": {"type": "integer", "minimum": -1}
    }
})"};

template <class T>
T body_as(const Call& call) {
    try {
        return protocol::from_json<T>(call.body());
    } catch (const protocol::ProtocolError& error) {
        throw Fault(Errc::bad_request, "{}", error.what());
    }
}

Reply told(const std::optional<protocol::Desired>& desired) {
    if (!desired) return Reply::no_content();
    return Reply::raw_json(200, store::to_json(*desired).dump());
}

Reply register_host(Call& call, store::Transaction& txn) {
    const auto host = speaking_host(call, txn);
    call.module<HostControl>().register_host(txn, host, body_as<protocol::HostDescription>(call));
    return Reply::no_content();
}

Reply show_desired(Call& call, store::Transaction& txn) {
    const auto host = speaking_host(call, txn);
    store::Revision since = 0;
    if (auto text = call.query("since")) {
        const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), since);
        if (error != std::errc() || end != text->data() + text->size())
            throw Fault(Errc::bad_request, "'since' is not a revision: {}", *text);
    }
    return told(call.module<HostControl>().desired(txn, host, since, call.query_bool("network").value_or(true)));
}

Reply take_report(Call& call, store::Transaction& txn) {
    const auto host = speaking_host(call, txn);
    return told(call.module<HostControl>().report(txn, host, body_as<protocol::Report>(call)));
}

constexpr Endpoint kEndpoints[] = {
    {.method = Method::put,
     .path = "/v1/hosts/{host}",
     .policy = Policy::trusted_peer(),
     .body = kObject,
     .success = 204,
     .summary = "Registers a host: what it can do and what it has.",
     .handle = register_host},
    {.method = Method::get,
     .path = "/v1/hosts/{host}/desired",
     .policy = Policy::trusted_peer(),
     .summary = "What the host shall be like: everything, or what changed since a revision (204: nothing did).",
     .handle = show_desired},
    {.method = Method::post,
     .path = "/v1/hosts/{host}/report",
     .policy = Policy::trusted_peer(),
     .body = kReport,
     .summary = "Takes in a batch of results and observations; answers with what changed since a revision.",
     .handle = take_report},
};

}  // namespace

std::string speaking_host(Call& call, store::Transaction& txn) {
    const auto& host = call.path("host");
    if (!HostControl::may_speak_for(txn, call.request().peer_name, host))
        throw Fault(Errc::forbidden, "The certificate of '{}' is not host {}'s.", call.request().peer_name, host);
    return host;
}

api::EndpointTable host_endpoints() { return kEndpoints; }

api::ServiceDescription service_description() {
    api::ServiceDescription description;
    description.name = "internal";
    description.tables = {host_endpoints(), image_endpoints()};
    description.fault = api::nova_fault;
    description.max_body_bytes = 16u << 20;
    return description;
}

}  // namespace cumulet::compute::internal
