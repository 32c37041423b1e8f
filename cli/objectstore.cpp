#include "cli/objectstore.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "common/daemon/control.hpp"

namespace cumulet::cli {

namespace {

nlohmann::json ask_for_rotten(const StateFolder& state) {
    auto all = nlohmann::json::array();
    nlohmann::json request = {{"command", "rotten"}};
    for (;;) {
        auto page = daemon::ask_daemon(state.control_socket("cumulet-objectstore"), request)["objects"];
        if (page.empty()) return all;
        request["file"] = page.back()["file"];
        request["offset"] = page.back()["offset"];
        for (auto& each : page) all.push_back(std::move(each));
    }
}

}  // namespace

int print_rotten(const StateFolder& state, bool as_json) {
    nlohmann::json all;
    try {
        all = ask_for_rotten(state);
    } catch (const std::exception& failure) {
        throw CommandError(fmt::format("the object store cannot be asked: {}", failure.what()));
    }
    if (as_json) fmt::print("{}\n", all.dump());
    for (const auto& each : all)
        if (!as_json)
            fmt::print("{}  disk {}  {} bytes  {}\n", each["found_at"].get<std::string>(), each["disk"].get<int>(),
                       each["bytes"].get<std::uint64_t>(), each["object"].dump());
    return all.empty() ? 0 : 1;
}

}  // namespace cumulet::cli
