#include "temp_folder.hpp"

#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <charconv>
#include <string>

namespace cumulet::store {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view kPrefix = "cumulet-store-test.";

// Names are "<prefix><pid>.<n>".
void remove_left_behind() {
    std::error_code ignored;
    for (const auto& entry : fs::directory_iterator(fs::temp_directory_path(), ignored)) {
        const std::string name = entry.path().filename();
        if (!name.starts_with(kPrefix)) continue;
        pid_t pid = 0;
        std::from_chars(name.data() + kPrefix.size(), name.data() + name.size(), pid);
        if (pid > 0 && ::kill(pid, 0) != 0 && errno == ESRCH) fs::remove_all(entry.path(), ignored);
    }
}

}  // namespace

TempFolder::TempFolder() {
    static std::atomic<int> made = 0;
    const int number = made++;
    if (number == 0) remove_left_behind();
    path_ =
        fs::temp_directory_path() / (std::string(kPrefix) + std::to_string(::getpid()) + "." + std::to_string(number));
    fs::remove_all(path_);
    fs::create_directory(path_);
}

TempFolder::~TempFolder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
}

}  // namespace cumulet::store
