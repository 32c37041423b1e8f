#include "http_load.hpp"

#include <fmt/format.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <memory>
#include <stdexcept>

#include "common/http/chunked.hpp"
#include "common/http/head.hpp"
#include "common/http/url.hpp"

namespace cumulet::bench {

namespace {

using Clock = std::chrono::steady_clock;

struct Target {
    http::Url url;
    sockaddr_storage address{};
    socklen_t address_size = 0;
    std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> tls{nullptr, &SSL_CTX_free};
};

Target resolve(const LoadOptions& options) {
    Target target;
    const auto url = http::parse_url(options.url);
    if (!url) throw std::runtime_error(fmt::format("not a URL: {}", options.url));
    target.url = *url;
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    if (::getaddrinfo(url->host.c_str(), std::to_string(url->port).c_str(), &hints, &found) != 0)
        throw std::runtime_error(fmt::format("no such host: {}", url->host));
    const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> keep(found, &::freeaddrinfo);
    std::copy_n(reinterpret_cast<const char*>(found->ai_addr), found->ai_addrlen,
                reinterpret_cast<char*>(&target.address));
    target.address_size = found->ai_addrlen;
    if (!url->secure) return target;
    target.tls.reset(SSL_CTX_new(TLS_client_method()));
    auto* context = target.tls.get();
    bool good = true;
    if (!options.ca_file.empty()) {
        good = SSL_CTX_load_verify_locations(context, options.ca_file.c_str(), nullptr) == 1;
        SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
    }
    if (!options.cert_file.empty())
        good = good && SSL_CTX_use_certificate_chain_file(context, options.cert_file.c_str()) == 1 &&
               SSL_CTX_use_PrivateKey_file(context, options.key_file.c_str(), SSL_FILETYPE_PEM) == 1;
    if (!good) throw std::runtime_error("a certificate file cannot be used");
    return target;
}

// A socket, plain or TLS. Connects and shakes hands blocking; from then on reads and writes do not block.
class Channel {
public:
    explicit Channel(const Target& target) : fd_(::socket(target.address.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        const int on = 1;
        ::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        const timeval patience{10, 0};
        ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
        bool good = ::connect(fd_, reinterpret_cast<const sockaddr*>(&target.address), target.address_size) == 0;
        if (good && target.tls) {
            ssl_.reset(SSL_new(target.tls.get()));
            SSL_set_fd(ssl_.get(), fd_);
            SSL_set_tlsext_host_name(ssl_.get(), target.url.host.c_str());
            good = SSL_connect(ssl_.get()) == 1;
        }
        if (!good) {
            ::close(fd_);
            throw std::runtime_error(fmt::format("cannot connect to {}", target.url.authority));
        }
    }
    ~Channel() { ::close(fd_); }
    Channel(const Channel&) = delete;
    Channel& operator=(const Channel&) = delete;

    int fd() const { return fd_; }
    // Bytes moved; 0: not now; -1: the connection is over.
    long read(char* buffer, std::size_t size) {
        if (ssl_) return judge(SSL_read(ssl_.get(), buffer, static_cast<int>(size)));
        const auto count = ::recv(fd_, buffer, size, MSG_DONTWAIT);
        return count > 0 ? count : count < 0 && errno == EAGAIN ? 0 : -1;
    }
    long write(const char* bytes, std::size_t size) {
        if (ssl_) return judge(SSL_write(ssl_.get(), bytes, static_cast<int>(std::min<std::size_t>(size, 1 << 20))));
        const auto count = ::send(fd_, bytes, size, MSG_DONTWAIT | MSG_NOSIGNAL);
        return count >= 0 ? count : errno == EAGAIN ? 0 : -1;
    }
    void unblock() {
        const timeval none{0, 1};  // SSL reads and writes through the descriptor without flags of ours
        ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &none, sizeof none);
        ::setsockopt(fd_, SOL_SOCKET, SO_SNDTIMEO, &none, sizeof none);
    }

private:
    long judge(int count) {
        if (count > 0) return count;
        const int error = SSL_get_error(ssl_.get(), count);
        return error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE ? 0 : -1;
    }
    int fd_;
    std::unique_ptr<SSL, decltype(&SSL_free)> ssl_{nullptr, &SSL_free};
};

std::string numbered(std::string text, std::uint64_t number) {
    for (auto at = text.find("{n}"); at != std::string::npos; at = text.find("{n}", at))
        text.replace(at, 3, std::to_string(number));
    return text;
}

// The bytes of each request; made once when nothing in it is numbered.
class Requests {
public:
    Requests(const LoadOptions& options, const http::Url& url) {
        head_ = fmt::format("{} {} HTTP/1.1\r\nHost: {}\r\n", options.method, url.target, url.authority);
        for (const auto& [name, value] : options.headers) head_ += fmt::format("{}: {}\r\n", name, value);
        body_ = options.body;
        has_body_ = !body_.empty() || options.method == "POST" || options.method == "PUT";
        varies_ = (head_ + body_).find("{n}") != std::string::npos;
        fixed_ = make(0);
    }
    std::string make(std::uint64_t number) const {
        if (!varies_ && !fixed_.empty()) return fixed_;
        const auto body = numbered(body_, number);
        auto text = numbered(head_, number);
        if (has_body_) text += fmt::format("Content-Length: {}\r\n", body.size());
        return text + "\r\n" + body;
    }

private:
    std::string head_, body_, fixed_;
    bool varies_ = false, has_body_ = false;
};

class Load;

class Driver {
public:
    Driver(Load& load, const Target& target) : load_(load), channel_(target) { channel_.unblock(); }
    int fd() const { return channel_.fd(); }
    bool begin();  // these three: false when the connection is over
    bool write();
    bool read();
    bool writing() const { return written_ < request_.size(); }
    bool ended_well() const { return ended_well_; }  // after a whole answer, as announced

private:
    enum class Part { need_more, complete, broken };
    Part take_head();
    Part take_body();
    void answered();
    bool at_end();

