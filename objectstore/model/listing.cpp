#include "objectstore/model/listing.hpp"

#include "common/store/key.hpp"

namespace cumulet::objectstore {

namespace {

// The directory that a name is shown as; empty: as itself.
std::string_view directory_of(std::string_view name, const ListRequest& request) {
    if (request.delimiter.empty()) return {};
    const auto found = name.find(request.delimiter, request.prefix.size());
    if (found == std::string_view::npos) return {};
    return name.substr(0, found + request.delimiter.size());
}

// One walk over rows with names: `take_row` and `take_directory` add to the page. After a directory the walk goes on
// behind everything in it, so that a page costs what it shows, not what it hides.
template <class R, class TakeRow, class TakeDirectory, class... Parts>
void walk(store::Transaction& txn, const ListRequest& request, const TakeRow& take_row,
          const TakeDirectory& take_directory, const Parts&... parts) {
    const auto bound = [&](std::string_view text) { return store::Transaction::bound_of<R>("", text, parts...); };
    std::string low = request.prefix;
    std::string high = request.prefix.empty() ? "" : store::prefix_end(request.prefix);
    const auto& first = request.reverse ? request.end_marker : request.marker;
    const auto& last = request.reverse ? request.marker : request.end_marker;
    low = std::max(low, first);
    if (!last.empty() && (high.empty() || last < high)) high = last;

    std::size_t left = request.limit;
    bool more = left > 0;
    while (more) {
        store::Scan how{.reverse = request.reverse, .from = bound(low), .until = high.empty() ? "" : bound(high)};
        more = false;
        txn.visit<R>(
            how,
            [&](R&& row) {
                if (row.name == first && !first.empty()) return true;
                const std::string directory(directory_of(row.name, request));
                const bool marks = request.hide_directories && directory == row.name;
                if (request.hide_directories && row.name == request.prefix) return true;
                if (directory.empty() || marks) {
                    take_row(std::move(row));
                    return --left > 0;
                }
                if (!request.hide_directories && directory != request.marker) {
                    take_directory(directory);
                    --left;
                }
                (request.reverse ? high : low) = request.reverse ? directory : store::prefix_end(directory);
                more = left > 0;
                return false;
            },
            parts...);
    }
}

}  // namespace

std::vector<ObjectEntry> list_objects(store::Transaction& txn, const Container& container, const ListRequest& request) {
    std::vector<ObjectEntry> page;
    walk<Object>(
        txn, request, [&](Object&& object) { page.emplace_back(std::move(object)); },
        [&](const std::string& name) { page.emplace_back(Directory{name}); }, container.account, container.name);
    return page;
}

std::vector<ContainerEntry> list_containers(store::Transaction& txn, const std::string& account,
                                            const ListRequest& request) {
    std::vector<ContainerEntry> page;
    const auto take = [&](Container&& container) {
        const auto usage = usage_of(txn, container);
        page.emplace_back(ListedContainer{std::move(container), usage});
    };
    walk<Container>(
        txn, request, take, [&](const std::string& name) { page.emplace_back(Directory{name}); }, account);
    return page;
}

}  // namespace cumulet::objectstore
