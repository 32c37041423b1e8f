// A MariaDB server of our own with a dump in it: reading SQL is its business.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>
#include <vector>

namespace cumulet::identity::keystone_import {

// In a folder below the temporary one, on a socket, without network; gone with this object.
class DumpServer {
public:
    // Needs mariadb-install-db, mariadbd and mariadb on the PATH (Debian: mariadb-server-core, mariadb-client-core).
    // Throws DatabaseError.
    explicit DumpServer(const std::filesystem::path& dump);
    ~DumpServer();
    DumpServer(const DumpServer&) = delete;
    DumpServer& operator=(const DumpServer&) = delete;
    std::string socket() const { return folder_ / "socket"; }

private:
    void start();
    void load(const std::filesystem::path& dump) const;
    void clean_up();

    std::filesystem::path folder_;
    pid_t server_ = -1;
};

}  // namespace cumulet::identity::keystone_import
