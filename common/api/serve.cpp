// Drives exchanges: on the io threads for real listeners, on the calling thread for tests and simulations.
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "common/api/commit_async.hpp"
#include "common/api/exchange.hpp"
#include "common/api/stream.hpp"
#include "common/api/worker_call.hpp"
#include "common/http/server.hpp"

namespace cumulet::api {

namespace {

http::Task<auth::Validation> validated(auth::Validator& validator, std::string token) {
    auto start = [&validator, &token](auto done) { validator.validate(token, std::move(done)); };
    co_return co_await wait_for<auth::Validation>(std::move(start));
}

// On a thread that may wait.
Reply run_waiting(Exchange& exchange, store::Engine& engine, Random& random) {
    for (int attempt = 0;; ++attempt) {
        if (const auto pause = pause_before(attempt, random); pause.count() > 0) std::this_thread::sleep_for(pause);
        store::Transaction txn(engine, exchange.cause());
        Reply reply = exchange.attempt(txn);
        if (!txn.has_writes()) return reply;
        const auto result = txn.commit_and_wait();
        if (store::went_through(result)) return reply;
        if (attempt + 1 >= kMaxAttempts) throw too_many_conflicts(result);
    }
}

http::Task<Reply> answered(ServiceState& service, Exchange& exchange, http::Request& request) {
    if (auto* pool = exchange.prepares_on())
        co_await run_on_workers(pool, [&exchange] { exchange.prepare(); });
    else
        exchange.prepare();
    exchange.route();
    if (auto token = exchange.token()) {
        const auth::Validation validation = co_await validated(*service.parts.validator, std::move(*token));
        exchange.authenticate(validation);
    }
    if (exchange.wants_body()) {
        const std::string body = co_await request.body->read_all(service.description.max_body_bytes);
        exchange.take_body(body);
    } else if (exchange.skips_body()) {
        co_await request.body->skip(kSkippedBodyBytes);
    }
    exchange.admit();
    if (const StreamHandle* stream = exchange.stream()) {
        StreamCall call(exchange.parts());
        Reply reply = co_await stream->run(call);
        exchange.check_promises(reply);
        co_return reply;
    }
    Reply reply = Reply::empty(500);
    if (exchange.heavy()) {
        auto work = [&] { reply = run_waiting(exchange, service.parts.engine, service.parts.random); };
        co_await run_on_workers(exchange.parts().workers, std::move(work));
    } else {
        auto body = [&](store::Transaction& txn) { reply = exchange.attempt(txn); };
        co_await run_transaction(service.parts.engine, exchange.cause(), service.parts.random, std::move(body));
    }
    co_return reply;
}

http::Task<http::Response> serve(std::shared_ptr<ServiceState> service, http::Request& request, bool with_workers) {
    Exchange exchange(*service, request);
    if (with_workers) exchange.parts().workers = &service->parts.workers;
    std::exception_ptr error;
    try {
        Reply reply = co_await answered(*service, exchange, request);
        co_return exchange.finish(std::move(reply));
    } catch (...) {
        error = std::current_exception();
    }
    co_return exchange.fail(error);
}

// Contexts for calls on the calling thread. Not one a call: the thread that resumes a call last may still be at work in
// its context when the call has returned, even when that was the caller's last. So they live as long as the process.
class IdleContexts {
public:
    std::unique_ptr<boost::asio::io_context> take() {
        std::lock_guard lock(mutex_);
        if (idle_.empty()) return std::make_unique<boost::asio::io_context>(1);
        auto context = std::move(idle_.back());
        idle_.pop_back();
        context->restart();
        return context;
    }
    void give_back(std::unique_ptr<boost::asio::io_context> context) {
        std::lock_guard lock(mutex_);
        idle_.push_back(std::move(context));
    }

private:
    std::mutex mutex_;
    std::vector<std::unique_ptr<boost::asio::io_context>> idle_;
};

IdleContexts idle_contexts;

}  // namespace

struct Service::State : ServiceState {
    using ServiceState::ServiceState;
};

Service::Service(ServiceDescription description, ServiceParts parts)
    : state_(std::make_shared<State>(std::move(description), std::move(parts))) {}

Service::~Service() = default;

const ServiceDescription& Service::description() const { return state_->description; }

std::unique_ptr<http::Server> Service::listen(http::Io& io, http::ServerOptions options) {
    return std::make_unique<http::Server>(
        io, std::move(options), [state = state_](http::Request& request) { return serve(state, request, true); });
}

http::Response Service::call(http::Request request, std::string body) {
    if (request.method_text.empty()) request.method_text = to_string(request.method);
    if (request.path.empty()) {
        const auto mark = request.target.find('?');
        request.path = request.target.substr(0, mark);
        if (mark != std::string::npos) request.query = request.target.substr(mark + 1);
    }
    if (!request.body) {
        if (!request.content_length && !body.empty()) request.content_length = body.size();
        request.body = http::make_memory_reader(std::move(body));
    }
    auto context = idle_contexts.take();
    auto guard = boost::asio::make_work_guard(*context);
    std::exception_ptr failure;
    http::Response response;
    boost::asio::co_spawn(*context, serve(state_, request, false),
                          [&](std::exception_ptr error, http::Response answer) {
                              failure = error;
                              response = std::move(answer);
                              guard.reset();
                          });
    context->run();
    idle_contexts.give_back(std::move(context));
    if (failure) std::rethrow_exception(failure);
    return response;
}

}  // namespace cumulet::api
