#include "objectstore/model/versions.hpp"

#include <fmt/format.h>

#include <charconv>

#include "objectstore/model/space_parts.hpp"

namespace cumulet::objectstore {

using namespace parts;

std::string version_id_of(const Object& object) {
    if (!object.versioned) return "null";
    const auto micros = object.made_at.time_since_epoch().count();
    return fmt::format("{:010}.{:05}", micros / 1'000'000, micros % 1'000'000 / 10);
}

std::optional<Timestamp> time_of_version_id(std::string_view id) {
    const auto point = id.find('.');
    std::int64_t seconds = 0, fraction = 0;
    const auto whole = id.substr(0, point);
    if (whole.empty() || whole.size() > 10) return std::nullopt;
    const auto read = [](std::string_view digits, std::int64_t& value) {
        const auto result = std::from_chars(digits.data(), digits.data() + digits.size(), value);
        return result.ec == std::errc{} && result.ptr == digits.data() + digits.size() && digits.front() != '-';
    };
    if (!read(whole, seconds)) return std::nullopt;
    if (point != std::string_view::npos) {
        const auto digits = id.substr(point + 1);
        if (digits.empty() || digits.size() > 5 || !read(digits, fraction)) return std::nullopt;
        for (auto size = digits.size(); size < 5; ++size) fraction *= 10;
    }
    return Timestamp{Duration(seconds * 1'000'000 + fraction * 10)};
}

std::optional<FoundVersion> find_version(store::Transaction& txn, const Container& container, const std::string& name,
                                         std::string_view id) {
    const auto time = time_of_version_id(id);
    if (!time && id != "null") return std::nullopt;
    if (time) {
        auto found = find_version(txn, container, name, *time);
        if (found && !found->object.versioned) found.reset();
        return found;
    }
    if (auto object = txn.get<Object>(container.account, container.name, name); object && !object->versioned)
        return FoundVersion{.object = std::move(*object), .is_current = true};
    const auto key = null_part(container.account, container.name, name);
    auto version = txn.find<Version>("null", key);
    if (!version) return std::nullopt;
    return FoundVersion{.object = std::move(version->object), .delete_marker = version->delete_marker};
}

std::optional<FoundVersion> find_version(store::Transaction& txn, const Container& container, const std::string& name,
                                         Timestamp time) {
    if (auto object = txn.get<Object>(container.account, container.name, name); object && made_at(*object) == time)
        return FoundVersion{.object = std::move(*object), .is_current = true};
    auto version = txn.get<Version>(container.account, container.name, name, age_part(time));
    if (!version) return std::nullopt;
    return FoundVersion{.object = std::move(version->object), .delete_marker = version->delete_marker};
}

Deletion delete_object(store::Transaction& txn, ObjectEngine& engine, const Container& container,
                       const std::string& name, Timestamp now, std::string_view reason) {
    Deletion done{.object = txn.get<Object>(container.account, container.name, name), .marker = {}, .gone = {}};
    if (container.versioning == Versioning::off) {
        if (!done.object) return done;
        done.gone = done.object->blob;
        erase_object(txn, engine, *done.object, reason);
        return done;
    }
    Version marker{.delete_marker = true};
    marker.object.account = container.account;
    marker.object.container = container.name;
    marker.object.name = name;
    marker.object.modified_at = shown_precision(now);
    marker.object.versioned = container.versioning == Versioning::enabled;
    make_newest(txn, marker.object, done.object);
    marker.object.made_at = marker.object.modified_at;
    if (!marker.object.versioned)
        if (const auto null = null_in_history(txn, marker.object))
            done.gone = erase_from_history(txn, engine, *null, "null");
    if (done.object && (marker.object.versioned || done.object->versioned)) {
        retire_current(txn, *done.object);
    } else if (done.object) {
        done.gone = done.object->blob;
        erase_object(txn, engine, *done.object, reason);
    }
    put_version(txn, marker, "marked");
    done.marker = std::move(marker.object);
    return done;
}

namespace {

void raise(store::Transaction& txn, const Version& version) {
    take_version(txn, version, "raised");
    count(txn, version.object, 1, 0, {});
    txn.put(version.object, "raised");
}

}  // namespace

std::optional<Blob> erase_version(store::Transaction& txn, ObjectEngine& engine, const FoundVersion& version,
                                  After after, std::string_view reason) {
    std::optional<Blob> gone;
    const auto& object = version.object;
    bool vacant = version.is_current;
    if (version.is_current) {
        gone = object.blob;
        erase_object(txn, engine, object, reason);
    } else {
        vacant = version.delete_marker && !txn.get<Object>(object.account, object.container, object.name);
        gone =
            erase_from_history(txn, engine, Version{.object = object, .delete_marker = version.delete_marker}, reason);
    }
    if (after == After::nothing || !vacant) return gone;
    if (const auto next = newest_in_history(txn, object); next && !next->delete_marker) raise(txn, *next);
    return gone;
}

void make_current(store::Transaction& txn, const FoundVersion& version) {
    if (version.is_current) return;
    const auto& object = version.object;
    auto old = txn.get<Object>(object.account, object.container, object.name);
    take_version(txn, as_version(object), "raised");
    if (old)
        put_version(txn, as_version(std::move(*old)), "kept");
    else
        count(txn, object, 1, 0, {});
    txn.put(object, "raised");
    txn.without_log();
}

void retire_current(store::Transaction& txn, const Object& object) {
    count(txn, object, -1, 0, {});
    txn.erase(object, "retired");
    put_version(txn, as_version(object), "kept");
}

}  // namespace cumulet::objectstore
