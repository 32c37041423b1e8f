// Keeps simulated guests in a file of JSON lines, one line a change, so that a restarted agent finds its guests again.
#pragma once

#include <cstdio>
#include <filesystem>
#include <map>
#include <memory>

#include "hypervisor-drivers/sim/guest.hpp"

namespace cumulet::hypervisor::sim {

// The caller serialises the calls. A change is one write of one line: a process killed half-way leaves at most a torn
// last line, which the next reader drops. The file is written anew (to a second file, then renamed) when most of it is
// history. It is not synced: it outlives a process, not a power cut. Throws DriverError (failed) when the file cannot
// be written.
class Journal {
public:
    explicit Journal(std::filesystem::path file);

    std::map<GuestId, SimGuest> read() const;
    void put(const SimGuest& guest, const std::map<GuestId, SimGuest>& all);
    void erase(const GuestId& id, const std::map<GuestId, SimGuest>& all);
    void rewrite(const std::map<GuestId, SimGuest>& all);

private:
    struct Close {
        void operator()(std::FILE* file) const { std::fclose(file); }
    };

    void append(const std::string& line, const std::map<GuestId, SimGuest>& all);

    std::filesystem::path file_;
    std::unique_ptr<std::FILE, Close> out_;
    std::size_t lines_ = 0;
};

}  // namespace cumulet::hypervisor::sim
