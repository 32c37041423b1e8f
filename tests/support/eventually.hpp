// Bounded, level-triggered waiting.
#pragma once

#include <chrono>
#include <functional>

namespace cumulet::test {

// Asks `holds` again and again until it is true; false when `limit` passes before that.
bool eventually(const std::function<bool()>& holds, std::chrono::milliseconds limit = std::chrono::seconds(20));

}  // namespace cumulet::test
