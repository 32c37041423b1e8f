// The change log by time: how far back it goes, and letting go of what is older.
#pragma once

#include "common/runtime/clock.hpp"
#include "common/store/engine.hpp"

namespace cumulet::store {

// No entry below this revision was written at or after `since`, and every entry from it on was. Reads about twenty
// entries whatever the log's length. Any thread.
Revision first_revision_since(Engine& engine, Timestamp since);

// Drops entries written before `before`, none from revision `not_beyond` on. Readers that stand further back find out
// by StoreError (Engine::read_log).
void trim_log_before(Engine& engine, Timestamp before, Revision not_beyond = static_cast<Revision>(-1));

}  // namespace cumulet::store
