// The supervisor with shell scripts in place of daemons.
#include "cli/supervisor.hpp"

#include <signal.h>
#include <sys/wait.h>

#include <catch2/catch.hpp>

#include "cli/down.hpp"
#include "cli/status.hpp"
#include "tests/support/child.hpp"
#include "tests/support/eventually.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace cumulet::cli;
using Catch::Matchers::Contains;
using cumulet::test::eventually;
using cumulet::test::TemporaryFolder;
using std::chrono::seconds;

namespace {

// Says that it is ready, as a daemon does, then goes on as `then`.
ProcessSpec ready_and(const std::string& name, const std::string& then) {
    return {name,
            {"sh", "-c",
             "echo \"{\\\"pid\\\": $$, \\\"ports\\\": {\\\"api\\\": 7}}\" > $CUMULET_READY_FILE.new && "
             "mv $CUMULET_READY_FILE.new $CUMULET_READY_FILE && " +
                 then},
            std::nullopt};
}

class Folder {
public:
    Folder() : state(folder_.path()) { state.create(); }
    nlohmann::json status() const {
        return nlohmann::json::parse(cumulet::test::read_file(state.status_file()), nullptr, false);
    }
    pid_t pid_of(std::size_t index) const {
        const auto json = status();
        if (!json.is_object() || json["processes"][index]["state"] != "ready") return -1;
        return json["processes"][index]["pid"];
    }

private:
    TemporaryFolder folder_;

public:
    const StateFolder state;
};

// run() returns when it is asked to stop: here by a process that ends the test once it has seen what it waits for.
void run_until(Supervisor& supervisor, const std::function<bool()>& seen) {
    const pid_t watcher = fork();
    if (watcher == 0) {
        const bool in_time = eventually(seen);
        kill(getppid(), SIGTERM);
        _exit(in_time ? 0 : 1);
    }
    supervisor.run();
    // The supervisor may have collected the watcher already: then what it saw is checked by the caller.
    waitpid(watcher, nullptr, 0);
}

}  // namespace

TEST_CASE("a killed process is started again, and stopping ends all") {
    Folder folder;
    pid_t first = -1, second = -1, other = -1;
    {
        Supervisor supervisor(folder.state, {ready_and("one", "exec sleep 1000"), ready_and("two", "exec sleep 1000")});
        supervisor.start();
        REQUIRE(supervisor.wait_until_ready(seconds(20)) == Supervisor::Wait::ready);
        first = folder.pid_of(0);
        other = folder.pid_of(1);
        REQUIRE(first > 0);
        REQUIRE(folder.status()["processes"][0]["ports"]["api"] == 7);
        kill(first, SIGKILL);
        run_until(supervisor, [&] {
            const pid_t now = folder.pid_of(0);
            return now > 0 && now != first;
        });
        second = folder.pid_of(0);
        REQUIRE(second > 0);
        REQUIRE(second != first);
        REQUIRE(folder.status()["processes"][0]["restarts"] == 1);
        REQUIRE(folder.pid_of(1) == other);
    }
    for (const pid_t pid : {first, second, other}) REQUIRE_FALSE(start_ticks(pid).has_value());
    REQUIRE_FALSE(fs::exists(folder.state.status_file()));
}

TEST_CASE("a process that ends by itself before it is ready is a failure that shows its last words") {
    Folder folder;
    Supervisor supervisor(folder.state, {{"bad", {"sh", "-c", "echo port 5000 is taken; exit 1"}, std::nullopt},
                                         ready_and("good", "exec sleep 1000")});
    supervisor.start();
    REQUIRE(supervisor.wait_until_ready(seconds(20)) == Supervisor::Wait::failed);
    REQUIRE_THAT(supervisor.failure(), Contains("bad ended with exit code 1") && Contains("port 5000 is taken"));
}

TEST_CASE("a process that never gets ready is named when time is up") {
    Folder folder;
    Supervisor supervisor(folder.state,
                          {{"slow", {"sleep", "1000"}, std::nullopt}, ready_and("good", "exec sleep 1000")});
    supervisor.start();
    REQUIRE(supervisor.wait_until_ready(seconds(2)) == Supervisor::Wait::failed);
    REQUIRE_THAT(supervisor.failure(), Contains("slow") && !Contains("good"));
}

TEST_CASE("readiness waits for the task too and keeps how it ended") {
    Folder folder;
    Supervisor supervisor(folder.state, {ready_and("good", "exec sleep 1000")});
    supervisor.start();
    supervisor.start_task("task",
                          {.command = {"sh", "-c", "exit 3"}, .environment = {}, .output = folder.state.log_file("t")});
    REQUIRE(supervisor.wait_until_ready(seconds(20)) == Supervisor::Wait::ready);
    REQUIRE(supervisor.task_status().has_value());
    REQUIRE(WEXITSTATUS(*supervisor.task_status()) == 3);
}

TEST_CASE("a process that ignores SIGTERM is killed in the end") {
    Folder folder;
    Supervisor supervisor(folder.state, {ready_and("deaf", "trap '' TERM; while :; do sleep 1000; done")});
    supervisor.start();
    REQUIRE(supervisor.wait_until_ready(seconds(20)) == Supervisor::Wait::ready);
    const pid_t pid = folder.pid_of(0);
    supervisor.stop(std::chrono::milliseconds(100));
    REQUIRE_FALSE(start_ticks(pid).has_value());
}

TEST_CASE("a listener makes a probed process ready") {
    Folder folder;
    const auto port = cumulet::test::free_port();
    Supervisor supervisor(folder.state,
                          {{"bus", {"nats-server", "-a", "127.0.0.1", "-p", std::to_string(port)}, port}});
    supervisor.start();
    REQUIRE(supervisor.wait_until_ready(seconds(20)) == Supervisor::Wait::ready);
    REQUIRE(folder.status()["processes"][0]["ports"]["bus"] == port);
}

TEST_CASE("what a killed supervisor leaves ends by itself, and the next one waits for it") {
    Folder folder;
    const pid_t supervisor_pid = fork();
    if (supervisor_pid == 0) {
        Supervisor supervisor(folder.state, {ready_and("one", "exec sleep 1000")});
        supervisor.start();
        supervisor.wait_until_ready(seconds(20));
        supervisor.run();
        _exit(0);
    }
    REQUIRE(eventually([&] { return folder.pid_of(0) > 0; }));
    const pid_t left = folder.pid_of(0);
    kill(supervisor_pid, SIGKILL);
    waitpid(supervisor_pid, nullptr, 0);
    see_off_leftovers(folder.state);
    REQUIRE_FALSE(start_ticks(left).has_value());
    REQUIRE(cloud_status(folder.state)["state"] == "stopped");
    REQUIRE(down(folder.state) == 0);
}

TEST_CASE("restarts come at once, then slower, never slower than five seconds") {
    using std::chrono::milliseconds;
    REQUIRE(restart_delay(1) == milliseconds(0));
    REQUIRE(restart_delay(2) == milliseconds(0));
    REQUIRE(restart_delay(3) == milliseconds(100));
    REQUIRE(restart_delay(5) == milliseconds(400));
    REQUIRE(restart_delay(1000) == milliseconds(5'000));
}
