// What clients of the object store write down: manifests, ACLs, archives, version ids. The first byte chooses.
#include <cstdint>
#include <memory>

#include "common/api/fault.hpp"
#include "objectstore/model/versions.hpp"
#include "objectstore/swift/account_acl.hpp"
#include "objectstore/swift/acl.hpp"
#include "objectstore/swift/archive_reader.hpp"
#include "objectstore/swift/manifest.hpp"

using namespace cumulet;
using namespace cumulet::objectstore;

namespace {

void read_archive(std::string_view bytes, std::string_view format) {
    swift::ArchiveReader reader(http::make_memory_source(std::string(bytes)), format);
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

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
    try {
        switch (data[0] % 7) {
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
            default:
                time_of_version_id(text);
        }
    } catch (const api::Fault&) {
    } catch (const swift::ArchiveError&) {
    }
    return 0;
}
