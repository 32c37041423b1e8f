#include "common/api/worker_call.hpp"

#include <exception>

#include "common/api/awaiting.hpp"
#include "common/api/fault.hpp"
#include "common/runtime/worker_pool.hpp"

namespace cumulet::api {

http::Task<void> run_on_workers(runtime::WorkerPool* workers, std::function<void()> work) {
    if (!workers) {
        work();
        co_return;
    }
    auto start = [workers, &work](auto done) {
        auto run = [&work, done] {
            std::exception_ptr error;
            try {
                work();
            } catch (...) {
                error = std::current_exception();
            }
            done(error);
        };
        if (!workers->try_post(std::move(run)))
            done(std::make_exception_ptr(Fault(Errc::unavailable, "The service is overloaded. Please try again.")));
    };
    if (auto error = co_await wait_for<std::exception_ptr>(std::move(start))) std::rethrow_exception(error);
}

}  // namespace cumulet::api
