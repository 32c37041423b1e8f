#include "objectstore/swift/bulk_upload.hpp"

#include <set>

#include "common/api/fault.hpp"
#include "common/runtime/text.hpp"
#include "objectstore/swift/access.hpp"
#include "objectstore/swift/archive_reader.hpp"
#include "objectstore/swift/body_chain.hpp"
#include "objectstore/swift/content_types.hpp"
#include "objectstore/swift/metadata.hpp"
#include "objectstore/swift/object_put.hpp"
#include "objectstore/swift/quotas.hpp"
#include "objectstore/swift/service.hpp"
#include "objectstore/swift/summary.hpp"

namespace cumulet::objectstore::swift {

namespace {

using api::Errc;
using api::Fault;
using api::Reply;

constexpr std::size_t kPieceBytes = 256 * 1024;
constexpr std::uint64_t kAlwaysAllowed = 64u << 20;  // bytes that any archive may become

class Extraction {
public:
    Extraction(SwiftCall& call, std::string account, std::string container, std::string prefix)
        : call_(call), account_(std::move(account)), container_(std::move(container)), prefix_(std::move(prefix)) {}

    http::Task<Reply> run(std::string_view format) {
        auto& swift = call_.module<Swift>();
        // What the body is spooled to is owned by nobody, and goes with its writer.
        const auto spooled = co_await upload_body(swift.engine, call_.body_stream(), call_.content_length(),
                                                  swift.settings.max_file_size);
        const auto allowed = std::max(kAlwaysAllowed, spooled.blob.length * swift.settings.max_expansion);
        std::string broken;
        try {
            co_await extract(spooled.blob, format, allowed);
        } catch (const ArchiveError& error) {
            broken = std::string("Invalid Tar File: ") + error.what();
        }
        co_return answer(std::move(broken));
    }

private:
    http::Task<void> extract(const Blob& blob, std::string_view format, std::uint64_t allowed) {
        auto& swift = call_.module<Swift>();
        if (blob.length == 0) throw ArchiveError("it is empty");
        auto bytes = make_source(swift.engine.open(blob, 0, blob.length));
        std::optional<ArchiveReader> reader;
        co_await call_.offload([&] { reader.emplace(std::move(bytes), format, allowed); });
        for (std::size_t entries = 0;; ++entries) {
            std::optional<ArchivedFile> file;
            co_await call_.offload([&] { file = reader->next(); });
            if (!file) co_return;
            if (entries >= swift.settings.max_archive_entries)
                throw ArchiveError(fmt::format("it has more than {} files", entries));
            std::optional<Fault> wrong;
            try {
                co_await extract_one(*reader, *file);
                ++created_;
            } catch (const Fault& fault) {
                wrong = fault;
            }
            if (!wrong) continue;
            if (wrong->code() == Errc::unauthorized) throw *wrong;
            summary_.errors.emplace_back(text::percent_encode(path_of(*file), "/"), status_line(*wrong));
            if (summary_.errors.size() >= swift.settings.max_failed_extractions)
                throw ArchiveError("too many of its files cannot be stored");
        }
    }

    std::string path_of(const ArchivedFile& file) const {
        std::string path;
        if (!container_.empty()) path += container_ + "/";
        if (!prefix_.empty()) path += prefix_ + (prefix_.ends_with('/') ? "" : "/");
        return path + file.name;
    }

    ObjectPlace place_of_file(const ArchivedFile& file) const {
        const auto& settings = call_.module<Swift>().settings;
        const auto path = path_of(file);
        if (!text::is_utf8(path) || path.find('\0') != std::string::npos)
            throw Fault(Errc::precondition_failed, "Invalid UTF8 or contains NULL");
        const auto slash = path.find('/');
        if (slash == std::string::npos || slash == 0 || slash + 1 == path.size())
            throw Fault(Errc::bad_request, "A file needs a container.");
        ObjectPlace place{account_, path.substr(0, slash), path.substr(slash + 1)};
        check_container_name(settings, place.container);
        check_object_name(settings, place.name);
        return place;
    }

