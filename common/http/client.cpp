#include "common/http/client.hpp"

#include <fmt/format.h>

#include <future>

#include "common/http/client_pool.hpp"
#include "common/http/pipe.hpp"

namespace cumulet::http {

namespace {

std::shared_ptr<Exchange> make_exchange(ClientRequest request) {
    const auto url = parse_url(request.url);
    if (!url) throw ClientError(fmt::format("not a URL to ask: '{}'", request.url));
    auto exchange = std::make_shared<Exchange>();
    exchange->url = *url;
    exchange->request = std::move(request);
    return exchange;
}

// The answer of an exchange, for a thread that waits.
class Answer {
public:
    explicit Answer(Io& io) : io_(io) {
        if (io.on_io_thread()) throw std::logic_error("http: waiting for an answer on an io thread");
    }
    Client::Done receiver() {
        return [promise = promise_](std::exception_ptr error, ClientResponse response) {
            if (error) return promise->set_exception(error);
            promise->set_value(std::move(response));
        };
    }
    ClientResponse wait() {
        while (future_.wait_for(std::chrono::milliseconds(100)) != std::future_status::ready)
            if (io_.stopped()) throw ClientError("the io threads have ended");
        return future_.get();
    }

private:
    Io& io_;
    std::shared_ptr<std::promise<ClientResponse>> promise_ = std::make_shared<std::promise<ClientResponse>>();
    std::future<ClientResponse> future_ = promise_->get_future();
};

}  // namespace

struct Client::State {
    std::shared_ptr<ClientPool> pool;
    std::shared_ptr<Pipe> make_pipe() {
        return std::make_shared<Pipe>([&io = pool->io()] { return io.stopped(); });
    }
};

Client::Client(Io& io, ClientOptions options) : state_(std::make_shared<State>()) {
    state_->pool = std::make_shared<ClientPool>(io, std::move(options));
}

Client::~Client() { state_->pool->close(); }

void Client::send(ClientRequest request, Done done) {
    std::shared_ptr<Exchange> exchange;
    try {
        exchange = make_exchange(std::move(request));
    } catch (const ClientError&) {
        state_->pool->io().post([done, error = std::current_exception()] { done(error, {}); });
        return;
    }
    exchange->done = std::move(done);
    state_->pool->submit(std::move(exchange));
}

ClientResponse Client::fetch(ClientRequest request) {
    Answer answer(state_->pool->io());
    send(std::move(request), answer.receiver());
    return answer.wait();
}

ClientResponse Client::download(ClientRequest request, const std::function<void(std::string_view)>& sink) {
    Answer answer(state_->pool->io());
    const auto pipe = state_->make_pipe();
    auto exchange = make_exchange(std::move(request));
    exchange->sink = [pipe](std::string_view piece) { return pipe->async_push(std::string(piece)); };
    exchange->done = [pipe, receive = answer.receiver()](std::exception_ptr error, ClientResponse response) {
        receive(error, std::move(response));
        pipe->end();
    };
    state_->pool->submit(std::move(exchange));
    try {
        while (const auto piece = pipe->pop()) sink(*piece);
    } catch (...) {
        pipe->end();
        throw;
    }
    return answer.wait();
}

ClientResponse Client::upload(ClientRequest request, std::uint64_t length,
                              const std::function<std::size_t(char*, std::size_t)>& source) {
    constexpr std::size_t kPieceBytes = 128 * 1024;
    Answer answer(state_->pool->io());
    const auto pipe = state_->make_pipe();
    auto exchange = make_exchange(std::move(request));
    exchange->upload_length = length;
    exchange->upload = [pipe] { return pipe->async_pop(); };
    exchange->done = [pipe, receive = answer.receiver()](std::exception_ptr error, ClientResponse response) {
        receive(error, std::move(response));
        pipe->end();
    };
    state_->pool->submit(std::move(exchange));
    try {
        for (auto left = length; left > 0;) {
            std::string piece(static_cast<std::size_t>(std::min<std::uint64_t>(left, kPieceBytes)), '\0');
            piece.resize(std::min(source(piece.data(), piece.size()), piece.size()));
            if (piece.empty()) break;
            left -= piece.size();
            if (!pipe->push(std::move(piece))) break;  // answered or broken off before the end
        }
    } catch (...) {
        pipe->end();
        throw;
    }
    pipe->end();
    return answer.wait();
}

}  // namespace cumulet::http
