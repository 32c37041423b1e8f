// The folder of a store on disk, and copies of it.
//
//     <folder>/FORMAT   "cumulet-store <n>": the format of what lies beside it
//     <folder>/db/      RocksDB's files
#pragma once

#include <filesystem>

namespace cumulet::store::rocks {

class Database;

std::filesystem::path database_folder(const std::filesystem::path& folder);

// Makes a new, empty folder a store's folder; checks the format of one that exists. Throws StoreError.
void prepare_folder(const std::filesystem::path& folder);

// See Engine::backup.
void backup(Database& database, const std::filesystem::path& target);

}  // namespace cumulet::store::rocks
