#include <algorithm>
#include <array>
#include <charconv>
#include <set>

#include "common/runtime/text.hpp"
#include "compute/images/list.hpp"
#include "compute/images/view.hpp"

namespace cumulet::compute::images {
namespace {

using api::Errc;
using api::Fault;
using nlohmann::json;

constexpr std::array<std::string_view, 12> kSortKeys{
    "name",       "status",     "container_format", "disk_format", "size",  "id",
    "created_at", "updated_at", "min_disk",         "min_ram",     "owner", "visibility"};

SortKey sort_key(std::string_view name, std::string_view direction) {
    if (std::find(kSortKeys.begin(), kSortKeys.end(), name) == kSortKeys.end())
        throw Fault(Errc::bad_request,
                    "Invalid sort key: {}. It must be one of: name, status, size, created_at, updated_at, ….", name);
    if (direction != "asc" && direction != "desc" && !direction.empty())
        throw Fault(Errc::bad_request, "Invalid sort direction: {}", direction);
    return {std::string(name), direction != "asc"};
}

std::vector<SortKey> read_sort(const api::Call& call) {
    std::vector<SortKey> keys;
    if (auto sort = call.query("sort")) {
        for (auto part : text::split(*sort, ',')) {
            const auto colon = part.find(':');
            keys.push_back(sort_key(text::trim(part.substr(0, colon)),
                                    colon == std::string_view::npos ? "" : text::trim(part.substr(colon + 1))));
        }
    } else {
        const auto names = call.query_all("sort_key");
        const auto directions = call.query_all("sort_dir");
        for (std::size_t i = 0; i < names.size(); ++i)
            keys.push_back(sort_key(names[i], i < directions.size() ? directions[i]
                                              : directions.empty()  ? ""
                                                                    : directions[0]));
        if (names.empty() && !directions.empty()) keys.push_back(sort_key("created_at", directions[0]));
    }
    if (keys.size() > 10) throw Fault(Errc::bad_request, "Too many sort keys.");
    if (keys.empty()) keys.push_back({});
    keys.push_back({"id", keys.back().descending});
    return keys;
}

std::int64_t whole_number(const std::string& name, const std::string& text) {
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size() || value < 0)
        throw Fault(Errc::bad_request, "The filter {} must be a whole number, 0 or more, not '{}'.", name, text);
    return value;
}

std::string shown(const json& value) {
    if (value.is_string()) return value.get<std::string>();
    if (value.is_boolean()) return value.get<bool>() ? "true" : "false";
    return value.is_null() ? "" : value.dump();
}

// "in:a,b" is any of them; a value with a comma stands in quotes.
bool fits(const std::string& wanted, const std::string& is) {
    if (!wanted.starts_with("in:")) return wanted == is;
    std::string part;
    bool quoted = false;
    for (char c : wanted.substr(3) + ",") {
        if (c == '"') {
            quoted = !quoted;
        } else if (c == ',' && !quoted) {
            if (part == is) return true;
            part.clear();
        } else {
            part += c;
        }
    }
    return false;
}

// "gte:2026-11-22T00:00:00Z"; without an operator: at that moment.
bool time_fits(const std::string& name, const std::string& wanted, Timestamp is) {
    const auto colon = wanted.find(':');
    std::string operation = wanted.substr(0, colon), text = colon == std::string::npos ? "" : wanted.substr(colon + 1);
    if (operation.empty() ||
        !std::all_of(operation.begin(), operation.end(), [](unsigned char c) { return std::isalpha(c); })) {
        operation = "eq";
        text = wanted;
    }
    const auto time = parse_iso(text);
    if (!time)
        throw Fault(Errc::bad_request, "The filter {} takes a time such as gte:2026-11-22T00:00:00Z, not '{}'.", name,
                    wanted);
    const auto a = std::chrono::floor<std::chrono::seconds>(is), b = std::chrono::floor<std::chrono::seconds>(*time);
    if (operation == "eq") return a == b;
    if (operation == "neq") return a != b;
    if (operation == "gt") return a > b;
    if (operation == "gte") return a >= b;
    if (operation == "lt") return a < b;
    if (operation == "lte") return a <= b;
    throw Fault(Errc::bad_request, "The filter {} takes the operators eq, neq, gt, gte, lt and lte, not '{}'.", name,
                operation);
}

bool bounds_fit(const Listing& listing, const Image& image) {
    for (const auto& [name, wanted] : listing.bounds) {
        if (name == "size_min" && image.size.value_or(0) < whole_number(name, wanted)) return false;
        if (name == "size_max" && image.size.value_or(0) > whole_number(name, wanted)) return false;
        if (name == "created_at" && !time_fits(name, wanted, image.created_at)) return false;
        if (name == "updated_at" && !time_fits(name, wanted, image.updated_at)) return false;
    }
    return true;
}

bool image_fits(const Listing& listing, const Image& image) {
    if (image.hidden != listing.hidden) return false;
    if (listing.visibility && *listing.visibility != "all" && store::enum_name(image.visibility) != *listing.visibility)
        return false;
    for (const auto& tag : listing.tags)
        if (!image.tags.contains(tag)) return false;
    if (!bounds_fit(listing, image)) return false;
    if (listing.equal.empty()) return true;
    const json document = image_document(image);
    for (const auto& [name, wanted] : listing.equal) {
        auto found = document.find(name);
        if (found == document.end() || !fits(wanted, shown(*found))) return false;
    }
    return true;
}

int compared(const SortKey& key, const Image& a, const Image& b) {
    auto order = [](const auto& x, const auto& y) { return x < y ? -1 : y < x ? 1 : 0; };
    if (key.name == "name") return order(a.name, b.name);
    if (key.name == "status") return order(store::enum_name(a.status), store::enum_name(b.status));
    if (key.name == "visibility") return order(store::enum_name(a.visibility), store::enum_name(b.visibility));
    if (key.name == "container_format") return order(a.container_format, b.container_format);
    if (key.name == "disk_format") return order(a.disk_format, b.disk_format);
    if (key.name == "size") return order(a.size.value_or(-1), b.size.value_or(-1));
    if (key.name == "min_disk") return order(a.min_disk_gib, b.min_disk_gib);
    if (key.name == "min_ram") return order(a.min_ram_mib, b.min_ram_mib);
    if (key.name == "owner") return order(a.owner, b.owner);
    if (key.name == "updated_at") return order(a.updated_at, b.updated_at);
    if (key.name == "created_at") return order(a.created_at, b.created_at);
    return order(a.id, b.id);
}

// Adds without doubles: an image of one's own may be public too.
class Collector {
public:
    explicit Collector(const Listing& listing) : listing_(listing) {}
    void offer(Image&& image) {
        if (image_fits(listing_, image) && seen_.insert(image.id).second) images.push_back(std::move(image));
    }
    std::vector<Image> images;

private:
    const Listing& listing_;
    std::set<std::string> seen_;
};

}  // namespace

