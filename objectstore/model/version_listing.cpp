// The walk over current objects and their history at once: two ordered walks, merged.
#include <deque>

#include "objectstore/model/space_parts.hpp"
#include "objectstore/model/versions.hpp"

namespace cumulet::objectstore {

namespace {

constexpr std::size_t kRowsAtOnce = 256;

// Rows of a container one after another, read some at a time.
template <class R>
class Rows {
public:
    Rows(store::Transaction& txn, const Container& container, bool reverse)
        : txn_(txn), container_(container), reverse_(reverse) {}

    // From here on names in [low, high); an empty high is no bound.
    void seek(std::string_view low, std::string_view high, std::string after = {}) {
        rows_.clear();
        from_ = bound(low);
        until_ = high.empty() ? "" : bound(high);
        after_ = std::move(after);
        ended_ = false;
    }
    const R* peek() {
        if (rows_.empty() && !ended_) fetch();
        return rows_.empty() ? nullptr : &rows_.front();
    }
    R take() {
        R row = std::move(rows_.front());
        rows_.pop_front();
        return row;
    }

private:
    std::string bound(std::string_view name) const {
        return store::Transaction::bound_of<R>("", name, container_.account, container_.name);
    }
    void fetch() {
        auto rows =
            txn_.scan<R>({.reverse = reverse_, .limit = kRowsAtOnce, .after = after_, .from = from_, .until = until_},
                         container_.account, container_.name);
        ended_ = rows.size() < kRowsAtOnce;
        if (!rows.empty()) after_ = store::Transaction::cursor_of<R>("", rows.back());
        rows_.assign(std::make_move_iterator(rows.begin()), std::make_move_iterator(rows.end()));
    }

    store::Transaction& txn_;
    const Container& container_;
    const bool reverse_;
    std::string from_, until_, after_;
    std::deque<R> rows_;
    bool ended_ = false;
};

class VersionWalk {
public:
    VersionWalk(store::Transaction& txn, const Container& container, const VersionsRequest& request)
        : txn_(txn),
          container_(container),
          request_(request),
          reverse_(request.names.reverse),
          objects_(txn, container, reverse_),
          versions_(txn, container, reverse_) {}

    std::vector<VersionEntry> page() {
        begin();
        std::vector<VersionEntry> page;
        const auto& names = request_.names;
        while (page.size() < names.limit) {
            auto next = this->next();
            if (!next) break;
            if (is_behind_marker(*next)) continue;
            const auto directory = directory_of(next->object.name);
            if (directory.empty()) {
                page.emplace_back(std::move(*next));
                continue;
            }
            if (directory != names.marker) page.emplace_back(Directory{directory});
            skip(directory);
        }
        return page;
    }

private:
    void begin() {
        const auto& names = request_.names;
        low_ = names.prefix;
        high_ = names.prefix.empty() ? "" : store::prefix_end(names.prefix);
        const auto& first = reverse_ ? names.end_marker : names.marker;
        const auto& last = reverse_ ? names.marker : names.end_marker;
        // Behind all versions of the marker, unless one of them is where to go on.
        const bool inside = request_.version_marker && !names.marker.empty();
        if (!first.empty()) low_ = std::max(low_, !reverse_ && inside ? first : first + '\0');
        const auto end = reverse_ && inside ? last + '\0' : last;
        if (!last.empty() && (high_.empty() || end < high_)) high_ = end;
        seek();
        if (inside) versions_.seek(low_, high_, behind_marker());
    }
    std::string behind_marker() const {
        Version row;
        row.object.account = container_.account;
        row.object.container = container_.name;
        row.object.name = request_.names.marker;
        row.object.made_at = *request_.version_marker;
        return store::Transaction::cursor_of<Version>("", row);
    }
    void seek() {
        objects_.seek(low_, high_);
        versions_.seek(low_, high_);
        previous_.clear();
    }
    void skip(const std::string& directory) {
        if (reverse_)
            high_ = directory;
        else
            low_ = store::prefix_end(directory);
        seek();
    }
    bool is_behind_marker(const ListedVersion& listed) const {
        if (!request_.version_marker || listed.object.name != request_.names.marker) return false;
        const auto time = parts::made_at(listed.object);
        return reverse_ ? time <= *request_.version_marker : time >= *request_.version_marker;
    }
    std::string directory_of(const std::string& name) const {
        const auto& names = request_.names;
        if (names.delimiter.empty()) return "";
        const auto found = name.find(names.delimiter, names.prefix.size());
        return found == std::string::npos ? "" : name.substr(0, found + names.delimiter.size());
    }
    // Whether the object stands before the version in walking order.
    bool object_first(const Object& object, const Object& version) const {
        if (object.name != version.name) return reverse_ ? object.name > version.name : object.name < version.name;
        const auto mine = parts::made_at(object), its = version.made_at;
        return reverse_ ? mine < its : mine > its;
    }
    std::optional<ListedVersion> next() {
        const auto* object = objects_.peek();
        const auto* version = versions_.peek();
        if (!object && !version) return std::nullopt;
        if (object && (!version || object_first(*object, version->object)))
            return ListedVersion{.object = objects_.take(), .is_latest = true};
        Version row = versions_.take();
        ListedVersion listed{.object = std::move(row.object), .delete_marker = row.delete_marker};
        listed.is_latest = listed.delete_marker && is_newest(listed.object);
        return listed;
    }
    // Only a delete marker can be the latest without being the current object.
    bool is_newest(const Object& marker) {
        if (!reverse_ && marker.name == previous_) return false;
        previous_ = marker.name;
        if (txn_.peek<Object>(container_.account, container_.name, marker.name)) return false;
        const auto newest = parts::newest_in_history(txn_, marker);
        return newest && newest->object.made_at == marker.made_at;
    }

    store::Transaction& txn_;
    const Container& container_;
    const VersionsRequest& request_;
    const bool reverse_;
    Rows<Object> objects_;
    Rows<Version> versions_;
    std::string low_, high_, previous_;
};

}  // namespace

std::vector<VersionEntry> list_versions(store::Transaction& txn, const Container& container,
                                        const VersionsRequest& request) {
    return VersionWalk(txn, container, request).page();
}

}  // namespace cumulet::objectstore
