#include "objectstore/swift/object_place.hpp"

#include "common/api/fault.hpp"
#include "common/runtime/text.hpp"
#include "objectstore/swift/access.hpp"
#include "objectstore/swift/metadata.hpp"
#include "objectstore/swift/service.hpp"
#include "objectstore/swift/temp_url.hpp"

namespace cumulet::objectstore::swift {

namespace {

using api::Errc;
using api::Fault;

void check(const api::Call& call, const ObjectPlace& place) {
    const auto& settings = call.module<Swift>().settings;
    check_account_name(settings, place.account);
    check_container_name(settings, place.container);
    check_object_name(settings, place.name);
}

}  // namespace

ObjectPlace place_of(const api::Call& call) {
    ObjectPlace place{call.path("account"), call.path("container"), call.path("object")};
    check(call, place);
    return place;
}

ObjectPlace place_from_header(const api::Call& call, std::string_view header, const std::string& account) {
    auto value = text::percent_decode(call.header(header).value_or(""));
    std::string_view path = value ? std::string_view(*value) : std::string_view();
    if (path.starts_with('/')) path.remove_prefix(1);
    const auto slash = path.find('/');
    if (slash == 0 || slash == std::string_view::npos || slash + 1 == path.size() || !text::is_utf8(path) ||
        path.find('\0') != std::string_view::npos)
        throw Fault(Errc::precondition_failed, "{} header must be of the form <container name>/<object name>", header);
    ObjectPlace place{account, std::string(path.substr(0, slash)), std::string(path.substr(slash + 1))};
    check(call, place);
    return place;
}

Fault object_missing() { return Fault(Errc::not_found, "The resource could not be found."); }

Object readable_object(const api::Call& call, const ObjectPlace& place) {
    store::Transaction txn(call.module<Swift>().store, {});
    const auto container = txn.peek<Container>(place.account, place.container);
    if (is_temp_url(call))
        require_temp_url(call, txn, place);
    else
        require_read(call, place.account, container ? &*container : nullptr);
    if (!container) throw object_missing();
    auto object = txn.peek<Object>(place.account, place.container, place.name);
    if (!object || object->expired(call.now())) throw object_missing();
    return std::move(*object);
}

Container writable_container(const api::Call& call, store::Transaction& txn, const ObjectPlace& place) {
    auto container = txn.get<Container>(place.account, place.container);
    if (is_temp_url(call))
        require_temp_url(call, txn, place);
    else
        require_write(call, place.account, container ? &*container : nullptr);
    if (!container) throw object_missing();
    return std::move(*container);
}

}  // namespace cumulet::objectstore::swift
