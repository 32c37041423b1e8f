// Reading tables of a MariaDB or MySQL server. The only place that includes the client library.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

#include "common/runtime/clock.hpp"

namespace cumulet::identity::keystone_import {

class DatabaseError : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

struct DatabaseAddress {
    std::string socket;  // empty: host and port
    std::string host = "127.0.0.1";
    unsigned port = 3306;
    std::string user = "root", password, database = "keystone";
};

// One row by the names of its columns; columns that a release of Keystone does not have read as NULL. Valid until the
// next row.
class Row {
public:
    using Columns = std::map<std::string, unsigned, std::less<>>;
    Row(const Columns& columns, char** values, const unsigned long* sizes)
        : columns_(columns), values_(values), sizes_(sizes) {}
    std::optional<std::string_view> find(std::string_view column) const;
    std::string text(std::string_view column) const;  // NULL: empty
    bool flag(std::string_view column) const;         // NULL: false
    std::optional<std::int64_t> number(std::string_view column) const;
    // A DATETIME, which Keystone writes in UTC.
    std::optional<Timestamp> time(std::string_view column) const;
    // Microseconds since 1970, as Keystone's newer columns have them.
    std::optional<Timestamp> micros(std::string_view column) const;

private:
    const Columns& columns_;
    char** values_;
    const unsigned long* sizes_;
};

// One thread.
class Database {
public:
    // Throws DatabaseError.
    explicit Database(const DatabaseAddress& address);
    ~Database();
    Database(const Database&) = delete;
    Database& operator=(const Database&) = delete;
    bool has_table(const std::string& table);
    // Calls `each` with every row, in the order of `order` (columns; empty: any). A table that is not there has no
    // rows. What `each` throws passes through. Throws DatabaseError.
    void read(const std::string& table, const std::string& order, const std::function<void(const Row&)>& each);
    // The schemas in which Keystone's tables are.
    std::vector<std::string> keystone_schemas();
    void use(const std::string& schema);

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace cumulet::identity::keystone_import
