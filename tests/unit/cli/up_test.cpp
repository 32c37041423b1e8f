// The command as its user types it, over daemons that only pretend.
#include <signal.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>

#include "cli/child_process.hpp"
#include "cli/ports.hpp"
#include "cli/process_table.hpp"
#include "tests/support/child.hpp"
#include "tests/support/eventually.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace cumulet::test;
using Catch::Matchers::Contains;
namespace fs = std::filesystem;

namespace {

constexpr std::size_t kImageBytes = 300'000;

struct Outcome {
    int code;
    std::string output;
};

// One at which every port of a cloud is free, below the range that the kernel hands out by itself.
int free_offset() {
    while (true) {
        const int offset = cumulet::test::free_port() - 8'000;
        const auto ports = cumulet::cli::Ports::with_offset(offset);
        const auto all = {ports.identity,
                          ports.compute,
                          ports.metadata,
                          ports.volume,
                          ports.placement,
                          ports.agents,
                          ports.image,
                          ports.network,
                          ports.s3,
                          ports.bus,
                          ports.identity_admin,
                          ports.object_store,
                          ports.object_store_admin,
                          ports.compute_admin,
                          ports.agent_admin};
        if (std::all_of(all.begin(), all.end(), cumulet::test::is_free)) return offset;
    }
}

// A state folder, a folder of daemons, ports of its own; taken down at the end whatever happened.
class Cloud {
public:
    Cloud() {
        fs::create_directory(folder_.path() / "bin");
        for (const char* daemon : cumulet::cli::kDaemons)
            fs::create_symlink(FAKE_DAEMON, folder_.path() / "bin" / (std::string("cumulet-") + daemon));
    }
    ~Cloud() { run({"down"}); }

    Outcome run(std::vector<std::string> words) const {
        const std::string output = folder_.file("output");
        fs::remove(output);
        words.insert(words.begin(), {CUMULET, "--state", state(), "--programs", folder_.file("bin")});
        Child child(words, output);
        const int code = child.wait();
        return {code, read_file(output)};
    }
    Outcome up(std::vector<std::string> words = {}) const {
        words.insert(words.begin(),
                     {"up", "--detach", "--driver", "sim", "--hosts", "3", "--port-offset", std::to_string(offset_),
                      "--guest-image", folder_.write("guest.qcow2", std::string(kImageBytes, 'g'))});
        return run(words);
    }
    nlohmann::json status() const { return nlohmann::json::parse(run({"status", "--json"}).output); }
    std::string state() const { return folder_.file("state"); }
    std::string file(const std::string& name) const { return folder_.file(name); }
    int offset() const { return offset_; }

private:
    TemporaryFolder folder_;
    const int offset_ = free_offset();
};

pid_t pid_of(const nlohmann::json& status, const std::string& name) {
    for (const auto& process : status["processes"])
        if (process["name"] == name && process["pid"].is_number()) return process["pid"];
    return -1;
}

}  // namespace

TEST_CASE("up makes a cloud, status shows it, a killed daemon comes back, down ends all") {
    Cloud cloud;
    const auto up = cloud.up();
    INFO(up.output);
    REQUIRE(up.code == 0);
    REQUIRE_THAT(up.output,
                 Contains("The cloud is ready after") && Contains("source " + cloud.state() + "/openrc-demo"));

    const auto status = cloud.status();
    REQUIRE(status["state"] == "ready");
    REQUIRE(status["processes"].size() == 5);
    for (const auto& process : status["processes"]) REQUIRE(process["resident_bytes"] > 0);
    REQUIRE_THAT(cloud.run({"status"}).output, Contains("cumulet-compute"));
    REQUIRE(fs::exists(cloud.state() + "/clouds.yaml"));

    const auto made = nlohmann::json::parse(read_file(cloud.state() + "/data/compute/made.json"));
    REQUIRE(made["flavors"].size() == 5);
    REQUIRE(made["networks"].size() == 2);
    REQUIRE(made["subnets"][0]["enable_dhcp"] == false);
    REQUIRE(made["routers"][0]["external_gateway_info"]["network_id"] == "network-0");
    REQUIRE(made["security_group_rules"].size() == 2);
    REQUIRE(made["images"][0]["status"] == "active");
    REQUIRE(made["images"][0]["size"] == kImageBytes);

    const auto second = cloud.up();
    REQUIRE(second.code == 1);
    REQUIRE_THAT(second.output, Contains("is up in") && Contains("already"));

    const pid_t before = pid_of(status, "cumulet-compute");
    kill(before, SIGKILL);
    REQUIRE(eventually([&] {
        const auto now = cloud.status();
        return now["state"] == "ready" && pid_of(now, "cumulet-compute") != before;
    }));

    const auto down = cloud.run({"down"});
    REQUIRE(down.code == 0);
    for (const auto& process : status["processes"])
        REQUIRE_FALSE(cumulet::cli::start_ticks(process["pid"].get<pid_t>()).has_value());
    REQUIRE(cloud.run({"status"}).code == 3);
}

