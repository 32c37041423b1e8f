// The skeleton, seen from outside: a small daemon is started as a process and watched.
#include "common/daemon/daemon.hpp"

#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <future>

#include "common/daemon/control.hpp"
#include "tests/support/child.hpp"
#include "tests/support/eventually.hpp"
#include "tests/support/http_get.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace cumulet::test;
using Catch::Matchers::Contains;

namespace {

struct Outcome {
    int code;
    std::string output;
};

Outcome run_to_end(std::vector<std::string> arguments,
                   const std::vector<std::pair<std::string, std::string>>& environment = {}) {
    const TemporaryFolder folder;
    arguments.insert(arguments.begin(), FAKE_DAEMON);
    Child child(arguments, folder.file("out"), environment);
    const int code = child.wait();
    return {code, read_file(folder.file("out"))};
}

// A running daemon, ready unless told otherwise.
class Running {
public:
    explicit Running(std::vector<std::string> settings = {}, const std::string& notify_socket = "")
        : child_(command(std::move(settings)), folder_.file("out"), environment(notify_socket)) {
        REQUIRE(eventually([&] { return std::filesystem::exists(folder_.file("ready")); }));
    }
    nlohmann::json ready() const { return nlohmann::json::parse(read_file(folder_.file("ready"))); }
    std::string output() const { return read_file(folder_.file("out")); }
    Answer get(const std::string& path) const { return http_get(ready()["ports"]["admin"].get<std::uint16_t>(), path); }
    Child& child() { return child_; }
    const TemporaryFolder& folder() const { return folder_; }

private:
    std::vector<std::string> command(std::vector<std::string> settings) {
        std::vector<std::string> words = {FAKE_DAEMON, "--set", "bus.url="};
        for (auto& setting : settings) words.insert(words.end(), {"--set", setting});
        return words;
    }
    std::vector<std::pair<std::string, std::string>> environment(const std::string& notify_socket) {
        return {{"CUMULET_READY_FILE", folder_.file("ready")},
                {"CUMULET_CONTROL_SOCKET", folder_.file("control")},
                {"NOTIFY_SOCKET", notify_socket}};
    }

    TemporaryFolder folder_;
    Child child_;
};

std::size_t position(const std::string& text, const std::string& part) {
    const auto found = text.find(part);
    INFO(text);
    REQUIRE(found != std::string::npos);
    return found;
}

}  // namespace

TEST_CASE("components start in order and stop in reverse, and SIGTERM is a success") {
    Running daemon;
    daemon.child().signal(SIGTERM);
    REQUIRE(daemon.child().wait() == 0);
    const auto text = daemon.output();
    REQUIRE(position(text, "start lower") < position(text, "start upper"));
    REQUIRE(position(text, "start upper") < position(text, "stop upper"));
    REQUIRE(position(text, "stop upper") < position(text, "stop lower"));
    REQUIRE(position(text, "stop lower") < position(text, "gone upper"));
    REQUIRE(position(text, "gone upper") < position(text, "gone lower"));
}

TEST_CASE("a component that cannot start ends the daemon, and what was started is stopped") {
    const auto outcome = run_to_end({"--set", "bus.url=", "--set", "fake.failing=upper"});
    REQUIRE(outcome.code == 1);
    REQUIRE_THAT(outcome.output, Contains("cannot start: upper cannot start") && Contains("stop lower"));
    REQUIRE_THAT(outcome.output, !Contains("stop upper"));
}

TEST_CASE("a daemon that gives up stops in order and fails") {
    const auto outcome = run_to_end({"--set", "bus.url=", "--set", "fake.give_up=true"});
    REQUIRE(outcome.code == 1);
    REQUIRE_THAT(outcome.output, Contains("upper gives up") && Contains("stop upper") && Contains("stop lower"));
}

TEST_CASE("the ready file names process and ports") {
    Running daemon;
    REQUIRE(daemon.ready()["name"] == "fake-daemon");
    REQUIRE(daemon.ready()["pid"] == daemon.child().pid());
    REQUIRE(is_listening(daemon.ready()["ports"]["admin"].get<std::uint16_t>()));
}

TEST_CASE("the admin listener tells health and metrics, and nothing else") {
    Running daemon;
    REQUIRE(daemon.get("/healthcheck").status == 200);
    REQUIRE_THAT(daemon.get("/metrics").body, Contains("fake_total 1\n"));
    REQUIRE(daemon.get("/secrets").status == 404);
    Running ill({"fake.unwell=no disk"});
    const auto answer = ill.get("/healthcheck");
    REQUIRE(answer.status == 503);
    REQUIRE(nlohmann::json::parse(answer.body)["complaints"]["fake"] == "no disk");
}

