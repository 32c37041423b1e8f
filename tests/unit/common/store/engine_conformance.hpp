// What every store engine must do, as rules to run over any of them.
#pragma once

#include <filesystem>
#include <memory>
#include <string_view>
#include <vector>

#include "common/store/engine.hpp"

namespace cumulet::store {

// A fresh store and the ways to open it.
class EngineUnderTest {
public:
    virtual ~EngineUnderTest() = default;
    // Empty at first. Opened again after the engine was destroyed, a durable store holds what it held.
    virtual std::unique_ptr<Engine> open() = 0;
    virtual bool durable() const = 0;
    // Another store made from a backup. Durable ones only.
    virtual std::unique_ptr<Engine> restore(const std::filesystem::path& backup) = 0;
    // A path that does not exist, for a backup.
    virtual std::filesystem::path backup_target() = 0;
};

struct ConformanceRule {
    std::string_view name;
    void (*check)(EngineUnderTest& store);
};

// For every engine.
const std::vector<ConformanceRule>& conformance_rules();
// For those that are durable, besides.
const std::vector<ConformanceRule>& durable_conformance_rules();

}  // namespace cumulet::store
