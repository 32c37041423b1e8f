// Lists: what the actor may see, filtered by any member of the documents, sorted, paged.
#pragma once

#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "compute/networks/api_common.hpp"

namespace cumulet::compute::networks {

// The query of a list, understood once.
class ListQuery {
public:
    // `sample` is a document of this kind: what is no member of it cannot be filtered by (400).
    ListQuery(const Call& call, std::string_view collection, const json& sample);

    bool matches(const json& document) const;
    // The value of a filter that is given exactly once.
    std::optional<std::string> only(std::string_view name) const;
    // Rows come in the order of their ids and the first page's worth of them is all that is needed.
    bool in_id_order() const { return sort_keys_.empty() && !reverse_; }
    const std::optional<std::string>& marker() const { return marker_; }
    std::optional<std::size_t> limit() const { return limit_; }
    // Sorts, cuts the page, answers with links.
    Reply reply(std::vector<json> documents) const;

private:
    bool matches_one(const json& document, const std::string& name, const std::vector<std::string>& wanted) const;
    void sort(std::vector<json>& documents) const;
    void cut(std::vector<json>& documents, bool& more) const;

    const Call& call_;
    std::string collection_;
    std::vector<std::pair<std::string, std::vector<std::string>>> filters_;
    std::vector<std::pair<std::string, bool>> sort_keys_;  // name, descending
    std::optional<std::string> marker_;
    std::optional<std::size_t> limit_;
    bool reverse_ = false;
};

// A filter that an index answers.
struct IndexedFilter {
    std::string_view filter, index;
};

template <class R>
struct ListSpec {
    std::string_view collection;  // "networks"
    json (*document)(const Call&, store::Transaction&, const R&);
    // Whether one who is neither owner nor administrator sees the row; null: nobody.
    bool (*open)(store::Transaction&, const R&) = nullptr;
    // Every row that `open` lets through, of any project; null with `open`.
    void (*visit_open)(store::Transaction&, const std::function<bool(R&&)>& each) = nullptr;
    std::vector<IndexedFilter> indexed = {};
};

template <class R>
bool sees(const Call& call, store::Transaction& txn, const ListSpec<R>& spec, const R& row) {
    return row.project_id == call.actor().project_id || (spec.open && spec.open(txn, row)) || is_admin(call);
}

// The row, or `missing` for one that is not there or not the actor's to see.
template <class R>
R find_visible(const Call& call, store::Transaction& txn, const ListSpec<R>& spec, const std::string& id,
               api::Fault (*missing)(std::string_view)) {
    auto row = txn.get<R>(id);
    if (!row || !sees(call, txn, spec, *row)) throw missing(id);
    return *row;
}

template <class R>
void visit_visible(const Call& call, store::Transaction& txn, const ListSpec<R>& spec, const ListQuery& query,
                   const std::function<bool(R&&)>& each) {
    const bool admin = is_admin(call);
    auto if_seen = [&](R&& row) { return !sees(call, txn, spec, row) || each(std::move(row)); };
    if (auto id = query.only("id")) {
        if (auto row = txn.peek<R>(*id)) if_seen(std::move(*row));
        return;
    }
    for (const auto& indexed : spec.indexed)
        if (auto value = query.only(indexed.filter)) return txn.visit<R>({.index = indexed.index}, if_seen, *value);
    store::Scan by_id;
    const bool paged = query.in_id_order() && query.marker() && (admin || !spec.open);
    std::optional<R> marker = paged ? txn.peek<R>(*query.marker()) : std::nullopt;
    if (admin) {
        if (marker) by_id.after = store::Transaction::cursor_of<R>("", *marker);
        return txn.visit<R>(by_id, each);
    }
    by_id.index = "project";
    if (marker) by_id.after = store::Transaction::cursor_of<R>("project", *marker);
    txn.visit<R>(by_id, each, call.actor().project_id);
    if (spec.visit_open)
        spec.visit_open(txn,
                        [&](R&& row) { return row.project_id == call.actor().project_id || each(std::move(row)); });
}

template <class R>
Reply list_rows(const Call& call, store::Transaction& txn, const ListSpec<R>& spec) {
    const ListQuery query(call, spec.collection, spec.document(call, txn, R{}));
    // One row past the page tells whether there is another page.
    const bool stop_early = query.in_id_order() && query.limit() && (is_admin(call) || !spec.open);
    const std::size_t enough = stop_early ? *query.limit() + 1 : static_cast<std::size_t>(-1);
    std::vector<json> documents;
    bool past_marker = !query.marker();
    visit_visible<R>(call, txn, spec, query, [&](R&& row) {
        past_marker = past_marker || row.id > *query.marker();
        if (stop_early && !past_marker) return true;
        auto document = spec.document(call, txn, row);
        if (query.matches(document)) documents.push_back(std::move(document));
        return documents.size() < enough;
    });
    return query.reply(std::move(documents));
}

}  // namespace cumulet::compute::networks
