#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <ctime>
#include <fstream>
#include <sstream>

#include "common/runtime/log.hpp"
#include "common/runtime/text.hpp"
#include "common/store/transaction.hpp"
#include "objectstore/engine/crypt.hpp"
#include "objectstore/engine/engine_error.hpp"
#include "objectstore/engine/files.hpp"

namespace cumulet::objectstore {

namespace {

constexpr std::size_t kMaxKnown = 10'000;
constexpr std::size_t kKeyBytes = 32;

[[noreturn]] void refuse(const std::filesystem::path& file, std::string_view why) {
    throw EngineError(EngineError::Kind::failed, fmt::format("the key file {} {}", file.string(), why));
}

void create_secrets(const std::filesystem::path& file) {
    const File made = open_file(file, O_WRONLY | O_CREAT | O_EXCL);
    const auto name = fmt::format("root-{}", std::time(nullptr));
    write_at(made, name + " " + text::to_hex(random_bytes(kKeyBytes)) + "\n", 0);
    sync_data(made);
    sync_folder(file.parent_path());
    log::info("a root secret was made in {}: without that file no object can be read again", file.string());
}

bool has_rows(store::Engine& store) {
    store::Transaction txn(store, {});
    return !txn.scan<ScopeKeyRow>({.limit = 1}).empty();
}

}  // namespace

RootSecrets::RootSecrets(const std::filesystem::path& file, bool create) {
    if (create && !std::filesystem::exists(file)) create_secrets(file);
    struct stat status {};
    if (::stat(file.c_str(), &status) != 0) refuse(file, "cannot be read");
    if ((status.st_mode & 077) != 0) refuse(file, "may be read by others: its mode must be 0600");
    std::ifstream stream(file);
    for (std::string line; std::getline(stream, line);) {
        if (text::trim(line).empty() || line.starts_with('#')) continue;
        std::istringstream words(line);
        std::string name, hex;
        words >> name >> hex;
        const auto secret = text::from_hex(hex);
        if (!secret || secret->size() != kKeyBytes) refuse(file, "has a line that is not '<name> <64 hex digits>'");
        secrets_[name] = *secret;
        newest_ = name;
    }
    if (secrets_.empty()) refuse(file, "holds no secret");
}

const std::string& RootSecrets::secret(const std::string& name) const {
    const auto found = secrets_.find(name);
    if (found == secrets_.end())
        throw EngineError(EngineError::Kind::failed, fmt::format("the root secret '{}' is not in the key file", name));
    return found->second;
}

KeyRing::KeyRing(store::Engine& store, const std::filesystem::path& secrets)
    : store_(store), secrets_(secrets, !has_rows(store)) {
    std::size_t changed = 0;
    store::Transaction reader(store, {});
    for (const auto& row : reader.scan<ScopeKeyRow>({})) {
        if (row.root == secrets_.newest()) continue;
        const auto sealed = seal(secrets_.secret(secrets_.newest()), open_row(row), row.scope);
        store::transact(store, {.operation = "seal again"}, [&](store::Transaction& txn) {
            txn.put(ScopeKeyRow{row.scope, secrets_.newest(), sealed}, "sealed again");
            txn.without_log();
        });
        ++changed;
    }
    if (changed > 0)
        log::info("the keys of {} accounts are sealed with the root secret '{}' now", changed, secrets_.newest());
}

std::string KeyRing::open_row(const ScopeKeyRow& row) const {
    return unseal(secrets_.secret(row.root), row.sealed, row.scope);
}

std::string KeyRing::scope_key(const std::string& scope, bool create) {
    {
        std::shared_lock lock(mutex_);
        if (const auto found = known_.find(scope); found != known_.end()) return found->second;
    }
    const auto key = store::transact(store_, {.operation = "key of a scope"}, [&](store::Transaction& txn) {
        if (const auto row = txn.get<ScopeKeyRow>(scope)) return open_row(*row);
        if (!create) throw EngineError(EngineError::Kind::failed, "the key of an account is missing");
        const auto fresh = random_bytes(kKeyBytes);
        txn.put(ScopeKeyRow{scope, secrets_.newest(), seal(secrets_.secret(secrets_.newest()), fresh, scope)}, "made");
        txn.without_log();
        return fresh;
    });
    std::unique_lock lock(mutex_);
    if (known_.size() >= kMaxKnown) known_.erase(known_.begin());
    known_.emplace(scope, key);
    return key;
}

KeyRing::NewKey KeyRing::make(const std::string& scope) {
    const auto key = scope_key(scope, true);
    NewKey made{random_bytes(kKeyBytes), {}};
    made.sealed = seal(key, made.data_key, scope);
    return made;
}

std::string KeyRing::open(const Blob& blob) {
    return unseal(scope_key(blob.key_scope, false), blob.key, blob.key_scope);
}

}  // namespace cumulet::objectstore
