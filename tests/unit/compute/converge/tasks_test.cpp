#include <catch2/catch.hpp>

#include "common/api/fault.hpp"
#include "compute/model/migration.hpp"
#include "world.hpp"

using namespace cumulet;
using namespace cumulet::compute;
using namespace cumulet::compute::converge;
using test::World;

TEST_CASE("a created server is placed in the same transaction and is active once its host says so") {
    World world;
    auto server = world.create();
    REQUIRE(server.vm_state == VmState::building);
    REQUIRE(server.task_state == "spawning");
    REQUIRE_FALSE(server.host.empty());
    auto guest = world.desired(server.id);
    REQUIRE(guest);
    REQUIRE(guest->order->action == "spawn");
    REQUIRE(world.answer_all(server.id) == 1);
    auto active = *world.server(server.id);
    REQUIRE(active.vm_state == VmState::active);
    REQUIRE(active.task_state.empty());
    REQUIRE(active.power_state == PowerState::running);
    REQUIRE(active.launched_at);
    REQUIRE(world.desired(server.id)->wanted_power == "running");
    REQUIRE_FALSE(world.desired(server.id)->order);
    REQUIRE(world.leaks() == "");
}

TEST_CASE("a server that fits nowhere is in error with the explanation, in the same commit") {
    World world(0);
    auto server = world.create();
    REQUIRE(server.vm_state == VmState::error);
    REQUIRE(server.fault->message == "No valid host was found. There is no host.");
    REQUIRE(server.task_state.empty());
    REQUIRE(world.leaks() == "");
    world.start(server.id, "delete");
    REQUIRE_FALSE(world.server(server.id));
    REQUIRE(world.leaks() == "");
}

TEST_CASE("a spawn that fails is removed from its host, then tried on another") {
    World world;
    auto server = world.create();
    const auto first = server.host;
    world.report(first, *world.result(server.id, false));
    REQUIRE(world.desired(server.id)->order->action == "destroy");
    REQUIRE(world.server(server.id)->host == first);
    world.report(first, *world.result(server.id, true));
    auto second = *world.server(server.id);
    REQUIRE(second.host != first);
    REQUIRE_FALSE(second.host.empty());
    REQUIRE(world.desired(server.id)->order->action == "spawn");
    REQUIRE(world.leaks() == "");
    world.answer_all(server.id);
    REQUIRE(world.server(server.id)->vm_state == VmState::active);
}

TEST_CASE("when all hosts fail, the server is in error, on none, and says why") {
    World world;
    auto server = world.create();
    for (int i = 0; i < 20 && world.result(server.id, true); ++i) {
        auto order = world.desired(server.id)->order->action;
        world.report(world.server(server.id)->host, *world.result(server.id, order == "destroy"));
    }
    auto failed = *world.server(server.id);
    REQUIRE(failed.vm_state == VmState::error);
    REQUIRE(failed.host.empty());
    REQUIRE(failed.fault->message.find("it broke") != std::string::npos);
    REQUIRE(world.leaks() == "");
}

TEST_CASE("deleting wins over an unfinished create, and the late spawn is not heard") {
    World world;
    auto server = world.create();
    auto late = *world.result(server.id, true);
    world.start(server.id, "delete");
    REQUIRE(world.desired(server.id)->order->action == "destroy");
    REQUIRE_FALSE(world.report(server.host, late));
    REQUIRE(world.server(server.id)->task_state == "deleting");
    world.answer_all(server.id);
    REQUIRE_FALSE(world.server(server.id));
    auto gone = world.run([&](store::Transaction& txn) { return txn.peek<DeletedServer>(server.id); });
    REQUIRE(gone);
    REQUIRE(gone->server.vm_state == VmState::deleted);
    REQUIRE(gone->server.terminated_at);
    REQUIRE(world.leaks() == "");
    REQUIRE_FALSE(world.report(server.host, late));
}

TEST_CASE("deleting what is on a host that is down, or by force, does not wait for the host") {
    World world;
    auto server = world.active();
    world.clock.advance(std::chrono::minutes(5));
    world.start(server.id, "delete");
    REQUIRE_FALSE(world.server(server.id));
    world.all_hosts_pulse();
    auto second = world.active();
    world.start(second.id, "delete", {{"force", true}});
    REQUIRE_FALSE(world.server(second.id));
    REQUIRE(world.leaks() == "");
}

