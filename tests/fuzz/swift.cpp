// What clients of the object store write down: manifests, ACLs, archives, version ids, forms, signatures, goals of
// container sync. The first byte chooses.
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <cstdint>
#include <memory>

#include "common/api/fault.hpp"
#include "common/http/form_data.hpp"
#include "objectstore/model/versions.hpp"
#include "objectstore/swift/account_acl.hpp"
#include "objectstore/swift/acl.hpp"
#include "objectstore/swift/archive_reader.hpp"
#include "objectstore/swift/container_sync.hpp"
#include "objectstore/swift/manifest.hpp"
#include "objectstore/swift/signature.hpp"
#include "objectstore/swift/sync_realms.hpp"

using namespace cumulet;
using namespace cumulet::objectstore;

namespace {

void read_archive(std::string_view bytes, std::string_view format) {
    swift::ArchiveReader reader(http::make_memory_source(std::string(bytes)), format, 1u << 20);
    for (int files = 0; files < 100 && reader.next(); ++files)
        for (int pieces = 0; pieces < 16 && !reader.read(4096).empty(); ++pieces) {
        }
}

void read_manifest(std::string_view text) {
    for (const auto& each : swift::parse_wanted(text, swift::Settings{}, "c/o"))
        if (each.data.empty() && (each.container.empty() || each.name.empty())) std::abort();
}

void read_acl(std::string_view text) {
    const auto clean = swift::clean_acl(text, false);
    if (swift::clean_acl(clean, false) != clean) std::abort();
    swift::parse_acl(clean).allows_referrer("http://example.com/");
}

// As another cluster sends it: what is taken can be read, and says as much as its segments.
void adopt_manifest(std::string_view text) {
    Object object;
    swift::adopt_manifest(text, object);
    std::uint64_t length = 0;
    for (const auto& entry : swift::parse_manifest(text)) length += entry.length();
    if (length != object.length) std::abort();
}

// However the bytes come, the parts are the same.
http::Task<std::string> read_form(std::string bytes) {
    const auto body = http::make_memory_reader(std::move(bytes));
    http::FormReader form(*body, "X");
    std::string all;
    while (auto part = co_await form.next()) {
        all += part->name + "|" + part->filename.value_or("") + "|";
        all += co_await form.read_text(1000);
    }
    co_return all;
}

void read_form_now(std::string_view text) {
    boost::asio::io_context context(1);
    boost::asio::co_spawn(context, read_form(std::string(text)), [](std::exception_ptr, std::string) {});
    context.run();
    http::form_boundary(text);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
    try {
        switch (data[0] % 11) {
            case 0:
                read_manifest(text);
                break;
            case 1:
                read_acl(text);
                break;
            case 2:
                swift::to_json(swift::parse_account_acl(text));
                break;
            case 3:
                read_archive(text, "tar");
                break;
            case 4:
                read_archive(text, "tar.gz");
                break;
            case 5:
                read_archive(text, "tar.bz2");
                break;
            case 6:
                adopt_manifest(text);
                break;
            case 7:
                read_form_now(text);
                break;
            case 8:
                if (const auto signature = swift::parse_signature(text)) swift::signs(*signature, "key", text);
                break;
            case 9:
                swift::sync_target(text, nullptr, {"127.0.0.1"});
                break;
            default:
                time_of_version_id(text);
        }
    } catch (const api::Fault&) {
    } catch (const swift::ArchiveError&) {
    }
    return 0;
}
