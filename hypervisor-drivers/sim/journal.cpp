#include "hypervisor-drivers/sim/journal.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <nlohmann/json.hpp>

namespace cumulet::hypervisor::sim {
namespace {

using nlohmann::json;

constexpr std::size_t kSpareLines = 1'000;

std::string line_of(const SimGuest& guest) {
    json line = {{"id", guest.id},
                 {"name", guest.name},
                 {"power", static_cast<int>(guest.power)},
                 {"foreign", guest.foreign},
                 {"vcpus", guest.vcpus},
                 {"memory_mib", guest.memory_mib},
                 {"generation", guest.generation},
                 {"boots", guest.boots},
                 {"disks", guest.disks},
                 {"macs", guest.macs}};
    return line.dump(-1, ' ', false, json::error_handler_t::replace) + "\n";
}

SimGuest guest_of(const json& line) {
    SimGuest guest;
    guest.id = line.at("id");
    guest.name = line.at("name");
    guest.power = static_cast<Power>(line.at("power").get<int>());
    guest.foreign = line.at("foreign");
    guest.vcpus = line.at("vcpus");
    guest.memory_mib = line.at("memory_mib");
    guest.generation = line.at("generation");
    guest.boots = line.at("boots");
    guest.disks = line.at("disks");
    guest.macs = line.at("macs");
    return guest;
}

[[noreturn]] void fail(const std::filesystem::path& file) {
    throw DriverError(DriverErrc::failed, fmt::format("cannot write {}: {}", file.string(), std::strerror(errno)));
}

}  // namespace

Journal::Journal(std::filesystem::path file) : file_(std::move(file)) {
    std::error_code ignored;
    std::filesystem::create_directories(file_.parent_path(), ignored);
}

std::map<GuestId, SimGuest> Journal::read() const {
    std::map<GuestId, SimGuest> guests;
    std::ifstream in(file_);
    for (std::string text; std::getline(in, text);) {
        const json line = json::parse(text, nullptr, false);
        if (line.is_discarded()) continue;
        if (line.contains("gone")) {
            guests.erase(line.at("gone").get<std::string>());
        } else {
            SimGuest guest = guest_of(line);
            const GuestId id = guest.id;
            guests.insert_or_assign(id, std::move(guest));
        }
    }
    return guests;
}

void Journal::put(const SimGuest& guest, const std::map<GuestId, SimGuest>& all) { append(line_of(guest), all); }

void Journal::erase(const GuestId& id, const std::map<GuestId, SimGuest>& all) {
    append(json{{"gone", id}}.dump() + "\n", all);
}

void Journal::append(const std::string& line, const std::map<GuestId, SimGuest>& all) {
    if (!out_ || lines_ > 2 * all.size() + kSpareLines) return rewrite(all);
    if (std::fputs(line.c_str(), out_.get()) < 0 || std::fflush(out_.get()) != 0) fail(file_);
    ++lines_;
}

void Journal::rewrite(const std::map<GuestId, SimGuest>& all) {
    const std::filesystem::path next = file_.string() + ".next";
    out_.reset(std::fopen(next.c_str(), "we"));
    if (!out_) fail(next);
    for (const auto& [id, guest] : all) {
        if (std::fputs(line_of(guest).c_str(), out_.get()) < 0) fail(next);
    }
    if (std::fflush(out_.get()) != 0) fail(next);
    std::filesystem::rename(next, file_);
    lines_ = all.size();
}

}  // namespace cumulet::hypervisor::sim