    Load& load_;
    Channel channel_;
    std::string request_;
    std::size_t written_ = 0;
    bool waits_ = false;  // for room to write
    Clock::time_point started_;
    std::string input_;
    bool in_body_ = false;
    bool ended_well_ = false;
    int status_ = 0;
    http::HeadInfo info_;
    http::HeadScanner scanner_;
    http::ChunkedDecoder chunks_;
    std::uint64_t left_ = 0;
    std::string kept_;  // of a refusal's body
};

class Load {
public:
    explicit Load(const LoadOptions& options)
        : options_(options),
          target_(resolve(options)),
          requests_(options, target_.url),
          epoll_(::epoll_create1(EPOLL_CLOEXEC)) {}
    ~Load() { ::close(epoll_); }

    LoadResult run() {
        for (unsigned i = 0; i < std::max(options_.connections, 1u); ++i)
            drivers_.push_back(std::make_unique<Driver>(*this, target_));
        const auto start = Clock::now();
        end_ = start + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(options_.seconds));
        running_ = drivers_.size();
        for (auto& driver : drivers_) {
            epoll_event event{EPOLLIN, {driver.get()}};
            ::epoll_ctl(epoll_, EPOLL_CTL_ADD, driver->fd(), &event);
            if (!driver->begin()) replace(driver.get());
        }
        while (running_ > 0) turn();
        result_.seconds = std::chrono::duration<double>(Clock::now() - start).count();
        std::sort(result_.latencies_us.begin(), result_.latencies_us.end());
        return std::move(result_);
    }

    // The next request; empty when enough have been sent.
    std::string next() {
        if ((options_.requests > 0 && sent_ >= options_.requests) || Clock::now() >= end_) {
            --running_;
            return {};
        }
        return requests_.make(options_.first_number + sent_++);
    }
    void answered(int status, Clock::duration took, std::string body) {
        ++result_.requests;
        ++result_.statuses[status];
        result_.latencies_us.push_back(
            static_cast<std::uint32_t>(std::chrono::duration_cast<std::chrono::microseconds>(took).count()));
        if (status / 100 != 2 && result_.first_refusal.empty()) result_.first_refusal = std::move(body);
    }
    void received(std::size_t bytes) { result_.body_bytes += bytes; }
    void wait_to_write(Driver& driver, bool on) {
        epoll_event event{static_cast<std::uint32_t>(on ? EPOLLIN | EPOLLOUT : EPOLLIN), {&driver}};
        ::epoll_ctl(epoll_, EPOLL_CTL_MOD, driver.fd(), &event);
    }
    void forget(Driver& driver) { ::epoll_ctl(epoll_, EPOLL_CTL_DEL, driver.fd(), nullptr); }
    bool to_head() const { return options_.method == "HEAD"; }

private:
    void turn() {
        std::array<epoll_event, 64> events;
        const int count = ::epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), 10'000);
        if (count == 0) throw std::runtime_error("no answer for 10 s");
        for (int i = 0; i < count; ++i) {
            auto* driver = static_cast<Driver*>(events[static_cast<std::size_t>(i)].data.ptr);
            bool good = true;
            if (driver->writing()) good = driver->write();
            if (good && (events[static_cast<std::size_t>(i)].events & ~EPOLLOUT) != 0) good = driver->read();
            if (!good) replace(driver);
        }
    }
    void replace(Driver* old) {
        if (!old->ended_well()) ++result_.broken;
        if (result_.broken > 1000 + result_.requests) throw std::runtime_error("the server breaks the connections off");
        for (auto& driver : drivers_) {
            if (driver.get() != old) continue;
            driver = std::make_unique<Driver>(*this, target_);
            epoll_event event{EPOLLIN, {driver.get()}};
            ::epoll_ctl(epoll_, EPOLL_CTL_ADD, driver->fd(), &event);
            if (!driver->begin()) throw std::runtime_error("the server breaks the connections off at once");
            return;
        }
    }

