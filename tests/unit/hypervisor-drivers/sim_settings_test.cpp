#include <catch2/catch.hpp>

#include "hypervisor-drivers/sim/settings.hpp"

namespace {

using namespace cumulet::hypervisor;
using std::chrono::milliseconds;

TEST_CASE("the settings of the simulated driver are read, the operation's own weigh more") {
    const auto read = sim::read_settings({{"delay_ms", "5..20"},
                                          {"delay_ms.start", "300"},
                                          {"fault", "0.1"},
                                          {"fault.absent", "0"},
                                          {"hang_name", "stuck"},
                                          {"hang_operations", "start,define"},
                                          {"seed", "42"},
                                          {"memory_mib", "1024"}});
    const auto at = [](sim::Operation operation) { return static_cast<std::size_t>(operation); };
    CHECK(read.delay[at(sim::Operation::stop)].most == milliseconds(20));
    CHECK(read.delay[at(sim::Operation::start)].least == milliseconds(300));
    CHECK(read.delay[at(sim::Operation::start)].most == milliseconds(300));
    CHECK(read.fault[at(sim::Operation::define)] == 0.1);
    CHECK(read.fault[at(sim::Operation::absent)] == 0);
    CHECK(read.hang_operations == std::set{sim::Operation::start, sim::Operation::define});
    CHECK(read.seed == 42);
    CHECK(read.memory_mib == 1024);
}

TEST_CASE("settings of the simulated driver that make no sense are refused with their name") {
    const Settings wrong[] = {{{"delay_ms", "20..5"}},
                              {{"delay_ms", "soon"}},
                              {{"fault", "2"}},
                              {{"fault.fly", "0.5"}},
                              {{"hang_operations", "jump"}},
                              {{"speed", "1"}},
                              {{"slow.start", "1"}},
                              {{"vcpus", "-3"}},
                              {{"seed", ""}}};
    for (const auto& settings : wrong) {
        const std::string& key = settings.begin()->first;
        INFO(key << " = " << settings.begin()->second);
        CHECK_THROWS_WITH(sim::read_settings(settings), Catch::Contains(key));
    }
}

}  // namespace