TEST_CASE("a second delete goes on where the first stands") {
    World world;
    auto server = world.active();
    world.start(server.id, "delete");
    world.start(server.id, "delete");
    REQUIRE(world.answer_all(server.id) == 1);
    REQUIRE_FALSE(world.server(server.id));
    REQUIRE(world.leaks() == "");
}

TEST_CASE("an operation that the state does not allow is refused in Nova's words") {
    World world;
    auto server = world.active();
    auto message = [&](std::string_view name) -> std::string {
        try {
            world.start(server.id, name);
        } catch (const api::Fault& fault) {
            REQUIRE(fault.status() == 409);
            return fault.what();
        }
        return "";
    };
    REQUIRE(message("unpause") == "Cannot 'unpause' instance " + server.id + " while it is in vm_state active");
    world.start(server.id, "stop");
    REQUIRE(message("pause") == "Cannot 'pause' instance " + server.id + " while it is in task_state powering-off");
    REQUIRE(world.leaks() == "");
}

TEST_CASE("a hard reboot replaces a soft one that hangs") {
    World world;
    auto server = world.active();
    auto soft = world.start(server.id, "reboot", {{"type", "SOFT"}});
    REQUIRE(world.server(server.id)->task_state == "rebooting");
    world.start(server.id, "reboot", {{"type", "HARD"}});
    REQUIRE(world.server(server.id)->task_state == "rebooting_hard");
    REQUIRE(world.actions(server.id).at(1).id == soft.id);
    REQUIRE(world.actions(server.id).at(1).state == TaskState::failed);
    world.answer_all(server.id);
    REQUIRE(world.server(server.id)->vm_state == VmState::active);
}

TEST_CASE("a step that is overdue counts as failed") {
    World world;
    auto server = world.active();
    auto task = world.start(server.id, "pause");
    auto expire_now = [&] {
        return world.run([&](store::Transaction& txn) { return expire(txn, world.random, server.id, task.id); });
    };
    REQUIRE_FALSE(expire_now());
    world.clock.advance(std::chrono::minutes(30));
    REQUIRE(expire_now());
    REQUIRE_FALSE(expire_now());
    REQUIRE(world.server(server.id)->vm_state == VmState::active);
    REQUIRE(world.server(server.id)->task_id.empty());
    REQUIRE(world.actions(server.id).at(0).message.find("did not finish 'pause' in time") != std::string::npos);
}

TEST_CASE("a delete that its host never answers is tried again, then ends in error and can be asked for again") {
    World world;
    auto server = world.active();
    auto task = world.start(server.id, "delete");
    int rounds = 0;
    while (!world.server(server.id)->task_id.empty()) {
        REQUIRE(++rounds < 10);
        world.clock.advance(std::chrono::minutes(3));
        world.all_hosts_pulse();
        world.run([&](store::Transaction& txn) { return expire(txn, world.random, server.id, task.id); });
    }
    REQUIRE(rounds == 5);
    REQUIRE(world.server(server.id)->vm_state == VmState::error);
    REQUIRE(world.leaks() == "");
    world.start(server.id, "delete");
    world.answer_all(server.id);
    REQUIRE_FALSE(world.server(server.id));
    REQUIRE(world.leaks() == "");
}

TEST_CASE("a host that goes down: a create fails with that reason, a delete ends") {
    World world;
    auto creating = world.create();
    auto deleting = world.active();
    auto task = world.start(deleting.id, "delete");
    auto give_up = [&](const std::string& id, const std::string& task_id) {
        return world.run([&](store::Transaction& txn) { return give_up_on_host(txn, world.random, id, task_id); });
    };
    REQUIRE(give_up(deleting.id, task.id));
    REQUIRE_FALSE(world.server(deleting.id));
    REQUIRE(give_up(creating.id, creating.task_id));
    auto failed = *world.server(creating.id);
    REQUIRE(failed.vm_state == VmState::error);
    REQUIRE(failed.fault->message == "Host " + creating.host + " is down.");
    // It may have started there: the host is told to have nothing of it.
    REQUIRE_FALSE(world.desired(creating.id));
    REQUIRE(world.leaks() == "");
}