    const LoadOptions& options_;
    Target target_;
    Requests requests_;
    int epoll_;
    std::vector<std::unique_ptr<Driver>> drivers_;
    std::size_t running_ = 0;
    std::uint64_t sent_ = 0;
    Clock::time_point end_;
    LoadResult result_;
};

bool Driver::begin() {
    request_ = load_.next();
    written_ = 0;
    if (request_.empty()) return true;
    started_ = Clock::now();
    return write();
}

bool Driver::write() {
    while (writing()) {
        const auto count = channel_.write(request_.data() + written_, request_.size() - written_);
        if (count < 0) return false;
        if (count == 0) {
            if (!std::exchange(waits_, true)) load_.wait_to_write(*this, true);
            return true;
        }
        written_ += static_cast<std::size_t>(count);
    }
    if (std::exchange(waits_, false)) load_.wait_to_write(*this, false);
    return true;
}

bool Driver::read() {
    char piece[64 * 1024];
    for (;;) {
        const auto count = channel_.read(piece, sizeof piece);
        if (count < 0) return at_end();
        if (count == 0) return true;
        input_.append(piece, static_cast<std::size_t>(count));
        auto part = in_body_ ? take_body() : take_head();
        if (part == Part::broken) return false;
        if (part == Part::complete) {
            answered();
            ended_well_ = !info_.keep_alive;
            if (ended_well_ || !begin()) return false;
        }
        if (static_cast<std::size_t>(count) < sizeof piece) return true;
    }
}

void Driver::answered() {
    load_.answered(status_, Clock::now() - started_, std::exchange(kept_, {}));
    in_body_ = false;
}

// The other side closed.
bool Driver::at_end() {
    if (request_.empty()) {  // all is done
        load_.forget(*this);
        return true;
    }
    ended_well_ = in_body_ && info_.framing == http::Framing::until_close;
    if (ended_well_) answered();
    return false;
}

Driver::Part Driver::take_head() {
    const auto found = scanner_.scan(input_);
    if (found == http::HeadScanner::Found::incomplete) return Part::need_more;
    http::Headers headers;
    info_ = {};
    if (found == http::HeadScanner::Found::malformed ||
        http::parse_response_head({input_.data(), scanner_.size()}, load_.to_head(), status_, headers, info_))
        return Part::broken;
    input_.erase(0, scanner_.size());
    scanner_ = {};
    if (status_ < 200) return take_head();
    chunks_ = {};
    left_ = info_.length;
    in_body_ = true;
    return take_body();
}

Driver::Part Driver::take_body() {
    constexpr std::size_t kKept = 2000;
    char decoded[64 * 1024];
    while (info_.framing == http::Framing::chunked && !input_.empty() && !chunks_.done()) {
        const auto step = chunks_.decode(input_, decoded);
        if (chunks_.failed()) return Part::broken;
        load_.received(step.produced);
        if (status_ / 100 != 2 && kept_.size() < kKept) kept_.append(decoded, step.produced);
        input_.erase(0, step.consumed);
    }
    if (info_.framing == http::Framing::chunked) return chunks_.done() ? Part::complete : Part::need_more;
    const bool to_the_end = info_.framing == http::Framing::until_close;
    const auto taken =
        to_the_end ? input_.size() : static_cast<std::size_t>(std::min<std::uint64_t>(left_, input_.size()));
    if (status_ / 100 != 2 && kept_.size() < kKept) kept_.append(input_, 0, taken);
    load_.received(taken);
    input_.erase(0, taken);
    if (to_the_end) return Part::need_more;
    left_ -= taken;
    return left_ == 0 ? Part::complete : Part::need_more;
}

}  // namespace

double LoadResult::percentile_us(double fraction) const {
    if (latencies_us.empty()) return 0;
    const auto at = static_cast<std::size_t>(fraction * static_cast<double>(latencies_us.size()));
    return latencies_us[std::min(at, latencies_us.size() - 1)];
}

LoadResult run_load(const LoadOptions& options) { return Load(options).run(); }

}  // namespace cumulet::bench
