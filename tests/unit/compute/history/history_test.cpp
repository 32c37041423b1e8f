#include "compute/history/history.hpp"

#include <catch2/catch.hpp>

using namespace cumulet;
using namespace cumulet::compute;
using namespace cumulet::compute::history;
using namespace std::chrono_literals;

namespace {

// Tasks whose records are written as compute/converge writes them.
struct Plane {
    std::unique_ptr<store::Engine> engine = store::make_memory_engine();
    ManualClock clock;
    std::optional<History> history{*engine};

    template <class Body>
    auto run(Body&& body) {
        return store::transact(*engine, {.time = clock.now(), .operation = "test"}, std::forward<Body>(body));
    }
    void begin(const std::string& server, const std::string& id, const std::string& name = "stop") {
        run([&](store::Transaction& txn) {
            Task task{.id = id, .server_id = server, .name = name, .request_id = "req-" + id, .user_id = "u"};
            task.start_time = txn.now();
            task.events.push_back({.step = "stop", .host = "h1", .start_time = txn.now()});
            txn.put(task, "stop started");
        });
    }
    void end(const std::string& server, const std::string& id, bool ok = true) {
        run([&](store::Transaction& txn) {
            auto task = *txn.get<Task>(server, id);
            task.state = ok ? TaskState::done : TaskState::failed;
            task.finish_time = task.events.back().finish_time = txn.now();
            task.events.back().result = ok ? "Success" : "Error";
            txn.put(task, "step done");
            txn.erase(task, "ended");
        });
    }
    std::vector<ServerAction> actions(const std::string& server) {
        return run([&](store::Transaction& txn) { return history->actions(txn, server); });
    }
    std::string told(const std::string& server) {
        std::string text;
        for (const auto& action : actions(server))
            text += action.id + (action.finish_time ? action.state == TaskState::done ? "+ " : "- " : "? ");
        return text;
    }
};

}  // namespace

TEST_CASE("actions are told at once, newest first, however much of the log is folded") {
    Plane plane;
    const auto fold_after = GENERATE(0, 1, 2, 3, 4, 5, 9);
    int done = 0;
    auto fold = [&] {
        if (++done == fold_after || fold_after == 9) plane.history->catch_up(plane.clock.now());
    };
    plane.begin("s", "a");
    fold();
    REQUIRE(plane.told("s") == "a? ");
    plane.clock.advance(1s);
    plane.end("s", "a");
    fold();
    REQUIRE(plane.told("s") == "a+ ");
    plane.begin("other", "b");
    fold();
    plane.begin("s", "c");
    plane.begin("s", "d");  // at the same moment: the order of the commits counts
    fold();
    plane.end("s", "d", false);
    fold();
    REQUIRE(plane.told("s") == "d- c? a+ ");
    const auto first = plane.actions("s").back();
    REQUIRE(first.request_id == "req-a");
    REQUIRE(first.events.size() == 1);
    REQUIRE(first.events[0].result == "Success");
    REQUIRE(*first.finish_time - first.start_time == 1s);
    plane.history.emplace(*plane.engine);
    REQUIRE(plane.told("s") == "d- c? a+ ");
    plane.history->catch_up(plane.clock.now());
    REQUIRE(plane.history->catch_up(plane.clock.now()) == 0);
    REQUIRE(plane.told("s") == "d- c? a+ ");
}

TEST_CASE("actions outlive the part of the log that they were made of") {
    Plane plane;
    plane.begin("s", "a");
    plane.end("s", "a");
    plane.begin("s", "b");
    plane.history->catch_up(plane.clock.now());
    plane.engine->trim_log(plane.history->position() + 1);
    plane.end("s", "b", false);
    REQUIRE(plane.told("s") == "b- a+ ");
    plane.run([](store::Transaction& txn) { forget(txn, "s"); });
    plane.history->catch_up(plane.clock.now());
    REQUIRE(plane.told("s") == "b- ");
}

TEST_CASE("a log that was trimmed beyond the position leaves what runs and what is on record") {
    Plane plane;
    plane.begin("s", "a");
    plane.begin("s", "z");
    plane.history->catch_up(plane.clock.now());
    plane.end("s", "z");
    plane.begin("s", "lost");
    plane.end("s", "lost");
    plane.begin("s", "b");
    plane.engine->trim_log(plane.engine->last_revision() + 1);
    plane.clock.advance(1s);
    plane.begin("s", "c");
    plane.end("s", "a");
    plane.history->catch_up(plane.clock.now());
    plane.end("s", "c");
    plane.history->catch_up(plane.clock.now());
    REQUIRE(plane.told("s") == "c+ b? z- a+ ");
    REQUIRE(plane.history->position() > 0);
}

TEST_CASE("tasks that ended when their records stayed become actions, those that run stay") {
    Plane plane;
    for (int i = 0; i < 1234; ++i)
        plane.run([&](store::Transaction& txn) {
            txn.put(Task{.id = "t" + std::to_string(i), .server_id = "s", .name = "stop", .state = TaskState::done},
                    "stop noted");
            txn.without_log();
        });
    plane.begin("s", "runs");
    REQUIRE(adopt_ended_tasks(*plane.engine, plane.clock.now()) == 1234);
    REQUIRE(plane.actions("s").size() == 1235);
    REQUIRE(plane.run([](store::Transaction& txn) { return txn.scan<Task>({}); }).size() == 1);
    REQUIRE(adopt_ended_tasks(*plane.engine, plane.clock.now()) == 0);
}