TEST_CASE("a guest that turned itself off is stopped; old news and other hosts are not heard") {
    World world;
    auto server = world.active();
    auto say = [&](const std::string& host, std::int64_t generation, const std::string& power) {
        return world.run([&](store::Transaction& txn) {
            return report_power(txn, host, {.server_id = server.id, .generation = generation, .power = power});
        });
    };
    const auto current = world.server(server.id)->generation;
    REQUIRE_FALSE(say("other", current, "shutdown"));
    REQUIRE_FALSE(say(server.host, current - 1, "shutdown"));
    REQUIRE_FALSE(say(server.host, current, "nonsense"));
    REQUIRE(say(server.host, current, "shutdown"));
    REQUIRE(world.server(server.id)->vm_state == VmState::stopped);
    REQUIRE_FALSE(say(server.host, current, "running"));
}

TEST_CASE("the change log tells the story that os-instance-actions shows") {
    World world;
    auto server = world.active();
    const auto tasks = world.actions(server.id);
    REQUIRE(tasks.size() == 1);
    REQUIRE(tasks[0].name == "create");
    REQUIRE(tasks[0].request_id == "req-1");
    REQUIRE(tasks[0].state == TaskState::done);
    std::vector<std::string> steps;
    for (const auto& event : tasks[0].events) {
        steps.push_back(event.step);
        REQUIRE(event.result == "Success");
        REQUIRE(event.finish_time);
    }
    REQUIRE(steps == std::vector<std::string>{"schedule", "ports", "spawn"});
}

TEST_CASE("a migrated server runs elsewhere, and what no other host takes is kept as its image") {
    World world;
    const bool fails = GENERATE(false, true);
    auto server = world.active();
    world.start(server.id, "migrate", {{"image_id", "i"}});
    REQUIRE(world.server(server.id)->task_state == "resize_migrating");
    // snapshot and offload on the source
    for (int i = 0; i < 2; ++i) REQUIRE(world.report(server.host, *world.result(server.id, true)));
    const auto target = world.server(server.id)->host;
    REQUIRE(target != server.host);
    REQUIRE(world.server(server.id)->shelved_image_id == "i");
    world.answer_all(server.id, !fails);
    const auto after = *world.server(server.id);
    REQUIRE(after.task_id.empty());
    REQUIRE(after.vm_state == (fails ? VmState::shelved_offloaded : VmState::active));
    REQUIRE(after.host == (fails ? "" : target));
    REQUIRE(after.shelved_image_id == (fails ? "i" : ""));
    const auto migrations = world.run([](store::Transaction& txn) { return txn.scan<Migration>({}); });
    REQUIRE(migrations.size() == 1);
    REQUIRE(migrations[0].status == (fails ? "error" : "done"));
    REQUIRE(migrations[0].source == server.host);
    REQUIRE(migrations[0].target == target);
    REQUIRE(world.leaks() == "");
}

TEST_CASE("a migration whose target goes down loses nothing") {
    World world;
    auto server = world.active();
    const auto task = world.start(server.id, "migrate", {{"image_id", "i"}});
    for (int i = 0; i < 2; ++i) REQUIRE(world.report(server.host, *world.result(server.id, true)));
    REQUIRE(world.run([&](store::Transaction& txn) { return give_up_on_host(txn, world.random, server.id, task.id); }));
    const auto after = *world.server(server.id);
    REQUIRE(after.vm_state == VmState::shelved_offloaded);
    REQUIRE(after.host.empty());
    REQUIRE(after.shelved_image_id == "i");
    REQUIRE(world.leaks() == "");
}

TEST_CASE("a server is made anew on another host when its own is lost") {
    World world;
    auto server = world.active();
    world.start(server.id, "evacuate");
    const auto moved = *world.server(server.id);
    REQUIRE(moved.host != server.host);
    REQUIRE_FALSE(moved.host.empty());
    world.answer_all(server.id);
    REQUIRE(world.server(server.id)->vm_state == VmState::active);
    REQUIRE(world.leaks() == "");
}

TEST_CASE("resizes are migrations that were confirmed or reverted") {
    World world;
    auto server = world.active();
    for (const char* end : {"confirmResize", "revertResize"}) {
        world.start(server.id, "resize", {{"flavor_id", "2"}});
        world.answer_all(server.id);
        world.start(server.id, end);
        world.answer_all(server.id);
    }
    std::string told;
    for (const auto& migration : world.run([](store::Transaction& txn) { return txn.scan<Migration>({}); }))
        told += migration.type + " " + migration.status + " ";
    REQUIRE(told == "resize confirmed resize reverted ");
}