TEST_CASE("SIGHUP reloads components and opens the log file again") {
    const TemporaryFolder folder;
    Running daemon({"log.file=" + folder.file("log")});
    std::filesystem::rename(folder.file("log"), folder.file("log.1"));
    daemon.child().signal(SIGHUP);
    REQUIRE(eventually([&] { return read_file(folder.file("log")).find("reloaded") != std::string::npos; }));
    REQUIRE_THAT(read_file(folder.file("log")), Contains("reload lower") && Contains("reload upper"));
    REQUIRE(daemon.child().is_running());
}

TEST_CASE("a backup is asked for through the control socket and restored by a flag") {
    using cumulet::daemon::ask_daemon;
    Running daemon;
    const std::string target = daemon.folder().file("backup");
    REQUIRE(eventually([&] { return std::filesystem::exists(daemon.folder().file("control")); }));
    REQUIRE(ask_daemon(daemon.folder().file("control"), {{"command", "backup"}, {"folder", target}})["done"] == true);
    REQUIRE(read_file(target + "/fake/kept") == "what was kept");
    REQUIRE_THROWS_WITH(ask_daemon(daemon.folder().file("control"), {{"command", "dance"}}),
                        Contains("the commands are"));
    REQUIRE_THROWS_WITH(ask_daemon(daemon.folder().file("control"), {{"command", "backup"}, {"folder", "here"}}),
                        Contains("absolute path"));
    const auto outcome = run_to_end({"--restore", target});
    REQUIRE(outcome.code == 0);
    REQUIRE_THAT(outcome.output, Contains("restored true"));
}

TEST_CASE("a control socket works however long its path is") {
    const TemporaryFolder folder;
    const auto deep = folder.path() / std::string(120, 'd');
    std::filesystem::create_directory(deep);
    cumulet::daemon::ControlSocket control(deep / "control", [](const nlohmann::json& request) { return request; });
    const nlohmann::json question = {{"question", 1}};
    auto answer =
        std::async(std::launch::async, [&] { return cumulet::daemon::ask_daemon(deep / "control", question); });
    pollfd watched = {control.descriptor(), POLLIN, 0};
    REQUIRE(poll(&watched, 1, 20'000) == 1);
    control.serve_one();
    REQUIRE(answer.get() == question);
}

TEST_CASE("systemd hears of readiness and of the stop") {
    const TemporaryFolder folder;
    const int channel = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    folder.file("notify").copy(address.sun_path, sizeof address.sun_path - 1);
    REQUIRE(bind(channel, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
    Running daemon({}, folder.file("notify"));
    char message[64];
    REQUIRE(std::string(message, static_cast<std::size_t>(recv(channel, message, sizeof message, 0))) == "READY=1");
    daemon.child().signal(SIGTERM);
    REQUIRE(std::string(message, static_cast<std::size_t>(recv(channel, message, sizeof message, 0))) == "STOPPING=1");
    close(channel);
}

TEST_CASE("wrong flags and configuration end with 2 and a sentence") {
    auto outcome = run_to_end({"--set", "agent.admin_prt=1"});
    REQUIRE(outcome.code == 2);
    REQUIRE_THAT(outcome.output, Contains("did you mean 'agent.admin_port'?"));
    outcome = run_to_end({"--no-such-flag"});
    REQUIRE(outcome.code == 2);
    outcome = run_to_end({"--config", "/nonexistent.toml"});
    REQUIRE(outcome.code == 2);
    REQUIRE_THAT(outcome.output, Contains("/nonexistent.toml"));
    outcome = run_to_end({"--set", "log.level=loud"});
    REQUIRE(outcome.code == 2);
    REQUIRE_THAT(outcome.output, Contains("wants debug, info, warning or error"));
    outcome = run_to_end({"--set", "agent.admin_port=70000"});
    REQUIRE(outcome.code == 2);
    REQUIRE_THAT(outcome.output, Contains("agent.admin_port"));
}

TEST_CASE("help, version and the printed configuration name every key") {
    REQUIRE_THAT(run_to_end({"--help"}).output,
                 Contains("--check-config") && Contains("[fake]\n# The component whose"));
    REQUIRE_THAT(run_to_end({"--version"}).output, Contains("fake-daemon 0."));
    const auto printed = run_to_end({"--print-config"});
    REQUIRE(printed.code == 0);
    REQUIRE_THAT(printed.output, Contains("[agent]") && Contains("[bus]") && Contains("[log]"));
    const TemporaryFolder folder;
    const auto checked = run_to_end({"--check-config", "--config", folder.write("all.toml", printed.output)});
    REQUIRE(checked.code == 0);
}

TEST_CASE("an unknown user in the configuration is an error, not root for ever") {
    if (geteuid() != 0) return;
    const auto outcome = run_to_end({"--set", "daemon.user=nosuchuser-cumulet"});
    REQUIRE(outcome.code == 1);
    REQUIRE_THAT(outcome.output, Contains("there is no user 'nosuchuser-cumulet'"));
}
