#include "objectstore/swift/bulk_delete.hpp"

#include "common/api/fault.hpp"
#include "common/api/reply.hpp"
#include "common/runtime/text.hpp"
#include "objectstore/swift/access.hpp"
#include "objectstore/swift/large_objects.hpp"
#include "objectstore/swift/listings.hpp"
#include "objectstore/swift/service.hpp"

namespace cumulet::objectstore::swift {

namespace {

using api::Errc;
using api::Fault;
using api::Reply;

constexpr std::size_t kMaxBodyBytes = 16u << 20;

struct Tally {
    std::size_t deleted = 0, missing = 0;
    std::vector<std::pair<std::string, std::string>> errors;  // path as sent, status line

    std::string status() const {
        if (!errors.empty()) return "400 Bad Request";
        return deleted == 0 && missing == 0 ? "400 Bad Request" : deleted == 0 ? "404 Not Found" : "200 OK";
    }
};

std::string status_line(const Fault& fault) {
    return fmt::format("{} {}", fault.status(), api::info(fault.code()).title);
}

Reply show(const api::Call& call, const Tally& tally, const std::string& status) {
    const bool json = call.header("Accept").value_or("").find("application/json") != std::string_view::npos ||
                      call.query("format") == "json";
    if (json) {
        auto errors = nlohmann::json::array();
        for (const auto& [path, why] : tally.errors) errors.push_back({path, why});
        return Reply::ok({{"Response Status", status},
                          {"Response Body", ""},
                          {"Number Deleted", tally.deleted},
                          {"Number Not Found", tally.missing},
                          {"Errors", errors}});
    }
    std::string text =
        fmt::format("Number Deleted: {}\nNumber Not Found: {}\nResponse Body: \nResponse Status: {}\nErrors:\n",
                    tally.deleted, tally.missing, status);
    for (const auto& [path, why] : tally.errors) text += path + ", " + why + "\n";
    return Reply::text(200, std::move(text), "text/plain");
}

http::Task<void> delete_one(api::StreamCall& call, const std::string& account, const std::string& container,
                            const std::string& name, Tally& tally) {
    const auto& swift = call.module<Swift>();
    Blob blob;
    bool found = false;
    co_await call.transact([&](store::Transaction& txn) {
        found = false;
        const auto owner = txn.get<Container>(account, container);
        require_write(call, account, owner ? &*owner : nullptr);
        if (!owner) return;
        if (name.empty()) {
            require_owner(call, account);
            if (!erase_container(txn, *owner)) throw Fault(Errc::conflict, "The container is not empty.");
            found = true;
            return;
        }
        const auto object = txn.get<Object>(account, container, name);
        if (!object) return;
        found = true;
        blob = object->blob;
        erase_object(txn, swift.engine, *object, "deleted");
    });
    if (found) swift.engine.discard(blob);
    ++(found ? tally.deleted : tally.missing);
}

http::Task<void> delete_line(api::StreamCall& call, const std::string& account, std::string_view line, Tally& tally) {
    std::exception_ptr error;
    try {
        auto path = text::percent_decode(line);
        if (!path || !text::is_utf8(*path) || path->find('\0') != std::string::npos)
            throw Fault(Errc::precondition_failed, "not valid UTF-8");
        const auto start = path->find_first_not_of('/');
        if (start == std::string::npos) throw Fault(Errc::bad_request, "no container");
        const auto slash = path->find('/', start);
        const auto name = slash == std::string::npos ? "" : path->substr(slash + 1);
        co_await delete_one(call, account, path->substr(start, slash - start), name, tally);
    } catch (const Fault& fault) {
        tally.errors.emplace_back(line, status_line(fault));
    }
}

}  // namespace

http::Task<Reply> bulk_delete(api::StreamCall& call, const std::string& account) {
    if (!call.has_actor()) require_owner(call, account);
    const auto body = co_await call.body_stream().read_all(kMaxBodyBytes);
    const auto& settings = call.module<Swift>().settings;
    std::vector<std::string_view> lines;
    for (auto line : text::split(body, '\n'))
        if (line = text::trim(line); !line.empty()) lines.push_back(line);
    Tally tally;
    if (lines.size() > settings.max_deletes_per_request) {
        co_return show(call, tally, "413 Request Entity Too Large");
    }
    for (const auto line : lines) co_await delete_line(call, account, line, tally);
    co_return show(call, tally, tally.status());
}

http::Task<Reply> delete_with_segments(api::StreamCall& call, const ObjectPlace& place) {
    const auto& swift = call.module<Swift>();
    std::optional<Object> object;
    {
        store::Transaction txn(swift.store, {});
        writable_container(call, txn, place);
        object = txn.peek<Object>(place.account, place.container, place.name);
    }
    if (!object) throw object_missing();
    Tally tally;
    if (object->is_static_large()) {
        const auto manifest = co_await manifest_of(swift, *object);
        for (const auto& entry : manifest)
            co_await delete_line(call, place.account,
                                 text::percent_encode("/" + entry.container + "/" + entry.name, "/"), tally);
    }
    co_await delete_one(call, place.account, place.container, place.name, tally);
    co_return show(call, tally, tally.status());
}

}  // namespace cumulet::objectstore::swift
