// Names and headers in and out.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "objectstore/model/object.hpp"
#include "objectstore/swift/call.hpp"
#include "objectstore/swift/settings.hpp"

namespace cumulet::objectstore::swift {

using Metadata = std::map<std::string, std::string>;

// Throw Fault 400.
void check_account_name(const Settings& settings, std::string_view name);
void check_container_name(const Settings& settings, std::string_view name);
void check_object_name(const Settings& settings, std::string_view name);

// A name as Swift shows it: "x-foo_BAR" becomes "X-Foo-Bar"; an underscore is taken for a dash.
std::string title_case(std::string_view name);
// Whether bytes are in it that end a line, or control a terminal: no header and no head of a part may hold them.
bool has_controls(std::string_view text);
// Throws Fault 400 for what passes a limit.
void check_metadata(const Settings& settings, const Metadata& metadata);
// What a request says behind `prefix` ("X-Object-Meta-"), names as Swift shows them ("Foo-Bar"). Throws Fault 400 for
// what passes a limit.
Metadata sent_metadata(const SwiftCall& call, std::string_view prefix);
// Applies a POST or PUT to an account's or container's metadata: what is sent replaces, an empty value or
// "X-Remove-<kind>-Meta-Name" removes. Throws Fault 400.
void update_metadata(const SwiftCall& call, std::string_view kind, Metadata& metadata);
void show_metadata(http::Headers& headers, std::string_view prefix, const Metadata& metadata);

// Content-Encoding, Content-Disposition and their like, as sent.
Metadata sent_object_headers(const SwiftCall& call);
// X-Delete-At and X-Delete-After. Throws Fault 400 when it is no time or lies in the past.
std::optional<Timestamp> sent_delete_at(const SwiftCall& call, Timestamp now);
// Seconds since 1970 as far as times go: clamped to ten digits.
Timestamp time_of_second(std::int64_t second);
// The same from numbers. Throws Fault 400 for what lies in the past.
Timestamp delete_after(std::int64_t seconds, Timestamp now);
Timestamp delete_at_second(std::int64_t second, Timestamp now);
// X-If-Delete-At of a DELETE. Throws Fault 400, 404 and 412.
void check_if_delete_at(const SwiftCall& call, const std::optional<Object>& object);
// X-Object-Manifest: "container/prefix" decoded, empty without one. Throws Fault 400.
std::string sent_dynamic_prefix(const SwiftCall& call);

// "1700000000.12345".
std::string unix_time(Timestamp time);
// Last-Modified knows whole seconds only: never before the change.
std::string last_modified(Timestamp time);
// Everything that an object's answers carry besides ETag and length.
void show_object(http::Headers& headers, const Object& object);

// Swift's words for yes: true, 1, yes, on, t, y in any case.
bool says_true(std::string_view text);

// An ETag as sent: without its quotes, lower case.
std::string plain_etag(std::string_view etag);

}  // namespace cumulet::objectstore::swift
