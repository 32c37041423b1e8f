#include "objectstore/swift/bulk_delete.hpp"

#include "common/api/fault.hpp"
#include "common/api/reply.hpp"
#include "common/runtime/text.hpp"
#include "objectstore/swift/access.hpp"
#include "objectstore/swift/large_objects.hpp"
#include "objectstore/swift/listings.hpp"
#include "objectstore/swift/metadata.hpp"
#include "objectstore/swift/service.hpp"
#include "objectstore/swift/summary.hpp"
#include "objectstore/swift/temp_url.hpp"
#include "objectstore/swift/versioning.hpp"

namespace cumulet::objectstore::swift {

namespace {

using api::Errc;
using api::Fault;
using api::Reply;

constexpr std::size_t kMaxBodyBytes = 16u << 20;
constexpr std::size_t kGroup = 100;  // objects deleted by one commit

struct Tally {
    std::size_t deleted = 0, missing = 0;
    std::vector<std::pair<std::string, std::string>> errors;  // path as sent, status line

    std::string status() const {
        if (!errors.empty()) return "400 Bad Request";
        return deleted == 0 && missing == 0 ? "400 Bad Request" : deleted == 0 ? "404 Not Found" : "200 OK";
    }
};

Reply show(const SwiftCall& call, const Tally& tally, const std::string& status) {
    const Summary summary{.status = status, .body = {}, .errors = tally.errors};
    const SummaryLines more{{"Number Deleted", tally.deleted}, {"Number Not Found", tally.missing}};
    return Reply::text(200, as_text(call, summary, more), summary_type(call));
}

// One line of the request, taken apart.
struct Line {
    std::string text;  // as sent
    std::string container;
    std::string name;  // empty: the container itself
    std::optional<std::string> version;
};

Line parse_line(std::string_view text) {
    const auto path = text::percent_decode(text);
    if (!path || !text::is_utf8(*path) || path->find('\0') != std::string::npos)
        throw Fault(Errc::precondition_failed, "not valid UTF-8");
    const auto start = path->find_first_not_of('/');
    if (start == std::string::npos) throw Fault(Errc::bad_request, "no container");
    const auto slash = path->find('/', start);
    return {std::string(text), path->substr(start, slash - start),
            slash == std::string::npos ? "" : path->substr(slash + 1), std::nullopt};
}

bool delete_container(const SwiftCall& call, store::Transaction& txn, const std::string& account, const Line& line) {
    require_account_write(call, account);
    const auto container = txn.get<Container>(account, line.container);
    if (!container) return false;
    if (!erase_container(txn, *container)) throw Fault(Errc::conflict, "The container is not empty.");
    return true;
}

bool delete_named_object(const SwiftCall& call, store::Transaction& txn, const std::string& account, const Line& line,
                         std::vector<Blob>& blobs) {
    const auto container = txn.get<Container>(account, line.container);
    require_write(call, account, container ? &*container : nullptr);
    if (!container) return false;
    const auto removed = remove_object(call, txn, *container, line.name, line.version);
    if (removed.gone) blobs.push_back(*removed.gone);
    return removed.found;
}

// Several lines in one commit: all of them objects, or one container, whose emptiness the commit itself must see.
http::Task<void> delete_group(SwiftCall& call, const std::string& account, const std::vector<Line>& group,
                              Tally& tally) {
    Tally counted;
    std::vector<Blob> blobs;
    co_await call.transact([&](store::Transaction& txn) {
        counted = {};
        blobs.clear();
        for (const auto& line : group) try {
                const bool found = line.name.empty() ? delete_container(call, txn, account, line)
                                                     : delete_named_object(call, txn, account, line, blobs);
                ++(found ? counted.deleted : counted.missing);
            } catch (const Fault& fault) {
                counted.errors.emplace_back(line.text, status_line(fault));
            }
    });
    for (const auto& blob : blobs) call.module<Swift>().engine.discard(blob);
    tally.deleted += counted.deleted;
    tally.missing += counted.missing;
    for (auto& error : counted.errors) tally.errors.push_back(std::move(error));
}

http::Task<void> delete_lines(SwiftCall& call, const std::string& account, std::vector<std::string> lines,
                              Tally& tally) {
    std::vector<Line> group;
    for (const auto& text : lines) {
        std::optional<Line> line;
        try {
            line = parse_line(text);
        } catch (const Fault& fault) {
            tally.errors.emplace_back(text, status_line(fault));
            continue;
        }
        if (!group.empty() && (line->name.empty() || group.size() >= kGroup))
            co_await delete_group(call, account, std::exchange(group, {}), tally);
        const bool alone = line->name.empty();
        group.push_back(std::move(*line));
        if (alone) co_await delete_group(call, account, std::exchange(group, {}), tally);
    }
    if (!group.empty()) co_await delete_group(call, account, group, tally);
}

}  // namespace

http::Task<Reply> bulk_delete(SwiftCall& call, const std::string& account) {
    if (!call.has_actor()) deny(call);
    const auto body = co_await call.body_stream().read_all(kMaxBodyBytes);
    const auto& settings = call.module<Swift>().settings;
    std::vector<std::string> lines;
    for (auto line : text::split(body, '\n'))
        if (line = text::trim(line); !line.empty()) lines.emplace_back(line);
    Tally tally;
    if (lines.size() > settings.max_deletes_per_request) {
        co_return show(call, tally, "413 Request Entity Too Large");
    }
    co_await delete_lines(call, account, std::move(lines), tally);
    co_return show(call, tally, tally.status());
}

namespace {

constexpr int kMaxDepth = 10;

// The segments of a manifest and, of those that are manifests themselves, theirs; each before what names it.
http::Task<void> collect_segments(SwiftCall& call, const Object& object, int depth, std::vector<Line>& lines) {
    const auto& swift = call.module<Swift>();
    if (depth > kMaxDepth) throw Fault(Errc::conflict, "Manifests are nested too deeply.");
    const auto manifest = co_await manifest_of(swift, object);
    for (const auto& entry : manifest) {
        if (entry.is_inline()) continue;
        if (entry.sub_manifest) {
            std::optional<Object> part;
            {
                store::Transaction txn(swift.store, {});
                part = txn.peek<Object>(object.account, entry.container, entry.name);
            }
            if (part && part->is_static_large()) co_await collect_segments(call, *part, depth + 1, lines);
        }
        lines.push_back({text::percent_encode("/" + entry.container + "/" + entry.name, "/"), entry.container,
                         entry.name, std::nullopt});
        if (lines.size() > swift.settings.max_deletes_per_request)
            throw Fault(Errc::bad_request, "Too many buffered slo segments to delete.");
    }
}

Object manifest_to_delete(SwiftCall& call, const ObjectPlace& place, const std::optional<std::string>& version) {
    store::Transaction txn(call.module<Swift>().store, {});
    const auto container = writable_container(call, txn, place);
    if (version) {
        if (!owns(call, place.account)) deny(call);
        return require_version(txn, container, place.name, *version).object;
    }
    auto object = txn.peek<Object>(place.account, place.container, place.name);
    if (!object) throw object_missing();
    return std::move(*object);
}

// Segments that are to go later end now, and are removed with everything else that has ended.
http::Task<void> expire_segments(SwiftCall& call, const std::string& account, const std::vector<Line>& lines) {
    const auto now = shown_precision(call.now());
    for (std::size_t from = 0; from < lines.size(); from += kGroup) {
        const auto until = std::min(lines.size(), from + kGroup);
        co_await call.transact([&](store::Transaction& txn) {
            for (auto i = from; i < until; ++i) {
                const auto container = txn.get<Container>(account, lines[i].container);
                require_write(call, account, container ? &*container : nullptr);
                auto object = txn.get<Object>(account, lines[i].container, lines[i].name);
                if (!object) continue;
                object->delete_at = now;
                change_object(txn, *object);
            }
        });
    }
}

}  // namespace

http::Task<Reply> delete_with_segments(SwiftCall& call, const ObjectPlace& place) {
    const auto version = is_temp_url(call) ? std::nullopt : asked_version(call);
    const auto object = manifest_to_delete(call, place, version);
    std::vector<Line> lines;
    if (object.is_static_large()) co_await collect_segments(call, object, 0, lines);
    const Line itself{url_of(place).substr(std::string_view("/v1/").size() + place.account.size()), place.container,
                      place.name, version};
    Tally tally;
    if (says_true(call.query("async").value_or("")) && object.is_static_large()) {
        co_await expire_segments(call, place.account, lines);
        co_await delete_group(call, place.account, {itself}, tally);
        co_return Reply::text(204, "", "text/html; charset=UTF-8");
    }
    lines.push_back(itself);
    for (std::size_t from = 0; from < lines.size(); from += kGroup) {
        const auto until = std::min(lines.size(), from + kGroup);
        const std::vector<Line> group(lines.begin() + static_cast<std::ptrdiff_t>(from),
                                      lines.begin() + static_cast<std::ptrdiff_t>(until));
        co_await delete_group(call, place.account, group, tally);
    }
    co_return show(call, tally, tally.status());
}

}  // namespace cumulet::objectstore::swift
