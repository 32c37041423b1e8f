// Work on the worker pool, awaited by a coroutine.
#pragma once

#include <functional>

#include "common/http/body.hpp"

namespace cumulet::runtime {
class WorkerPool;
}

namespace cumulet::api {

// Runs `work` on the pool (null: here) and resumes on the caller's executor; what it throws passes through. Throws
// Fault 503 when the pool's queue is full.
http::Task<void> run_on_workers(runtime::WorkerPool* workers, std::function<void()> work);

}  // namespace cumulet::api
