// The document of a long list, written row by row: nothing is built of rows that are not shown.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "identity/api/support.hpp"
#include "identity/model/resources.hpp"
#include "identity/model/users.hpp"

namespace cumulet::identity {

// What a query asks of the attributes of items: "name=x", "enabled=0", "name__icontains=x".
class ListFilter {
public:
    // Others than `attributes` are left alone.
    ListFilter(const Call& call, std::initializer_list<std::string_view> attributes);
    bool empty() const { return wishes_.empty(); }
    bool fits(const json& item) const;

private:
    struct Wish {
        std::string attribute, comparison, value;
    };
    std::vector<Wish> wishes_;
};

// {"links": {"next": null, "self": …, "previous": null}, "users": […]}; at most the configured number of rows, and
// "truncated" when there were more. Fault 400 for a broken limit.
class Listing {
public:
    Listing(const Call& call, std::string_view plural, std::initializer_list<std::string_view> attributes = {});

    // Shows a row unless the filters refuse it: `view` makes its JSON (asked only where there are filters), `write`
    // appends the same as text. False when the list is full: whoever walks may stop.
    template <class View, class Write>
    bool add(View&& view, Write&& write) {
        return filter_.empty() ? add(std::forward<Write>(write)) : add_view(view());
    }
    // Of a list without attributes to filter by.
    template <class Write>
    bool add(Write&& write) {
        if (!begin_row()) return false;
        write(document_);
        return true;
    }
    bool add_view(const json& view);
    const std::string& base_url() const { return base_url_; }
    Reply reply() &&;

private:
    bool begin_row();

    std::string base_url_;
    ListFilter filter_;
    std::size_t limit_ = 0, count_ = 0;
    bool truncated_ = false;
    std::string document_;
};

// Adds what user_view() and project_view() show.
bool show_user(Listing& listing, const Call& call, const User& user);
bool show_project(Listing& listing, const Call& call, const Project& project);

// Of every domain: where a name is looked for that is given without one.
std::vector<std::string> domain_ids(Transaction& txn);

}  // namespace cumulet::identity
