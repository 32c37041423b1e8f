// The text of a server's console.
#include "common/api/stream.hpp"
#include "common/http/client.hpp"
#include "compute/servers/api.hpp"
#include "compute/servers/console_source.hpp"
#include "compute/servers/lookup.hpp"
#include "compute/servers/rules.hpp"

namespace cumulet::compute::servers {
namespace {

using api::Errc;
using api::Fault;
using api::Reply;
using nlohmann::json;

constexpr std::size_t kMostBytes = 1u << 20;

constexpr api::Schema kOutput{R"({"type": "object", "required": ["os-getConsoleOutput"], "additionalProperties": false,
    "properties": {"os-getConsoleOutput": {"type": ["object", "null"], "properties": {
      "length": {"type": ["integer", "string", "null"], "pattern": "^-?[0-9]{1,9}$", "minimum": -1}}}}})"};

// -1 or nothing: all of it.
std::optional<std::size_t> lines_of(const json& argument) {
    if (!argument.is_object() || !argument.contains("length") || argument["length"].is_null()) return std::nullopt;
    const auto& length = argument["length"];
    const auto lines = length.is_string() ? std::stoll(length.get<std::string>()) : length.get<std::int64_t>();
    if (lines < 0) return std::nullopt;
    return static_cast<std::size_t>(lines);
}

// As Nova counts: what stands behind the last line break is a line too, mostly an empty one.
std::string last_lines(const std::string& text, std::optional<std::size_t> lines) {
    if (!lines) return text;
    if (*lines == 0) return "";
    std::size_t at = text.size();
    for (std::size_t seen = 0; at > 0; --at)
        if (text[at - 1] == '\n' && ++seen == *lines) break;
    return text.substr(at);
}

http::Task<Reply> get_output(api::StreamCall& call) {
    Server server;
    co_await call.transact([&](store::Transaction& txn) { server = find_visible(txn, call, call.path("server_id")); });
    if (server.host.empty() || server.vm_state == VmState::building)
        throw Fault(Errc::conflict, "Instance {} is not ready", server.id);
    std::string text;
    try {
        text = co_await call.module<ConsoleSource>().console_log(server.host, server.id, kMostBytes);
    } catch (const http::ClientError& error) {
        throw Fault(Errc::conflict, "The host of instance {} does not answer: its console can not be read now.",
                    server.id)
            .detail(error.what());
    }
    // The guest prints what it likes; a JSON string holds only UTF-8.
    const auto output = last_lines(text, lines_of(call.body()["os-getConsoleOutput"]));
    co_return Reply::raw_json(200, json{{"output", output}}.dump(-1, ' ', false, json::error_handler_t::replace));
}

constexpr api::StreamHandle kGetOutput{get_output};

constexpr api::Endpoint kTable[] = {
    {.method = http::Method::post,
     .path = kServerAction,
     .action = "os-getConsoleOutput",
     .policy = {"os_compute_api:os-console-output", kMember},
     .body = kOutput,
     .summary = "Read the end of a server's serial console.",
     .stream = &kGetOutput},
};

}  // namespace

api::EndpointTable console_endpoints() { return kTable; }

}  // namespace cumulet::compute::servers
