// Nova with a flavor, an image and a host, and a way to say that the host did what it was told.
#pragma once

#include "common/store/transaction.hpp"
#include "compute/converge/advance.hpp"
#include "compute/images/image.hpp"
#include "compute/model/quota.hpp"
#include "compute/placement/hosts.hpp"
#include "nova.hpp"

namespace cumulet::compute::servers::test {

struct Cloud : Nova {
    Cloud() {
        const nlohmann::json flavor{
            {"flavor", {{"name", "m1.tiny"}, {"id", "1"}, {"ram", 512}, {"vcpus", 1}, {"disk", 1}}}};
        REQUIRE(post("/v2.1/flavors", flavor, "admin").status == 200);
        store::transact(*engine, cause(), [&](store::Transaction& txn) {
            Host host{.name = "h1", .address = "10.0.0.1"};
            host.hypervisor_type = "fake";
            host.vcpus = 64;
            host.memory_mib = 1 << 20;
            host.disk_gib = 1 << 20;
            host.capabilities = {{"pause", true}, {"suspend", true}, {"soft_reboot", true}, {"console_log", true}};
            images::Image image{.id = "image-1", .name = "tiny"};
            image.status = images::Status::active;
            image.visibility = images::Visibility::is_public;
            image.disk_format = "qcow2";
            image.size = image.virtual_size = 1 << 20;
            txn.put(image, "made");
            placement::register_host(txn, random, host);
            placement::pulse(txn, "h1");
        });
    }
    store::Cause cause() const {
        store::Cause cause;
        cause.time = clock.now();
        cause.operation = "test";
        return cause;
    }
    nlohmann::json asked(const std::string& name) const {
        return {{"server", {{"name", name}, {"imageRef", "image-1"}, {"flavorRef", "1"}, {"networks", "none"}}}};
    }
    std::string create(const std::string& name, const std::string& token = "demo") {
        clock.advance(std::chrono::milliseconds(1));
        auto answer = post("/v2.1/servers", asked(name), token, "2.37");
        INFO(answer.body.dump());
        REQUIRE(answer.status == 202);
        return answer.body["server"]["id"];
    }
    nlohmann::json show(const std::string& id) { return get("/v2.1/servers/" + id).body["server"]; }
    // The host carries out whatever the server waits for.
    void host_works(const std::string& id, const std::string& power) {
        store::transact(*engine, cause(), [&](store::Transaction& txn) {
            auto server = txn.get<Server>(id);
            if (!server || server->task_id.empty()) return;
            auto task = txn.get<Task>(id, server->task_id);
            protocol::StepResult result{.server_id = id,
                                        .task_id = task->id,
                                        .order = converge::order_number(*task),
                                        .ok = true,
                                        .error = {},
                                        .power = power};
            converge::report_step(txn, random, "h1", result);
        });
    }
    std::int64_t used(const std::string& resource) {
        return store::transact(*engine, cause(),
                               [&](store::Transaction& txn) { return quota_used(txn, "demo-id", resource); });
    }
};

}  // namespace cumulet::compute::servers::test
