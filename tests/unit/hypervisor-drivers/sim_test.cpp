#include <fmt/format.h>
#include <catch2/catch.hpp>
#include <filesystem>
#include <random>

#include "conformance.hpp"
#include "hypervisor-drivers/sim/driver.hpp"

namespace {

using namespace cumulet::hypervisor;
using std::chrono::milliseconds;

class Folder {
public:
    Folder() : path(std::filesystem::temp_directory_path() / fmt::format("cumulet-sim-{:x}", std::random_device{}())) {
        std::filesystem::create_directories(path);
    }
    ~Folder() { std::filesystem::remove_all(path); }
    const std::filesystem::path path;
};

class SimSubject final : public conformance::Subject {
public:
    Hypervisor& driver() override { return *driver_; }
    void restart_driver() override { driver_ = std::make_unique<sim::SimDriver>(host_); }
    GuestSpec new_guest(const std::string& name) override {
        GuestSpec spec;
        spec.id = fmt::format("guest-{}", ++made_);
        spec.name = name;
        spec.guest_folder = (folder_.path / spec.id).string();
        spec.disks.push_back({.id = "root", .path = spec.guest_folder + "/root.qcow2"});
        return spec;
    }
    NicSpec new_nic() override { return {.mac = fmt::format("fa:16:3e:00:00:{:02x}", ++made_)}; }
    std::string boot_marker() const override { return "CUMULET-GUEST: booting"; }
    GuestId add_foreign() override {
        host_->add_foreign("foreign", "somebody's");
        return "foreign";
    }
    bool foreign_is_well(const GuestId& id) override { return host_->find(id)->power == Power::running; }
    void kill_guest(const GuestId& id) override { host_->break_guest(id, Power::crashed); }
    void leave_half_defined(const GuestSpec& spec) override { std::filesystem::create_directories(spec.guest_folder); }
    std::vector<std::string> leftovers(const GuestSpec& spec) override {
        std::vector<std::string> left;
        if (host_->find(spec.id)) left.push_back("record of " + spec.id);
        if (std::filesystem::exists(spec.guest_folder)) left.push_back(spec.guest_folder);
        return left;
    }
    std::vector<std::string> macs(const GuestId& id) override { return host_->find(id)->macs; }

private:
    Folder folder_;
    int made_ = 0;
    std::shared_ptr<sim::SimHost> host_ = std::make_shared<sim::SimHost>("node-1", sim::SimSettings{});
    std::unique_ptr<sim::SimDriver> driver_ = std::make_unique<sim::SimDriver>(host_);
};

GuestSpec spec_of(const std::string& id) {
    GuestSpec spec;
    spec.id = id;
    spec.name = "name-of-" + id;
    return spec;
}

TEST_CASE("the simulated driver conforms") {
    for (const auto& wanted : conformance::cases()) {
        DYNAMIC_SECTION(wanted.name) {
            SimSubject subject;
            wanted.run(subject);
        }
    }
}

TEST_CASE("simulated delays run on the clock that was given, and come from the seed alone") {
    const auto delays = [](std::uint64_t seed) {
        std::vector<milliseconds> slept;
        sim::SimSettings settings;
        settings.seed = seed;
        settings.delay.fill({milliseconds(5), milliseconds(5'000)});
        sim::SimDriver driver(std::make_shared<sim::SimHost>("node-1", settings),
                              {.sleep = [&](milliseconds time) { slept.push_back(time); }, .hang = {}});
        for (int i = 0; i < 20; ++i) driver.ensure_defined(spec_of(fmt::format("g{}", i)));
        return slept;
    };
    const auto first = delays(1);
    REQUIRE(first.size() == 20);
    for (const auto time : first) CHECK((time >= milliseconds(5) && time <= milliseconds(5'000)));
    CHECK(delays(1) == first);
    CHECK(delays(2) != first);
}

TEST_CASE("simulated faults come before or after the effect, and repeating finishes") {
    sim::SimSettings settings;
    settings.fault.fill(0.5);
    const auto host = std::make_shared<sim::SimHost>("node-1", settings);
    sim::SimDriver driver(host);
    int without_effect = 0;
    int with_effect = 0;
    for (int i = 0; i < 200; ++i) {
        const GuestSpec spec = spec_of(fmt::format("g{}", i));
        for (bool done = false; !done;) {
            try {
                driver.ensure_defined(spec);
                done = true;
            } catch (const DriverError& error) {
                CHECK(error.code == DriverErrc::failed);
                ++(host->find(spec.id) ? with_effect : without_effect);
            }
        }
    }
    CHECK(host->guests().size() == 200);
    CHECK(without_effect > 20);
    CHECK(with_effect > 20);
    host->set_faults(0);
    CHECK(driver.observe().size() == 200);
}

TEST_CASE("a call on a guest of the chosen name hangs until the host lets go") {
    sim::SimSettings settings;
    settings.hang_name = "stuck";
    const auto host = std::make_shared<sim::SimHost>("node-1", settings);
    sim::SimDriver driver(host);
    GuestSpec stuck = spec_of("a");
    stuck.name = "is-stuck-here";
    driver.ensure_defined(stuck);
    driver.ensure_defined(spec_of("b"));
    bool failed = false;
    std::thread caller([&] {
        try {
            driver.ensure_power("a", Power::running);
        } catch (const DriverError&) {
            failed = true;
        }
    });
    REQUIRE(conformance::eventually([&] { return host->hanging() == 1; }));
    driver.ensure_power("b", Power::running);
    CHECK(host->find("b")->power == Power::running);
    CHECK(host->find("a")->power == Power::shutdown);
    driver.ensure_absent("a", "");
    host->release_hangs();
    caller.join();
    CHECK(failed);
}

TEST_CASE("a restarted process finds its simulated guests again, a torn last line included") {
    const Folder folder;
    sim::SimSettings settings;
    settings.state_dir = folder.path;
    {
        sim::SimDriver driver(std::make_shared<sim::SimHost>("node-1", settings));
        for (int i = 0; i < 50; ++i) {
            driver.ensure_defined(spec_of(fmt::format("g{}", i)));
            driver.ensure_power(fmt::format("g{}", i), Power::running);
        }
        driver.ensure_absent("g7", "");
        driver.ensure_power("g8", Power::suspended);
    }
    const auto file = folder.path / "sim-node-1.jsonl";
    std::filesystem::resize_file(file, std::filesystem::file_size(file) - 10);
    const sim::SimHost again("node-1", settings);
    CHECK(again.guests().size() == 49);
    CHECK_FALSE(again.find("g7"));
    CHECK(again.find("g8")->power == Power::running);  // the torn line was its suspension
    CHECK(again.find("g9")->power == Power::running);
    CHECK(again.find("g9")->boots == 1);
    const sim::SimHost other("node-2", settings);
    CHECK(other.guests().empty());
}

TEST_CASE("the file of simulated guests does not grow with their history") {
    const Folder folder;
    sim::SimSettings settings;
    settings.state_dir = folder.path;
    sim::SimDriver driver(std::make_shared<sim::SimHost>("node-1", settings));
    for (int i = 0; i < 10'000; ++i) {
        driver.ensure_defined(spec_of("g"));
        driver.ensure_power("g", Power::running);
        driver.ensure_absent("g", "");
    }
    CHECK(std::filesystem::file_size(folder.path / "sim-node-1.jsonl") < 500'000);
}

}  // namespace