TEST_CASE("a daemon that cannot start ends `up` with its last words and leaves nothing running") {
    Cloud cloud;
    fs::remove(cloud.file("bin/cumulet-compute"));
    fs::create_symlink("/bin/false", cloud.file("bin/cumulet-compute"));
    const auto up = cloud.up();
    REQUIRE(up.code == 1);
    REQUIRE_THAT(up.output, Contains("The cloud does not come up. cumulet-compute ended with exit code 1"));
    REQUIRE(cloud.status()["state"] == "stopped");
    fs::remove(cloud.file("bin/cumulet-compute"));
    REQUIRE_THAT(cloud.up().output, Contains("cumulet-compute is not there"));
}

TEST_CASE("a cloud whose supervisor was killed comes up again") {
    Cloud cloud;
    REQUIRE(cloud.up().code == 0);
    const auto status = cloud.status();
    kill(status["supervisor"]["pid"].get<pid_t>(), SIGKILL);
    const auto again = cloud.run({"up", "--detach"});  // the choices of the first time are kept
    INFO(again.output);
    REQUIRE(again.code == 0);
    REQUIRE(cloud.status()["processes"].size() == 5);
    const auto made = nlohmann::json::parse(read_file(cloud.state() + "/data/compute/made.json"));
    REQUIRE(made["flavors"].size() == 5);
}

TEST_CASE("a backup of the running cloud is restored into a folder that is empty, and nowhere else") {
    Cloud cloud;
    const std::string copy = cloud.file("copy");
    REQUIRE_THAT(cloud.run({"backup", "--to", copy}).output, Contains("the cloud is not up"));
    REQUIRE(cloud.up().code == 0);
    REQUIRE(cloud.run({"backup", "--to", copy}).code == 0);
    REQUIRE(read_file(copy + "/cumulet-identity/note") == "cumulet-identity");
    REQUIRE_THAT(cloud.run({"backup", "--to", copy}).output, Contains("exists already"));
    REQUIRE_THAT(cloud.run({"restore", "--from", copy}).output, Contains("is not empty"));
    const auto password = read_file(cloud.state() + "/admin-password");
    REQUIRE(cloud.run({"down"}).code == 0);
    fs::remove_all(cloud.state());
    const auto restored = cloud.run({"restore", "--from", copy});
    INFO(restored.output);
    REQUIRE(restored.code == 0);
    REQUIRE(read_file(cloud.state() + "/admin-password") == password);
    REQUIRE(read_file(cloud.state() + "/data/compute/note") == "cumulet-compute");
    fs::remove(copy + "/cumulet-backup.json");
    REQUIRE_THAT(cloud.run({"restore", "--from", copy}).output, Contains("is no whole backup"));
}

TEST_CASE("a cloud may do without a daemon, and its catalog says so") {
    Cloud cloud;
    fs::remove(cloud.file("bin/cumulet-objectstore"));
    const auto up = cloud.up({"--without", "objectstore"});
    INFO(up.output);
    REQUIRE(up.code == 0);
    REQUIRE(cloud.status()["processes"].size() == 4);
    REQUIRE_THAT(read_file(cloud.state() + "/config/bootstrap.json"), !Contains("object-store"));
    REQUIRE(cloud.up({"--without", "identity"}).code != 0);
}

TEST_CASE("a foreground `up` stops in order on SIGTERM") {
    Cloud cloud;
    Child child({CUMULET, "--state", cloud.state(), "--programs", cloud.file("bin"), "up", "--driver", "sim",
                 "--port-offset", std::to_string(cloud.offset())},
                cloud.file("foreground"));
    REQUIRE(eventually([&] { return read_file(cloud.file("foreground")).find("Stop it:") != std::string::npos; }));
    child.signal(SIGTERM);
    REQUIRE(child.wait() == 0);
    REQUIRE(cloud.status()["state"] == "stopped");
}

TEST_CASE("wrong arguments are refused with a sentence") {
    Cloud cloud;
    REQUIRE_THAT(cloud.run({"up", "--detach", "--hosts", "5"}).output, Contains("only the sim driver"));
    REQUIRE_THAT(cloud.run({"up", "--detach", "--port-offset", "70000"}).output, Contains("ports go from 1 to 65535"));
    REQUIRE(cloud.run({"openrc"}).code == 1);
    REQUIRE(cloud.run({"fly"}).code != 0);
}
