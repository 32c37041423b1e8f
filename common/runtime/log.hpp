// Logging: text for people, JSON for machines; every line of a request carries its request id.
#pragma once

#include <fmt/format.h>

#include <optional>
#include <string>
#include <string_view>

namespace cumulet::log {

enum class Level { debug, info, warning, error };

struct Options {
    Level level = Level::info;
    bool json = false;
    std::string file;  // empty: standard error
};

// Call once from main before other threads start. `process` names the daemon in each line. Throws std::runtime_error
// when the file cannot be opened. Until then lines go to standard error as text.
void configure(std::string_view process, const Options& options);
// Opens the log file again (after it was moved away). Any thread.
void reopen();
void set_level(Level level);
// nullopt when `name` is none of debug, info, warning, error.
std::optional<Level> parse_level(std::string_view name);
bool enabled(Level level);
void write(Level level, std::string_view message);

// While alive, lines of this thread carry `request_id`. Not to be held across a co_await.
class RequestScope {
public:
    explicit RequestScope(std::string_view request_id);
    ~RequestScope();
    RequestScope(const RequestScope&) = delete;
    RequestScope& operator=(const RequestScope&) = delete;

private:
    std::string previous_;
};

template <class... Args>
void debug(fmt::format_string<Args...> format, Args&&... args) {
    if (enabled(Level::debug)) write(Level::debug, fmt::format(format, std::forward<Args>(args)...));
}
template <class... Args>
void info(fmt::format_string<Args...> format, Args&&... args) {
    if (enabled(Level::info)) write(Level::info, fmt::format(format, std::forward<Args>(args)...));
}
template <class... Args>
void warning(fmt::format_string<Args...> format, Args&&... args) {
    if (enabled(Level::warning)) write(Level::warning, fmt::format(format, std::forward<Args>(args)...));
}
template <class... Args>
void error(fmt::format_string<Args...> format, Args&&... args) {
    write(Level::error, fmt::format(format, std::forward<Args>(args)...));
}

}  // namespace cumulet::log
