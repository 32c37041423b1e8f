#include "identity/keystone_import/database.hpp"

#include <fmt/format.h>
#include <mysql.h>

#include <charconv>
#include <set>
#include <vector>

namespace cumulet::identity::keystone_import {

std::optional<std::string_view> Row::find(std::string_view column) const {
    const auto found = columns_.find(column);
    if (found == columns_.end() || values_[found->second] == nullptr) return std::nullopt;
    return std::string_view(values_[found->second], sizes_[found->second]);
}

std::string Row::text(std::string_view column) const { return std::string(find(column).value_or("")); }

bool Row::flag(std::string_view column) const { return number(column).value_or(0) != 0; }

std::optional<std::int64_t> Row::number(std::string_view column) const {
    const auto text = find(column);
    if (!text) return std::nullopt;
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), value);
    if (error != std::errc()) throw DatabaseError(fmt::format("column {} holds '{}', no number", column, *text));
    return value;
}

std::optional<Timestamp> Row::time(std::string_view column) const {
    auto text = find(column);
    if (!text || text->starts_with("0000")) return std::nullopt;
    std::string iso(*text);
    if (iso.size() > 10) iso[10] = 'T';
    const auto moment = parse_iso(iso + "Z");
    if (!moment) throw DatabaseError(fmt::format("column {} holds '{}', no time", column, *text));
    return moment;
}

std::optional<Timestamp> Row::micros(std::string_view column) const {
    const auto value = number(column);
    if (!value) return std::nullopt;
    return Timestamp{std::chrono::microseconds{*value}};
}

struct Database::State {
    MYSQL* connection = nullptr;
    std::set<std::string, std::less<>> tables;

    [[noreturn]] void fail(const std::string& what) const {
        throw DatabaseError(fmt::format("{}: {}", what, mysql_error(connection)));
    }
    void query(const std::string& sql) const {
        if (mysql_real_query(connection, sql.data(), sql.size()) != 0) fail(sql);
    }
};

namespace {
struct FreeResult {
    void operator()(MYSQL_RES* result) const { mysql_free_result(result); }
};
using Result = std::unique_ptr<MYSQL_RES, FreeResult>;
}  // namespace

Database::Database(const DatabaseAddress& address) : state_(std::make_unique<State>()) {
    state_->connection = mysql_init(nullptr);
    if (!state_->connection) throw DatabaseError("no memory for a database connection");
    mysql_options(state_->connection, MYSQL_SET_CHARSET_NAME, "utf8mb4");
    const char* socket = address.socket.empty() ? nullptr : address.socket.c_str();
    const char* database = address.database.empty() ? nullptr : address.database.c_str();
    if (!mysql_real_connect(state_->connection, socket ? "localhost" : address.host.c_str(), address.user.c_str(),
                            address.password.c_str(), database, address.port, socket, 0)) {
        const std::string why = mysql_error(state_->connection);
        mysql_close(state_->connection);
        throw DatabaseError("cannot connect to the database: " + why);
    }
    // One consistent picture, as mysqldump --single-transaction has it: the Keystone may go on working.
    state_->query("SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ");
    state_->query("START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY");
    if (database) use(address.database);
}

Database::~Database() { mysql_close(state_->connection); }

void Database::use(const std::string& schema) {
    if (mysql_select_db(state_->connection, schema.c_str()) != 0) state_->fail(schema);
    state_->tables.clear();
    state_->query("SHOW TABLES");
    const Result result(mysql_store_result(state_->connection));
    while (MYSQL_ROW row = mysql_fetch_row(result.get())) state_->tables.insert(row[0]);
}

bool Database::has_table(const std::string& table) { return state_->tables.contains(table); }

std::vector<std::string> Database::keystone_schemas() {
    state_->query(
        "SELECT table_schema FROM information_schema.tables WHERE table_name IN ('local_user', 'assignment', 'project')"
        " GROUP BY table_schema HAVING COUNT(*) = 3");
    const Result result(mysql_store_result(state_->connection));
    if (!result) state_->fail("looking for the tables");
    std::vector<std::string> schemas;
    while (MYSQL_ROW row = mysql_fetch_row(result.get())) schemas.emplace_back(row[0]);
    return schemas;
}

void Database::read(const std::string& table, const std::string& order, const std::function<void(const Row&)>& each) {
    if (!has_table(table)) return;
    state_->query(fmt::format("SELECT * FROM `{}`{}", table, order.empty() ? "" : " ORDER BY " + order));
    const Result result(mysql_use_result(state_->connection));
    if (!result) state_->fail(table);
    Row::Columns columns;
    const MYSQL_FIELD* fields = mysql_fetch_fields(result.get());
    for (unsigned i = 0; i < mysql_num_fields(result.get()); ++i) columns[fields[i].name] = i;
    while (MYSQL_ROW row = mysql_fetch_row(result.get())) each(Row(columns, row, mysql_fetch_lengths(result.get())));
    if (mysql_errno(state_->connection) != 0) state_->fail(table);
}

}  // namespace cumulet::identity::keystone_import
