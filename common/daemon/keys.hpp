// The configuration keys that every daemon has.
#pragma once

#include <string>
#include <vector>

#include "common/runtime/config.hpp"

namespace cumulet::daemon {

constexpr runtime::Key<std::string_view> kLogLevel{"log.level", "info",
                                                   "Least level written: debug, info, warning, error."};
constexpr runtime::Key<bool> kLogJson{"log.json", false, "Write each line as a JSON object instead of text."};
constexpr runtime::Key<std::string_view> kLogFile{"log.file", "", "File to append to; empty: standard error."};

constexpr runtime::Key<std::string_view> kBusUrl{
    "bus.url", "nats://127.0.0.1:4222", "NATS servers, separated by commas; empty: no bus, fall-back polls only."};
constexpr runtime::Key<std::string_view> kBusUser{"bus.user", "", "User name for the bus; empty: none."};
constexpr runtime::Key<std::string_view> kBusPassword{"bus.password", "", "Password for the bus."};
constexpr runtime::Key<std::string_view> kBusToken{"bus.token", "",
                                                   "Token for the bus, instead of user and password; empty: none."};
constexpr runtime::Key<std::string_view> kBusCaFile{"bus.ca_file", "",
                                                    "CA certificates (PEM) of the bus; empty: no TLS."};
constexpr runtime::Key<std::string_view> kBusCertFile{"bus.cert_file", "", "Client certificate (PEM) for the bus."};
constexpr runtime::Key<std::string_view> kBusKeyFile{"bus.key_file", "", "Private key (PEM) of that certificate."};

constexpr runtime::Key<std::string_view> kBusTlsName{
    "bus.tls_name", "", "Name that the bus's certificate must bear; empty: any that the CA signed."};

constexpr runtime::Key<std::string_view> kUser{"daemon.user", "",
                                               "User to become when started by root; empty: stay as started."};
constexpr runtime::Key<std::int64_t> kOpenFiles{"daemon.open_files", 65'536,
                                                "Open files to allow this process, as far as the hard limit permits."};
constexpr runtime::Key<std::int64_t> kStopTimeout{"daemon.stop_timeout_s", 30,
                                                  "Seconds an ordered stop may take before the process ends itself."};

constexpr runtime::Key<std::int64_t> kKeepLog{
    "store.keep_log_days", 30, "Days that the change log of each store covers; readers further behind start over."};

// The keys of one daemon's own section that the skeleton reads.
struct SectionKeys {
    explicit SectionKeys(const std::string& section);
    SectionKeys(const SectionKeys&) = delete;
    SectionKeys& operator=(const SectionKeys&) = delete;

    std::vector<runtime::KeyDescription> describe_all() const;

private:
    const std::string io_threads_name_, admin_address_name_, admin_port_name_;

public:
    // They view the names above.
    const runtime::Key<std::int64_t> io_threads;
    const runtime::Key<std::string_view> admin_address;
    const runtime::Key<std::int64_t> admin_port;
};

std::vector<runtime::KeyDescription> common_keys();

// Every top-level section that a shared configuration file may hold; those a daemon does not declare are others'
// business.
const std::vector<std::string>& all_sections();

}  // namespace cumulet::daemon
