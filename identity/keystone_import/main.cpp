// `cumulet identity import`: moves a Keystone into the store of cumulet-identity, which must not run meanwhile.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>

#include "common/daemon/daemon.hpp"
#include "common/store/rocksdb/rocksdb_engine.hpp"
#include "identity/keystone_import/dump_server.hpp"
#include "identity/keystone_import/tables.hpp"
#include "identity/records.hpp"
#include "identity/settings.hpp"

namespace cumulet::identity::keystone_import {
namespace {

namespace fs = std::filesystem;

struct Wishes {
    std::string dump, password_file, token_keys, credential_keys;
    DatabaseAddress address;
    bool dry_run = false, fresh = false, as_json = false;
};

// Set when everything was printed already.
std::optional<int> read_wishes(const std::vector<std::string>& arguments, Wishes& wishes) {
    CLI::App app("Moves a Keystone in: its database and its keys.", "import");
    auto* dump = app.add_option("--dump", wishes.dump, "SQL dump of the database (mariadb-dump)")->type_name("FILE");
    app.add_option("--socket", wishes.address.socket, "Socket of the database server")
        ->type_name("FILE")
        ->excludes(dump);
    app.add_option("--host", wishes.address.host, "Its host")->excludes(dump);
    app.add_option("--port", wishes.address.port, "Its port")->excludes(dump);
    app.add_option("--user", wishes.address.user, "User of the database")->excludes(dump);
    app.add_option("--password-file", wishes.password_file, "File with that user's password")->excludes(dump);
    app.add_option("--database", wishes.address.database, "Name of the database")->excludes(dump);
    app.add_option("--token-keys", wishes.token_keys,
                   "Keystone's [fernet_tokens] key_repository: live tokens go on working")
        ->type_name("FOLDER");
    app.add_option("--credential-keys", wishes.credential_keys, "Keystone's [credential] key_repository")
        ->type_name("FOLDER");
    app.add_flag("--dry-run", wishes.dry_run, "Read everything, write nothing");
    app.add_flag("--fresh", wishes.fresh, "Set the present store aside and begin with an empty one");
    app.add_flag("--json", wishes.as_json, "Report as JSON");
    try {
        std::vector<std::string> reversed(arguments.rbegin(), arguments.rend());  // as CLI11 wants a vector
        app.parse(reversed);
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? 0 : 2;
    }
    if (!wishes.password_file.empty()) {
        std::ifstream in(wishes.password_file);
        if (!std::getline(in, wishes.address.password))
            throw DatabaseError("cannot read the password in " + wishes.password_file);
    }
    return std::nullopt;
}

// "store" becomes "store.before-import", or "store.before-import-2" …
void set_aside(const fs::path& store) {
    if (!fs::exists(store)) return;
    // Opened once: refuses while a daemon has it.
    store::make_rocksdb_engine({.folder = store}).reset();
    fs::path target = store.string() + ".before-import";
    for (int number = 2; fs::exists(target); ++number)
        target = fmt::format("{}.before-import-{}", store.string(), number);
    fs::rename(store, target);
    fmt::print("The store that was there is now {}.\n", target.string());
}

void print_report(const Report& report, bool as_json) {
    if (as_json) {
        nlohmann::json document = {
            {"dry_run", report.dry_run}, {"skipped", report.skipped}, {"records", nlohmann::json::object()}};
        for (const auto& [name, tally] : report.by_collection)
            document["records"][name] = {
                {"created", tally.created}, {"changed", tally.changed}, {"unchanged", tally.unchanged}};
        std::cout << document.dump(2) << "\n";
        return;
    }
    fmt::print("{}{:<24} {:>9} {:>9} {:>9}\n", report.dry_run ? "Nothing is written: a dry run.\n" : "", "", "created",
               "changed", "the same");
    for (const auto& [name, tally] : report.by_collection)
        fmt::print("{:<24} {:>9} {:>9} {:>9}\n", name, tally.created, tally.changed, tally.unchanged);
    for (const auto& [why, what] : report.skipped) {
        constexpr std::size_t kShown = 10;
        fmt::print("left out, {} times: {}\n", what.size(), why);
        for (std::size_t i = 0; i < std::min(kShown, what.size()); ++i) fmt::print("    {}\n", what[i]);
        if (what.size() > kShown) fmt::print("    … and {} more (--json lists all)\n", what.size() - kShown);
    }
}

void import_tables(Source& source) {
    for (auto* part : {import_resources, import_roles, import_users, import_assignments, import_catalog, import_secrets,
                       import_federation, import_revocations})
        part(source);
    source.writer.flush();
}

std::unique_ptr<Database> open_database(const Wishes& wishes, std::optional<DumpServer>& server) {
    if (wishes.dump.empty()) {
        auto database = std::make_unique<Database>(wishes.address);
        if (!database->has_table("local_user"))
            throw DatabaseError(fmt::format("{} is no Keystone's database", wishes.address.database));
        return database;
    }
    server.emplace(wishes.dump);
    auto database = std::make_unique<Database>(DatabaseAddress{.socket = server->socket(), .database = ""});
    const auto schemas = database->keystone_schemas();
    if (schemas.empty()) throw DatabaseError(wishes.dump + " has no Keystone's database in it");
    if (schemas.size() > 1) throw DatabaseError(wishes.dump + " has more than one Keystone's database in it");
    database->use(schemas.front());
    return database;
}

int import_keystone(const runtime::Config& config, const std::vector<std::string>& arguments) {
    Wishes wishes;
    if (const auto code = read_wishes(arguments, wishes)) return *code;
    std::optional<DumpServer> server;
    const auto database = open_database(wishes, server);
    SystemClock clock;
    SystemRandom random;
    const fs::path store = fs::path(config.get(kStateFolder)) / "store";
    fs::create_directories(store.parent_path());
    const bool begin_anew = wishes.fresh && !wishes.dry_run;
    if (begin_anew) set_aside(store);
    auto engine = wishes.dry_run && (wishes.fresh || !fs::exists(store))
                      ? store::make_memory_engine()
                      : store::make_rocksdb_engine({.folder = store});
    // While the store is empty: the daemon would otherwise index everything once more when it starts.
    if (!wishes.dry_run) ensure_indexes(*engine);
    tokens::KeyRepository sealing(credential_key_folder(config), random);
    const Vault vault(sealing, clock, random);
    Writer writer(*engine, clock, wishes.dry_run);
    Source source{.database = *database, .writer = writer, .vault = vault, .credential_keys = {}};
    if (!wishes.credential_keys.empty()) source.credential_keys = tokens::read_key_folder(wishes.credential_keys);
    import_tables(source);
    if (!wishes.token_keys.empty() && !wishes.dry_run) {
        tokens::KeyRepository keys(token_key_folder(config), random);
        const bool adopted = keys.adopt(wishes.token_keys);
        if (!wishes.as_json)
            fmt::print("{}\n", adopted ? "Keystone's token keys are in force."
                                       : "Keystone's token keys were in force already.");
    }
    print_report(writer.report(), wishes.as_json);
    engine.reset();
    if (!wishes.dry_run) store::tidy_rocksdb({.folder = store});
    return 0;
}

}  // namespace
}  // namespace cumulet::identity::keystone_import

int main(int argc, char** argv) {
    return cumulet::daemon::run({.name = "cumulet-identity-import",
                                 .summary = "Moves a Keystone in.",
                                 .section = "identity",
                                 .keys = cumulet::identity::config_keys(),
                                 .build = nullptr,
                                 .commands = {{"import", "Read a Keystone's database and keys",
                                               cumulet::identity::keystone_import::import_keystone}}},
                                argc, argv);
}
