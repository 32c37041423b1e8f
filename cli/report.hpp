// How `up` talks to whoever typed it: directly, or, when detached, through a pipe to the process that waits.
#pragma once

#include <string_view>

#include "cli/state_folder.hpp"

namespace cumulet::cli {

class Report {
public:
    explicit Report(int descriptor) : descriptor_(descriptor) {}
    void say(std::string_view text) const;
    // The last word: lets the waiting process end with this exit code.
    void conclude(int exit_code);

private:
    int descriptor_;
};

// Goes on as a background process with its output in `log`; the process that called it prints what the report says, and
// ends with its exit code. Returns the report, in the background process only. Throws CommandError.
Report detach(const fs::path& log);

}  // namespace cumulet::cli
