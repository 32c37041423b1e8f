#include "common/runtime/log.hpp"

#include <fcntl.h>
#include <spdlog/formatter.h>
#include <spdlog/logger.h>
#include <spdlog/sinks/base_sink.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>
#include <system_error>

namespace cumulet::log {
namespace {

thread_local std::string current_request;

constexpr spdlog::level::level_enum to_spdlog(Level level) {
    switch (level) {
        case Level::debug:
            return spdlog::level::debug;
        case Level::info:
            return spdlog::level::info;
        case Level::warning:
            return spdlog::level::warn;
        case Level::error:
            return spdlog::level::err;
    }
    return spdlog::level::err;
}

constexpr std::string_view name_of(spdlog::level::level_enum level) {
    switch (level) {
        case spdlog::level::trace:
        case spdlog::level::debug:
            return "debug";
        case spdlog::level::info:
            return "info";
        case spdlog::level::warn:
            return "warning";
        default:
            return "error";
    }
}

std::string utc_micros(spdlog::log_clock::time_point time) {
    const auto since = std::chrono::duration_cast<std::chrono::microseconds>(time.time_since_epoch()).count();
    const time_t seconds = since / 1'000'000;
    tm parts{};
    gmtime_r(&seconds, &parts);
    return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:06}Z", parts.tm_year + 1900, parts.tm_mon + 1,
                       parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec, since % 1'000'000);
}

// One line a message, whatever the message holds: a line break from outside must not forge a second line.
void append_on_one_line(spdlog::memory_buf_t& out, std::string_view text) {
    for (const char c : text) {
        if (c == '\n') {
            out.append(std::string_view("\\n"));
        } else if (c == '\r') {
            out.append(std::string_view("\\r"));
        } else {
            out.push_back(c);
        }
    }
}

class LineFormatter final : public spdlog::formatter {
public:
    LineFormatter(std::string process, bool json) : process_(std::move(process)), json_(json) {}

    void format(const spdlog::details::log_msg& message, spdlog::memory_buf_t& out) override {
        const std::string_view text(message.payload.data(), message.payload.size());
        if (json_) {
            nlohmann::ordered_json line = {{"time", utc_micros(message.time)},
                                           {"level", name_of(message.level)},
                                           {"process", process_},
                                           {"pid", getpid()}};
            if (!current_request.empty()) line["request_id"] = current_request;
            line["message"] = text;
            out.append(line.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
        } else {
            fmt::format_to(std::back_inserter(out), "{} {:<7} {}[{}] ", utc_micros(message.time),
                           name_of(message.level), process_, getpid());
            if (!current_request.empty()) fmt::format_to(std::back_inserter(out), "[{}] ", current_request);
            append_on_one_line(out, text);
        }
        out.push_back('\n');
    }
    std::unique_ptr<spdlog::formatter> clone() const override {
        return std::make_unique<LineFormatter>(process_, json_);
    }

private:
    std::string process_;
    bool json_;
};

// Writes each line with one write(2) to an append-only descriptor, so that processes can share a file.
class DescriptorSink final : public spdlog::sinks::base_sink<std::mutex> {
public:
    explicit DescriptorSink(std::string file) : file_(std::move(file)) { open_file(); }
    ~DescriptorSink() override { close_file(); }

    // Keeps the old descriptor when the file cannot be opened.
    void reopen() {
        const std::lock_guard lock(mutex_);
        const int old = descriptor_;
        open_file();
        if (old != STDERR_FILENO) close(old);
    }

protected:
    void sink_it_(const spdlog::details::log_msg& message) override {
        spdlog::memory_buf_t line;
        formatter_->format(message, line);
        std::string_view rest(line.data(), line.size());
        while (!rest.empty()) {
            const ssize_t written = ::write(descriptor_, rest.data(), rest.size());
            if (written < 0 && errno == EINTR) continue;
            if (written <= 0) return;  // a full disk must not stop the cloud
            rest.remove_prefix(static_cast<std::size_t>(written));
        }
    }
    void flush_() override {}

private:
    void open_file() {
        if (file_.empty()) return;
        const int opened = open(file_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640);
        if (opened < 0) throw std::system_error(errno, std::generic_category(), "log file " + file_);
        descriptor_ = opened;
    }
    void close_file() const {
        if (descriptor_ != STDERR_FILENO) close(descriptor_);
    }

    std::string file_;
    int descriptor_ = STDERR_FILENO;
};

// The log of the process: the only state of this module. Replaced by configure() before other threads start.
struct Log {
    std::shared_ptr<DescriptorSink> sink;
    std::shared_ptr<spdlog::logger> logger;

    Log(std::string_view process, const Options& options)
        : sink(std::make_shared<DescriptorSink>(options.file)),
          logger(std::make_shared<spdlog::logger>(std::string(process), sink)) {
        logger->set_formatter(std::make_unique<LineFormatter>(std::string(process), options.json));
        logger->set_level(to_spdlog(options.level));
    }
};

Log& log_of_process() {
    // Never destroyed: threads may still log while the process ends.
    static Log& log = *new Log("cumulet", {});
    return log;
}

}  // namespace

void configure(std::string_view process, const Options& options) { log_of_process() = Log(process, options); }

void reopen() {
    try {
        log_of_process().sink->reopen();
    } catch (const std::system_error& failure) {
        error("{}", failure.what());
    }
}

void set_level(Level level) { log_of_process().logger->set_level(to_spdlog(level)); }

std::optional<Level> parse_level(std::string_view name) {
    if (name == "debug") return Level::debug;
    if (name == "info") return Level::info;
    if (name == "warning") return Level::warning;
    if (name == "error") return Level::error;
    return std::nullopt;
}

bool enabled(Level level) { return log_of_process().logger->should_log(to_spdlog(level)); }

void write(Level level, std::string_view message) {
    log_of_process().logger->log(to_spdlog(level), spdlog::string_view_t(message.data(), message.size()));
}

RequestScope::RequestScope(std::string_view request_id) : previous_(std::move(current_request)) {
    current_request = request_id;
}

RequestScope::~RequestScope() { current_request = std::move(previous_); }

}  // namespace cumulet::log
