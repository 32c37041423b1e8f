#include "identity/keystone_import/dump_server.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <thread>

#include "identity/keystone_import/database.hpp"

namespace cumulet::identity::keystone_import {
namespace {

namespace fs = std::filesystem;
using Words = std::vector<std::string>;

constexpr auto kPatience = std::chrono::seconds(60);
constexpr const char* kSchema = "keystone";

fs::path find_program(const std::string& name, const char* package) {
    std::istringstream path(std::string(getenv("PATH") ? getenv("PATH") : "") + ":/usr/sbin:/usr/bin:/sbin:/bin");
    for (std::string folder; std::getline(path, folder, ':');)
        if (!folder.empty() && access((folder + "/" + name).c_str(), X_OK) == 0) return fs::path(folder) / name;
    throw DatabaseError(
        fmt::format("{} is not installed: a dump is read by a MariaDB server (Debian: {})", name, package));
}

pid_t start_child(const Words& words, const fs::path& input, const fs::path& output) {
    const pid_t child = fork();
    if (child < 0) throw DatabaseError("cannot start " + words.front());
    if (child > 0) return child;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    const int in = open(input.c_str(), O_RDONLY);
    const int out = open(output.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
    if (in < 0 || out < 0) _exit(126);
    dup2(in, 0);
    dup2(out, 1);
    dup2(out, 2);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, nullptr);
    std::vector<char*> pointers;
    for (const auto& word : words) pointers.push_back(const_cast<char*>(word.c_str()));
    pointers.push_back(nullptr);
    execv(pointers.front(), pointers.data());
    _exit(127);
}

int wait_for(pid_t child) {
    int status = 0;
    while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    return status;
}

std::string read_file(const fs::path& file) {
    std::ifstream in(file);
    return {std::istreambuf_iterator<char>(in), {}};
}

void run(const Words& words, const fs::path& input, const fs::path& log) {
    if (wait_for(start_child(words, input, log)) != 0) {
        auto said = read_file(log);
        if (said.size() > 2000) said.erase(0, said.size() - 2000);
        throw DatabaseError(fmt::format("{} failed:\n{}", words.front(), said));
    }
}

}  // namespace

DumpServer::DumpServer(const fs::path& dump) {
    if (!fs::is_regular_file(dump)) throw DatabaseError("there is no dump " + dump.string());
    std::string folder = fs::temp_directory_path() / "cumulet-import-XXXXXX";
    if (!mkdtemp(folder.data()))
        throw DatabaseError("cannot make a folder below " + fs::temp_directory_path().string());
    folder_ = folder;
    try {
        start();
        load(dump);
    } catch (...) {
        clean_up();
        throw;
    }
}

void DumpServer::start() {
    const auto installer = find_program("mariadb-install-db", "mariadb-server-core");
    const auto server = find_program("mariadbd", "mariadb-server-core");
    const auto base = server.parent_path().parent_path();
    const auto log = folder_ / "log";
    Words common = {"--no-defaults", "--datadir=" + (folder_ / "data").string(), "--basedir=" + base.string()};
    if (geteuid() == 0) common.push_back("--user=root");
    Words install = {installer.string()};
    install.insert(install.end(), common.begin(), common.end());
    install.insert(install.end(), {"--auth-root-authentication-method=normal", "--skip-test-db"});
    run(install, "/dev/null", log);
    Words serve = {server.string()};
    serve.insert(serve.end(), common.begin(), common.end());
    serve.insert(serve.end(), {"--lc-messages-dir=" + (base / "share/mysql").string(), "--socket=" + socket(),
                               "--pid-file=" + (folder_ / "pid").string(), "--skip-networking", "--skip-grant-tables",
                               "--skip-log-bin", "--innodb-flush-log-at-trx-commit=0"});
    server_ = start_child(serve, "/dev/null", log);
    const auto deadline = std::chrono::steady_clock::now() + kPatience;
    for (;;) {
        try {
            Database answers({.socket = socket(), .database = ""});
            return;
        } catch (const DatabaseError&) {
            const bool ended = waitpid(server_, nullptr, WNOHANG) == server_;
            if (ended) server_ = -1;
            if (ended || std::chrono::steady_clock::now() > deadline)
                throw DatabaseError("the server for the dump does not start:\n" + read_file(log));
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
}

void DumpServer::load(const fs::path& dump) const {
    const auto client = find_program("mariadb", "mariadb-client-core");
    const Words words = {client.string(), "--no-defaults", "--socket=" + socket(), "--user=root"};
    auto create = words;
    create.insert(create.end(), {"--execute", fmt::format("CREATE DATABASE {} CHARACTER SET utf8mb4", kSchema)});
    run(create, "/dev/null", folder_ / "load.log");
    auto load = words;
    load.push_back(kSchema);
    run(load, dump, folder_ / "load.log");
}

void DumpServer::clean_up() {
    if (server_ > 0) {
        kill(server_, SIGKILL);  // nothing of it is wanted any more
        wait_for(server_);
        server_ = -1;
    }
    std::error_code ignored;
    fs::remove_all(folder_, ignored);
}

DumpServer::~DumpServer() { clean_up(); }

}  // namespace cumulet::identity::keystone_import
