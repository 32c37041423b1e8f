// The actions of servers, folded from the change log.
#pragma once

#include <string>
#include <vector>

#include "common/store/transaction.hpp"
#include "compute/folding/log_fold.hpp"
#include "compute/model/server_action.hpp"

namespace cumulet::compute::history {

// Any thread.
class History {
public:
    explicit History(store::Engine& engine);

    // Makes actions of what the log holds beyond the position; how many changed.
    std::size_t catch_up(Timestamp now) { return fold_.catch_up(now); }

    // Everything up to here is in actions: the log may be trimmed up to it.
    store::Revision position() { return fold_.position(); }

    // What was done to a server up to the transaction's snapshot, newest first. Whether it is there, and whose it is,
    // is for the caller to know.
    std::vector<ServerAction> actions(store::Transaction& txn, const std::string& server_id) const;

private:
    folding::LogFold fold_;
};

// Lets go of all that is on record of a server.
void forget(store::Transaction& txn, const std::string& server_id);

// Tasks that ended before their records were taken away at their end: they become actions. To be called before
// anything else uses the store; how many there were.
std::size_t adopt_ended_tasks(store::Engine& engine, Timestamp now);

}  // namespace cumulet::compute::history