    http::Task<void> extract_one(ArchiveReader& reader, const ArchivedFile& file) {
        auto& swift = call_.module<Swift>();
        const auto place = place_of_file(file);
        if (file.length > swift.settings.max_file_size) throw Fault(Errc::too_large, "Your request is too large.");
        co_await ensure_container(place);
        Object object = object_of(place, file);
        Upload upload(swift.engine, std::nullopt);
        for (;;) {
            std::string piece;
            co_await call_.offload([&] { piece = reader.read(kPieceBytes); });
            if (piece.empty()) break;
            co_await upload.add(std::move(piece));
        }
        co_await commit_object(call_, object, co_await upload.finish());
    }

    Object object_of(const ObjectPlace& place, const ArchivedFile& file) const {
        constexpr std::string_view kMeta = "user.meta.";
        Object object;
        object.account = place.account;
        object.container = place.container;
        object.name = place.name;
        object.content_type = guess_type(place.name);
        for (const auto& [key, value] : file.attributes) {
            const bool type = key == "user.mime_type";
            if (!type && !key.starts_with(kMeta)) continue;
            if (has_controls(key) || has_controls(value) || !text::is_utf8(value))
                throw Fault(Errc::bad_request, "An extended attribute of it is no header.");
            if (type)
                object.content_type = value;
            else
                object.metadata[title_case(key.substr(kMeta.size()))] = value;
        }
        check_metadata(call_.module<Swift>().settings, object.metadata);
        object.delete_at = sent_delete_at(call_, call_.now());
        return object;
    }

    http::Task<void> ensure_container(const ObjectPlace& place) {
        if (known_.contains(place.container)) co_return;
        if (known_.size() >= call_.module<Swift>().settings.max_containers_per_extraction)
            throw Fault(Errc::bad_request, "More than {} containers to create", known_.size());
        co_await call_.transact([&](store::Transaction& txn) {
            const auto found = txn.get<Container>(place.account, place.container);
            if (found) {
                require_write(call_, place.account, &*found);
                return;
            }
            require_account_write(call_, place.account);
            ensure_account(txn, place.account, txn.now());
            Container container;
            container.account = place.account;
            container.name = place.container;
            container.created_at = container.changed_at = shown_precision(txn.now());
            put_container(txn, container, "put");
        });
        known_.insert(place.container);
    }

    Reply answer(std::string broken) {
        if (!broken.empty()) {
            summary_.status = "400 Bad Request";
            summary_.body = std::move(broken);
        } else if (!summary_.errors.empty()) {
            summary_.status = "400 Bad Request";
        } else if (created_ == 0) {
            summary_.status = "400 Bad Request";
            summary_.body = "Invalid Tar File: No Valid Files";
        } else {
            summary_.status = "201 Created";
        }
        return Reply::text(200, as_text(call_, summary_, {{"Number Files Created", created_}}), summary_type(call_));
    }

    SwiftCall& call_;
    const std::string account_, container_, prefix_;
    std::set<std::string> known_;
    std::size_t created_ = 0;
    Summary summary_;
};

}  // namespace

http::Task<Reply> extract_archive(SwiftCall& call, std::string account, std::string container, std::string prefix) {
    const auto format = call.query("extract-archive").value_or("");
    if (!ArchiveReader::is_format(format)) throw Fault(Errc::bad_request, "Unsupported archive format");
    if (!call.content_length() && !call.header("Transfer-Encoding"))
        throw Fault(Errc::length_required, "Missing Content-Length header.");
    if (!call.has_actor()) deny(call);
    Extraction extraction(call, std::move(account), std::move(container), std::move(prefix));
    co_return co_await extraction.run(format);
}

}  // namespace cumulet::objectstore::swift
