// What must hold for every task in the table, whatever stands there.
#include <catch2/catch.hpp>

#include "world.hpp"

using namespace cumulet;
using namespace cumulet::compute;
using namespace cumulet::compute::converge;
using test::World;

namespace {

std::string label(const TaskKind& kind) { return std::string(kind.name) + " " + std::string(kind.variant); }

bool at_rest(World& world, const std::string& id) {
    auto server = world.server(id);
    return !server || (server->task_id.empty() && server->task_state.empty());
}

// Says `ok` to every order of the forward way but the n-th, and to every undo.
void run_with_failure_at(World& world, const std::string& id, int n, bool undo_ok) {
    for (int i = 0, forward = 0; i < 60 && !at_rest(world, id); ++i) {
        auto server = *world.server(id);
        const bool undoing = world.task(id, server.task_id).state == TaskState::undoing;
        const bool ok = undoing ? undo_ok : forward++ != n;
        auto answer = world.result(id, ok);
        REQUIRE(answer);
        REQUIRE(world.report(server.host, *answer));
    }
}

}  // namespace

TEST_CASE("every step of every task may be reported twice") {
    for (const auto& kind : all_kinds()) {
        INFO(label(kind));
        World world;
        auto server = world.started(kind);
        for (int i = 0; i < 20 && !at_rest(world, server.id); ++i) {
            auto answer = *world.result(server.id, true);
            const auto host = world.server(server.id)->host;
            REQUIRE(world.report(host, answer));
            REQUIRE_FALSE(world.report(host, answer));
        }
        REQUIRE(at_rest(world, server.id));
        REQUIRE(world.leaks() == "");
    }
}

TEST_CASE("a failure at any step of any task ends in a final state with nothing leaked") {
    for (const auto& kind : all_kinds()) {
        for (bool undo_ok : {true, false}) {
            for (int n = 0; n < static_cast<int>(kind.steps.size()); ++n) {
                INFO(label(kind) << " fails at order " << n << ", undo " << (undo_ok ? "works" : "fails"));
                World world;
                auto server = world.started(kind);
                run_with_failure_at(world, server.id, n, undo_ok);
                REQUIRE(at_rest(world, server.id));
                REQUIRE(world.leaks() == "");
                // Whatever it is now, it can be deleted.
                if (world.server(server.id)) {
                    world.start(server.id, "delete");
                    REQUIRE(world.answer_all(server.id) >= 0);
                }
                REQUIRE_FALSE(world.server(server.id));
                REQUIRE(world.leaks() == "");
            }
        }
    }
}

TEST_CASE("a host that never answers any order leaves no task open past its deadlines") {
    for (const auto& kind : all_kinds()) {
        INFO(label(kind));
        World world;
        auto server = world.started(kind);
        for (int i = 0; i < 60 && !at_rest(world, server.id); ++i) {
            world.clock.advance(std::chrono::minutes(20));
            const auto task_id = world.server(server.id)->task_id;
            REQUIRE(world.run([&](store::Transaction& txn) { return expire(txn, world.random, server.id, task_id); }));
        }
        REQUIRE(at_rest(world, server.id));
        REQUIRE(world.leaks() == "");
    }
}

TEST_CASE("every step of the compute daemon may run twice, and be undone twice") {
    for (const auto& kind : all_kinds()) {
        INFO(label(kind));
        World world;
        auto server = world.started(kind);
        if (kind.name == "delete") world.answer_all(server.id);
        if (!world.server(server.id)) continue;  // its last step is the server's end
        world.run([&](store::Transaction& txn) {
            auto now = *txn.get<Server>(server.id);
            auto task = *txn.get<Task>(server.id, now.task_id);
            StepContext context{.txn = txn, .random = world.random, .server = now, .task = task};
            for (const auto& step : kind.steps) {
                if (step.owner == Owner::host || step.run == nullptr || kind.name == "detach_interface") continue;
                for (int i = 0; i < 2; ++i) step.run(context);
            }
            txn.put(now, "test");
        });
        REQUIRE(world.leaks() == "");
        world.run([&](store::Transaction& txn) {
            auto now = *txn.get<Server>(server.id);
            auto task = *txn.get<Task>(server.id, now.task_id);
            StepContext context{.txn = txn, .random = world.random, .server = now, .task = task};
            for (auto step = kind.steps.rbegin(); step != kind.steps.rend(); ++step)
                for (int i = 0; i < 2 && step->undo != nullptr; ++i) step->undo(context);
            txn.put(now, "test");
        });
        REQUIRE(world.leaks() == "");
    }
}

TEST_CASE("delete is allowed in every state and during every task") {
    for (const auto& kind : all_kinds()) {
        INFO(label(kind));
        World world;
        auto server = world.started(kind);
        if (!world.server(server.id)) continue;
        world.start(server.id, "delete");
        REQUIRE(world.answer_all(server.id) >= 0);
        REQUIRE_FALSE(world.server(server.id));
        REQUIRE(world.leaks() == "");
    }
}

TEST_CASE("the table is whole: hosts' steps have deadlines, others have work") {
    for (const auto& kind : all_kinds()) {
        INFO(label(kind));
        REQUIRE_FALSE(kind.steps.empty());
        REQUIRE(kind.fail != nullptr);
        for (const auto& step : kind.steps) {
            INFO(std::string(step.name));
            if (step.owner == Owner::host) {
                REQUIRE_FALSE(step.action.empty());
                REQUIRE(step.deadline.count() > 0);
                REQUIRE(step.attempts > 0);
            } else {
                REQUIRE(step.run != nullptr);
            }
        }
    }
}
