#include "common/store/engine.hpp"

#include <future>

namespace cumulet::store {

CommitResult commit_and_wait(Engine& engine, Batch batch) {
    std::promise<CommitResult> promise;
    auto result = promise.get_future();
    engine.commit(std::move(batch), [&](CommitResult done) { promise.set_value(std::move(done)); });
    return result.get();
}

}  // namespace cumulet::store
