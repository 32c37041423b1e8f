#include "compute/converge/migrations.hpp"

#include "compute/model/migration.hpp"
#include "compute/model/number_sequence.hpp"

namespace cumulet::compute::converge::migrations {

namespace {

bool goes_on(const Migration& migration) { return migration.status == "migrating" || migration.status == "finished"; }

}  // namespace

void begin(StepContext& context, const std::string& type, const std::string& new_flavor_id) {
    auto& [txn, random, server, task, erased] = context;
    for (const auto& known : txn.scan<Migration>({.index = "server"}, server.id))
        if (known.task_id == task.id) return;
    txn.put(Migration{.id = next_number(txn, "migration"),
                      .uuid = random.uuid(),
                      .server_id = server.id,
                      .project_id = server.project_id,
                      .user_id = task.user_id,
                      .task_id = task.id,
                      .type = type,
                      .status = "migrating",
                      .source = server.host,
                      .target = type == "resize" ? server.host : "",
                      .old_flavor_id = server.flavor.id,
                      .new_flavor_id = new_flavor_id,
                      .created_at = txn.now(),
                      .updated_at = txn.now()},
            "migration begun");
}

void note(StepContext& context, const std::string& status) {
    auto& txn = context.txn;
    for (auto& migration : txn.scan<Migration>({.index = "server", .reverse = true}, context.server.id)) {
        if (!goes_on(migration)) continue;
        migration.status = status;
        if (!context.server.host.empty()) migration.target = context.server.host;
        migration.updated_at = txn.now();
        txn.put(migration, "migration " + status);
        return;
    }
}

void forget(store::Transaction& txn, const std::string& server_id) {
    for (const auto& migration : txn.scan<Migration>({.index = "server"}, server_id)) txn.erase(migration, "forgotten");
}

}  // namespace cumulet::compute::converge::migrations
