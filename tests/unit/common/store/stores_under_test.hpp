// The engines that the conformance rules and the model tests run on.
#pragma once

#include "common/store/rocksdb/rocksdb_engine.hpp"
#include "engine_conformance.hpp"
#include "tests/support/temporary_folder.hpp"

namespace cumulet::store {

class MemoryUnderTest final : public EngineUnderTest {
public:
    std::unique_ptr<Engine> open() override { return make_memory_engine(); }
    bool durable() const override { return false; }
    std::unique_ptr<Engine> restore(const std::filesystem::path&) override { return nullptr; }
    std::filesystem::path backup_target() override { return {}; }
};

class RocksdbUnderTest final : public EngineUnderTest {
public:
    std::unique_ptr<Engine> open() override { return make_rocksdb_engine({.folder = folder_.path() / "store"}); }
    bool durable() const override { return true; }
    std::unique_ptr<Engine> restore(const std::filesystem::path& backup) override {
        const auto folder = folder_.path() / ("restored" + std::to_string(next_++));
        restore_rocksdb(backup, folder);
        return make_rocksdb_engine({.folder = folder});
    }
    std::filesystem::path backup_target() override { return folder_.path() / ("backup" + std::to_string(next_++)); }

private:
    test::TemporaryFolder folder_;
    int next_ = 0;
};

}  // namespace cumulet::store
