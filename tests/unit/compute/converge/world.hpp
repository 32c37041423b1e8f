// A small compute plane on the memory engine: three hosts whose agents are the test itself.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "common/store/transaction.hpp"
#include "compute/converge/advance.hpp"
#include "compute/converge/desired.hpp"
#include "compute/converge/task_table.hpp"
#include "compute/converge/tasks.hpp"
#include "compute/history/history.hpp"
#include "compute/model/deleted_server.hpp"
#include "compute/model/quota.hpp"
#include "compute/model/server.hpp"
#include "compute/placement/allocations.hpp"
#include "compute/placement/hosts.hpp"
#include "compute/placement/scheduler.hpp"

namespace cumulet::compute::converge::test {

class World {
public:
    explicit World(int hosts = 3) {
        for (int i = 1; i <= hosts; ++i) add_host("h" + std::to_string(i));
        add_flavor();
    }

    template <class Body>
    auto run(Body&& body) {
        return store::transact(*engine, cause(), std::forward<Body>(body));
    }
    store::Cause cause() const {
        return {.time = clock.now(), .request_id = "req-1", .user_id = "u", .project_id = "p", .operation = "test"};
    }
    void add_host(const std::string& name) {
        Host host;
        host.name = name;
        host.vcpus = 8;
        host.memory_mib = 8192;
        host.disk_gib = 100;
        run([&](store::Transaction& txn) {
            placement::register_host(txn, random, host);
            placement::pulse(txn, name);
        });
    }
    // Another than servers are made with.
    void add_flavor() {
        run([&](store::Transaction& txn) {
            txn.put(Flavor{.id = "2", .name = "small", .vcpus = 2, .memory_mib = 1024, .root_gib = 2}, "made");
        });
    }
    void all_hosts_pulse() {
        run([&](store::Transaction& txn) {
            for (const auto& host : txn.scan<Host>({})) placement::pulse(txn, host.name);
        });
    }

    Server create() {
        return run([&](store::Transaction& txn) {
            Server server;
            server.id = random.uuid();
            server.project_id = "p";
            server.name = "s";
            server.flavor = Flavor{.id = "1", .name = "tiny", .vcpus = 1, .memory_mib = 512, .root_gib = 1};
            server.created_at = txn.now();
            quota_take(txn, "p", "instances", 1);
            quota_take(txn, "p", "cores", 1);
            quota_take(txn, "p", "ram", 512);
            start_task(txn, random, server, "create");
            return server;
        });
    }
    Task start(const std::string& id, std::string_view name, nlohmann::json args = nlohmann::json::object()) {
        return run([&](store::Transaction& txn) {
            auto server = txn.get<Server>(id);
            return start_task(txn, random, *server, name, args);
        });
    }
    std::optional<Server> server(const std::string& id) {
        return run([&](store::Transaction& txn) { return txn.peek<Server>(id); });
    }
    Task task(const std::string& server_id, const std::string& id) {
        return run([&](store::Transaction& txn) { return *txn.peek<Task>(server_id, id); });
    }
    // What became of a task, newest first.
    std::vector<ServerAction> actions(const std::string& server_id) {
        return run([&](store::Transaction& txn) { return history.actions(txn, server_id); });
    }
    std::optional<protocol::Guest> desired(const std::string& id) {
        return run([&](store::Transaction& txn) -> std::optional<protocol::Guest> {
            auto found = txn.peek<Server>(id);
            if (!found) return std::nullopt;
            return desired_guest(txn, {}, *found);
        });
    }
    // What its host would say to the order that the server waits for; nullopt: it waits for none.
    std::optional<protocol::StepResult> result(const std::string& id, bool ok, bool permanent = false) {
        auto guest = desired(id);
        if (!guest || !guest->order) return std::nullopt;
        return protocol::StepResult{.server_id = id,
                                    .task_id = guest->order->task_id,
                                    .order = guest->order->order,
                                    .ok = ok,
                                    .permanent = permanent,
                                    .error = ok ? "" : "it broke",
                                    .power = ""};
    }
    bool report(const std::string& host, const protocol::StepResult& result) {
        return run([&](store::Transaction& txn) { return report_step(txn, random, host, result); });
    }
    // Answers its orders until it waits for none; how many there were.
    int answer_all(const std::string& id, bool ok = true) {
        int answered = 0;
        while (auto answer = result(id, ok)) {
            if (!report(server(id)->host, *answer) || ++answered > 50) return -1;
        }
        return answered;
    }
    Server active() {
        auto made = create();
        answer_all(made.id);
        return *server(made.id);
    }
    // A server from which the task may start.
    Server ready_for(const TaskKind& kind) {
        if (kind.name == "create") return create();
        auto made = active();
        if (kind.name == "start") start(made.id, "stop");
        if (kind.name == "unpause") start(made.id, "pause");
        if (kind.name == "resume") start(made.id, "suspend");
        if (kind.name == "unshelve") start(made.id, "shelve");
        if (kind.name == "unrescue") start(made.id, "rescue");
        if (kind.name == "confirmResize" || kind.name == "revertResize") start(made.id, "resize", {{"flavor_id", "2"}});
        answer_all(made.id);
        return *server(made.id);
    }
    // The task of `kind` on a server made for it; a create is running already.
    Server started(const TaskKind& kind) {
        auto made = ready_for(kind);
        if (kind.name != "create")
            start(made.id, kind.name,
                  kind.variant.empty() ? nlohmann::json{{"flavor_id", "2"}} : nlohmann::json{{"type", kind.variant}});
        return *server(made.id);
    }

    // Nothing leaks: quota and placement equal what exists, every open task has a deadline and an owner.
    // Empty: all is well.
    std::string leaks() {
        return run([&](store::Transaction& txn) -> std::string {
            std::int64_t servers = 0, allocated = 0, used = 0, memory = 0;
            for (const auto& server : txn.scan<Server>({})) {
                ++servers;
                memory += held_by(server).memory_mib;
                if (server.other_flavor && server.task_id.empty() && server.vm_state != VmState::resized)
                    return "a server at rest holds what it was refused";
                auto task = txn.peek<Task>(server.id, server.task_id);
                if (!server.task_id.empty() && (!task || !is_open(*task)))
                    return "a server names a task that has ended";
                if (server.task_id.empty() && server.vm_state == VmState::building)
                    return "a server is building without a task";
                if (task && (!task->deadline || task->host.empty())) return "an open task has no deadline or no owner";
            }
            for (const auto& task : txn.scan<Task>({})) {
                if (!is_open(task)) return "the record of a task that has ended is there";
                auto server = txn.peek<Server>(task.server_id);
                if (!server || server->task_id != task.id) return "an open task belongs to no server";
            }
            for (const auto& allocation : txn.scan<Allocation>({})) {
                ++allocated;
                auto server = txn.peek<Server>(allocation.consumer_id);
                if (!server || server->host != allocation.host) return "an allocation belongs to no server there";
                if (held_by(*server).memory_mib != allocation.memory_mib) return "an allocation has another size";
            }
            for (const auto& host : txn.scan<Host>({})) used += placement::host_use(txn, host.name).servers;
            if (used != allocated) return "the counters of hosts differ from the allocations";
            if (quota_used(txn, "p", "instances") != servers) return "quota differs from the servers that exist";
            if (quota_used(txn, "p", "ram") != memory) return "quota of memory differs";
            return "";
        });
    }

    std::unique_ptr<store::Engine> engine = store::make_memory_engine();
    history::History history{*engine};
    ManualClock clock;
    SeededRandom random{42};
};

}  // namespace cumulet::compute::converge::test
