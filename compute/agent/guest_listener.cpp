#include "compute/agent/guest_listener.hpp"

#include <charconv>

namespace cumulet::compute::agent {

namespace {

constexpr std::size_t kMaxConsoleBytes = 1u << 20;

api::Reply show_console_log(api::Call& call, store::Transaction&) {
    auto& sources = call.module<GuestSources>();
    if (call.request().peer_name != sources.daemon_name)
        throw api::Fault(api::Errc::forbidden, "Only the compute daemon may ask.");
    std::size_t bytes = 64 * 1024;
    if (auto text = call.query("bytes")) std::from_chars(text->data(), text->data() + text->size(), bytes);
    for (const auto& [host, hypervisor] : sources.by_host) {
        try {
            return api::Reply::text(200, hypervisor->console_log(call.path("guest"), std::min(bytes, kMaxConsoleBytes)),
                                    "application/octet-stream");
        } catch (const hypervisor::DriverError& error) {
            if (error.code == hypervisor::DriverErrc::not_found) continue;
            throw api::Fault(api::Errc::unavailable, "{}", error.what());
        }
    }
    throw api::Fault(api::Errc::not_found, "Guest {} is not here.", call.path("guest"));
}

constexpr api::Endpoint kEndpoints[] = {
    {.method = http::Method::get,
     .path = "/v1/guests/{guest}/console_log",
     .policy = api::Policy::trusted_peer(),
     .summary = "The last bytes of a guest's serial console.",
     .handle = show_console_log,
     .heavy = true},
};

}  // namespace

api::ServiceDescription guest_service() {
    api::ServiceDescription description;
    description.name = "guests";
    description.tables = {kEndpoints};
    description.fault = api::nova_fault;
    return description;
}

}  // namespace cumulet::compute::agent
