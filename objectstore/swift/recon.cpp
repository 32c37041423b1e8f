// GET /recon: what swift-recon asks the machines of a Swift for, as far as it means something here.
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "common/api/fault.hpp"
#include "common/api/reply.hpp"
#include "common/runtime/text.hpp"
#include "common/store/transaction.hpp"
#include "objectstore/swift/service.hpp"
#include "objectstore/swift/tables.hpp"

namespace cumulet::objectstore::swift {

namespace {

using api::Endpoint;
using api::Policy;
using api::Reply;
using http::Method;
using Json = nlohmann::json;

std::string text_of(const char* file) {
    std::ifstream in(file);
    std::stringstream all;
    all << in.rdbuf();
    return std::move(all).str();
}

std::vector<std::string> words_of(std::string_view line) {
    std::vector<std::string> words;
    for (const auto word : text::split(line, ' '))
        if (!text::trim(word).empty()) words.emplace_back(text::trim(word));
    return words;
}

std::int64_t number(std::string_view text) {
    std::int64_t value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
}

Json memory(const Swift&) {
    Json all = Json::object();
    const auto lines = text_of("/proc/meminfo");
    for (const auto line : text::split(lines, '\n'))
        if (const auto colon = line.find(':'); colon != line.npos)
            all[std::string(line.substr(0, colon))] = text::trim(line.substr(colon + 1));
    return all;
}

Json load(const Swift&) {
    const auto words = words_of(text_of("/proc/loadavg"));
    if (words.size() < 5) return Json::object();
    return {{"1m", std::stod(words[0])},
            {"5m", std::stod(words[1])},
            {"15m", std::stod(words[2])},
            {"tasks", words[3]},
            {"processes", number(words[4])}};
}

Json sockets(const Swift&) {
    Json all = Json::object();
    const auto lines = text_of("/proc/net/sockstat");
    for (const auto line : text::split(lines, '\n')) {
        const auto words = words_of(line);
        if (words.size() < 11 || words[0] != "TCP:") continue;
        all["tcp_in_use"] = number(words[2]);
        all["orphan"] = number(words[4]);
        all["time_wait"] = number(words[6]);
        all["tcp_mem_allocated_bytes"] = number(words[10]) * sysconf(_SC_PAGESIZE);
    }
    return all;
}

// One entry a disk. What cannot be looked at is not mounted.
Json disk_usage(const Swift& swift) {
    Json all = Json::array();
    for (const auto& folder : swift.recon.disks) {
        struct statvfs found {};
        if (statvfs(folder.c_str(), &found) != 0) {
            all.push_back({{"device", folder}, {"mounted", false}, {"size", ""}, {"used", ""}, {"avail", ""}});
            continue;
        }
        const auto bytes = [&](auto blocks) { return blocks * found.f_frsize; };
        all.push_back({{"device", folder},
                       {"mounted", true},
                       {"size", bytes(found.f_blocks)},
                       {"used", bytes(found.f_blocks - found.f_bfree)},
                       {"avail", bytes(found.f_bavail)}});
    }
    return all;
}

Json unmounted(const Swift& swift) {
    Json all = Json::array();
    for (const auto& disk : disk_usage(swift))
        if (!disk["mounted"]) all.push_back({{"device", disk["device"]}, {"mounted", false}});
    return all;
}

Json quarantined(const Swift& swift) {
    const auto rotten = swift.recon.rotten ? swift.recon.rotten() : 0;
    return {{"accounts", 0}, {"containers", 0}, {"objects", rotten}, {"policies", {{"0", {{"objects", rotten}}}}}};
}

// Listings are never behind; what waits is what other clusters are to be told.
Json waiting(const Swift& swift) {
    return {{"async_pending", 0},
            {"async_pending_last", swift.clock.now().time_since_epoch().count() / 1e6},
            {"container_sync_pending", swift.recon.waiting_for_sync ? swift.recon.waiting_for_sync() : 0}};
}

Json version(const Swift&) { return {{"version", "2.30.1"}}; }
Json time(const Swift& swift) { return swift.clock.now().time_since_epoch().count() / 1e6; }
Json devices(const Swift& swift) { return {{"/", swift.recon.disks}}; }
Json nothing(const Swift&) { return Json::object(); }

struct Check {
    std::string_view name;
    Json (*look)(const Swift& swift);
};
constexpr Check kChecks[] = {
    {"mem", memory},           {"load", load},           {"sockstat", sockets}, {"async", waiting},
    {"diskusage", disk_usage}, {"unmounted", unmounted}, {"devices", devices},  {"quarantined", quarantined},
    {"version", version},      {"time", time},           {"ringmd5", nothing},  {"swiftconfmd5", nothing}};

// It tells about the machine: to operators only, by where they ask from.
Reply show_recon(api::Call& call, store::Transaction&) {
    const auto& swift = call.module<Swift>();
    const auto& hosts = swift.settings.recon_hosts;
    if (std::find(hosts.begin(), hosts.end(), call.request().remote_address) == hosts.end())
        throw api::Fault::general(api::Errc::not_found);
    for (const auto& check : kChecks)
        if (check.name == call.path("check")) return Reply::ok(check.look(swift));
    return Reply::text(404, "Invalid path: " + call.request().path, "text/plain");
}

constexpr Endpoint kTable[] = {
    {.method = Method::get,
     .path = "/recon/{check}",
     .policy = Policy::open(),
     .summary = "Show how the machine is, to operators.",
     .handle = show_recon},
};

}  // namespace

api::EndpointTable recon_endpoints() { return kTable; }

}  // namespace cumulet::objectstore::swift
