#include "common/store/rocksdb/backup.hpp"

#include <fcntl.h>
#include <rocksdb/utilities/checkpoint.h>
#include <unistd.h>

#include <fstream>
#include <system_error>

#include "common/runtime/private_folder.hpp"
#include "common/store/rocksdb/database.hpp"

namespace cumulet::store {

namespace rocks {

namespace {

namespace fs = std::filesystem;

constexpr int kFormat = 1;
constexpr std::string_view kFormatWord = "cumulet-store";

fs::path format_file(const fs::path& folder) { return folder / "FORMAT"; }

// What is being made; it gets its name when it is complete.
fs::path partial(const fs::path& target) { return target.string() + ".partial"; }

void sync_path(const fs::path& path) {
    const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    const bool synced = fd >= 0 && ::fsync(fd) == 0;
    const int error = errno;
    if (fd >= 0) ::close(fd);
    if (!synced) throw StoreError("cannot sync " + path.string() + ": " + std::generic_category().message(error));
}

fs::path parent_of(const fs::path& path) { return fs::absolute(path).parent_path(); }

void write_format(const fs::path& folder) {
    const fs::path unfinished = partial(format_file(folder));
    {
        std::ofstream out(unfinished);
        out << kFormatWord << ' ' << kFormat << '\n';
        if (!out.flush()) throw StoreError("cannot write " + unfinished.string());
    }
    sync_path(unfinished);
    fs::rename(unfinished, format_file(folder));
    sync_path(folder);
}

void check_format(const fs::path& folder) {
    std::ifstream in(format_file(folder));
    std::string word;
    int format = 0;
    if (!(in >> word >> format) || word != kFormatWord)
        throw StoreError(folder.string() + " is not a store: " + format_file(folder).string() +
                         " is missing or damaged");
    if (format > kFormat)
        throw StoreError("the store " + folder.string() + " has format " + std::to_string(format) +
                         ", this version reads formats up to " + std::to_string(kFormat) + ": use a newer one");
}

void sync_tree(const fs::path& folder) {
    for (const auto& entry : fs::recursive_directory_iterator(folder)) sync_path(entry.path());
    sync_path(folder);
}

// File system errors carry their paths; callers only know StoreError.
template <class Body>
void as_store_error(Body&& body) {
    try {
        body();
    } catch (const fs::filesystem_error& error) {
        throw StoreError(error.what());
    }
}

}  // namespace

fs::path database_folder(const fs::path& folder) { return folder / "db"; }

void prepare_folder(const fs::path& folder) {
    as_store_error([&] {
        runtime::make_private_folder(folder);
        if (!fs::exists(format_file(folder)) && !fs::exists(database_folder(folder)))
            write_format(folder);
        else
            check_format(folder);
    });
}

void backup(Database& database, const fs::path& target) {
    as_store_error([&] {
        if (fs::exists(target)) throw StoreError("the backup " + target.string() + " exists already");
        const fs::path unfinished = partial(target);
        fs::remove_all(unfinished);
        runtime::make_private_folder(unfinished);
        rocksdb::Checkpoint* made = nullptr;
        require(rocksdb::Checkpoint::Create(&database.db(), &made), "make a checkpoint");
        std::unique_ptr<rocksdb::Checkpoint> checkpoint(made);
        const auto status = checkpoint->CreateCheckpoint(database_folder(unfinished).string());
        if (!status.ok()) {
            std::error_code ignored;
            fs::remove_all(unfinished, ignored);
            require(status, "write the backup " + target.string());
        }
        write_format(unfinished);
        sync_tree(unfinished);
        fs::rename(unfinished, target);
        sync_path(parent_of(target));
    });
}

}  // namespace rocks

void restore_rocksdb(const std::filesystem::path& backup, const std::filesystem::path& folder) {
    namespace fs = std::filesystem;
    rocks::as_store_error([&] {
        rocks::check_format(backup);
        if (fs::exists(folder) && !fs::is_empty(folder))
            throw StoreError("the folder " + folder.string() + " is not empty: a store is restored into a new one");
        const fs::path unfinished = rocks::partial(folder);
        fs::remove_all(unfinished);
        fs::create_directories(rocks::parent_of(folder));
        runtime::make_private_folder(unfinished);
        fs::copy(backup, unfinished, fs::copy_options::recursive);
        rocks::sync_tree(unfinished);
        fs::remove(folder);
        fs::rename(unfinished, folder);
        rocks::sync_path(rocks::parent_of(folder));
    });
}

}  // namespace cumulet::store