Listing read_listing(const api::Call& call) {
    Listing listing;
    for (const auto& [name, value] : call.query_items()) {
        if (name == "limit" || name == "marker" || name == "sort" || name == "sort_key" || name == "sort_dir") continue;
        if (name == "visibility") {
            if (value != "all" && !store::enum_value<Visibility>(value))
                throw Fault(Errc::bad_request, "Invalid visibility value: {}", value);
            listing.visibility = value;
        } else if (name == "member_status") {
            if (value != "all" && !store::enum_value<MemberStatus>(value))
                throw Fault(Errc::bad_request, "Invalid status: {}", value);
            listing.member_status = value;
        } else if (name == "tag") {
            listing.tags.push_back(value);
        } else if (name == "os_hidden") {
            listing.hidden = call.query_bool(name).value_or(false);
        } else if (name == "protected") {
            listing.equal[name] = call.query_bool(name).value_or(false) ? "true" : "false";
        } else if (name == "size_min" || name == "size_max" || name == "created_at" || name == "updated_at") {
            listing.bounds[name] = value;
        } else {
            if (name == "size" || name == "min_ram" || name == "min_disk") whole_number(name, value);
            listing.equal[name] = value;
        }
    }
    listing.sort = read_sort(call);
    bounds_fit(listing, Image{});  // refuses broken bounds even when there is no image
    return listing;
}

std::vector<Image> listed_images(const api::Call& call, store::Transaction& txn, const Listing& listing) {
    const auto& actor = call.actor();
    Collector collector(listing);
    auto offer = [&](Image&& image) {
        collector.offer(std::move(image));
        return true;
    };
    if (actor.is_admin()) {
        txn.visit<Image>({}, offer);
    } else {
        if (!actor.project_id.empty()) {
            txn.visit<Image>({.index = "owner"}, offer, actor.project_id);
            for (const auto& member : txn.scan<ImageMember>({.index = "member"}, actor.project_id)) {
                if (listing.member_status != "all" && store::enum_name(member.status) != listing.member_status)
                    continue;
                auto image = txn.peek<Image>(member.image_id);
                if (image && image->visibility == Visibility::shared) offer(*std::move(image));
            }
        }
        txn.visit<Image>({.index = "visibility"}, offer, Visibility::is_public);
        // Community images of others are shown to those who ask for them.
        if (listing.visibility == "community" || listing.visibility == "all")
            txn.visit<Image>({.index = "visibility"}, offer, Visibility::community);
    }
    std::sort(collector.images.begin(), collector.images.end(), [&](const Image& a, const Image& b) {
        for (const auto& key : listing.sort)
            if (const int order = compared(key, a, b)) return key.descending ? order > 0 : order < 0;
        return false;
    });
    return std::move(collector.images);
}

}  // namespace cumulet::compute::images
