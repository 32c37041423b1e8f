#include "compute/history/history.hpp"

#include <algorithm>
#include <map>

namespace cumulet::compute::history {

namespace {

constexpr std::size_t kAdoptAtOnce = 500;

ServerAction action_of(Task&& task, std::uint64_t number) {
    return {.server_id = std::move(task.server_id),
            .id = std::move(task.id),
            .number = number,
            .name = std::move(task.name),
            .state = task.state,
            .message = std::move(task.message),
            .request_id = std::move(task.request_id),
            .user_id = std::move(task.user_id),
            .project_id = std::move(task.project_id),
            .start_time = task.start_time,
            .updated_at = task.updated_at,
            .finish_time = task.finish_time,
            .events = std::move(task.events)};
}

// What an entry says of tasks whose key starts with `prefix`. That a task's record is gone says nothing: how it ended
// was said before.
template <class Each>
void visit_tasks(const store::ChangeEntry& entry, std::string_view prefix, Each&& each) {
    for (const auto& change : entry.changes)
        if (change.collection == store::Describe<Task>::collection && !change.after.empty() &&
            change.key.starts_with(prefix))
            each(store::decode_row<Task>(change.after));
}

std::size_t fold(store::Transaction& txn, const std::vector<store::ChangeEntry>& entries) {
    // The last word on each task; most begin and end within one batch.
    std::map<std::pair<std::string, std::string>, ServerAction> newest;
    for (const auto& entry : entries)
        visit_tasks(entry, "", [&](Task&& task) {
            const std::pair key{task.server_id, task.id};
            const auto known = newest.find(key);
            const auto number = known == newest.end() ? entry.revision : known->second.number;
            newest.insert_or_assign(key, action_of(std::move(task), number));
        });
    for (auto& [key, action] : newest) {
        if (const auto on_record = txn.get<ServerAction>(key.first, key.second)) action.number = on_record->number;
        txn.put(action, "folded");
    }
    return newest.size();
}

// What runs is on record. What ended and was not folded is lost with the log: at least it runs no more.
std::size_t count_anew(store::Transaction& txn) {
    std::size_t changed = 0;
    txn.visit<ServerAction>({}, [&](ServerAction&& action) {
        if (action.finish_time || txn.peek<Task>(action.server_id, action.id)) return true;
        action.state = TaskState::failed;
        action.message = "How it ended is not on record.";
        action.finish_time = action.updated_at;
        txn.put(action, "lost");
        ++changed;
        return true;
    });
    txn.visit<Task>({}, [&](Task&& task) {
        auto action = action_of(std::move(task), txn.snapshot_revision());
        if (const auto on_record = txn.get<ServerAction>(action.server_id, action.id))
            action.number = on_record->number;
        txn.put(action, "counted");
        ++changed;
        return true;
    });
    return changed;
}

}  // namespace

History::History(store::Engine& engine)
    : fold_(engine, "actions", {.fold = fold, .count_anew = count_anew, .rest_on_top = true}) {}

std::vector<ServerAction> History::actions(store::Transaction& txn, const std::string& server_id) const {
    auto actions = txn.scan<ServerAction>({}, server_id);
    std::string prefix;
    store::append_key(prefix, server_id);
    fold_.visit_unfolded(txn, [&](const store::ChangeEntry& entry) {
        visit_tasks(entry, prefix, [&](Task&& task) {
            auto known = std::find_if(actions.begin(), actions.end(),
                                      [&](const ServerAction& action) { return action.id == task.id; });
            if (known == actions.end())
                actions.push_back(action_of(std::move(task), entry.revision));
            else
                *known = action_of(std::move(task), known->number);
        });
    });
    std::sort(actions.begin(), actions.end(), [](const ServerAction& a, const ServerAction& b) {
        return std::pair(a.start_time, a.number) > std::pair(b.start_time, b.number);
    });
    return actions;
}

void forget(store::Transaction& txn, const std::string& server_id) {
    for (const auto& action : txn.scan<ServerAction>({}, server_id)) txn.erase(action, "forgotten");
}

std::size_t adopt_ended_tasks(store::Engine& engine, Timestamp now) {
    std::size_t adopted = 0;
    for (bool more = true; more;) {
        const auto batch =
            store::transact(engine, {.time = now, .operation = "history.adopt"}, [](store::Transaction& txn) {
                txn.without_log();
                std::vector<Task> ended =
                    txn.scan<Task>({.index = "state", .limit = kAdoptAtOnce}, std::string("ended"));
                for (auto& task : ended) {
                    txn.erase(task, "adopted");
                    txn.put(action_of(std::move(task), 0), "adopted");
                }
                return ended.size();
            });
        adopted += batch;
        more = batch == kAdoptAtOnce;
    }
    return adopted;
}

}  // namespace cumulet::compute::history
