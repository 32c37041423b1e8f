// Object lock: how long a version may not be deleted, and whether it is held without end.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "common/runtime/clock.hpp"
#include "objectstore/s3/wire/xml_in.hpp"

namespace cumulet::objectstore::s3 {

struct Retention {
    bool compliance = false;  // else governance, which some may bypass
    Timestamp until{};

    // "GOVERNANCE 2026-11-22T02:48:12Z": for keeping.
    std::string text() const;
    static std::optional<Retention> from_text(std::string_view text);
    std::string_view mode() const { return compliance ? "COMPLIANCE" : "GOVERNANCE"; }
};

// x-amz-object-lock-mode and -retain-until-date. Throws S3Error InvalidArgument, InvalidRequest.
std::optional<Retention> retention_of_headers(std::optional<std::string_view> mode,
                                              std::optional<std::string_view> until, Timestamp now);
// Retention; an empty document takes it away. Throws S3Error MalformedXML, InvalidArgument.
std::optional<Retention> retention_of_document(const XmlNode& document, Timestamp now);
// LegalHold: whether on. Throws S3Error MalformedXML.
bool hold_of_document(const XmlNode& document);

// ObjectLockConfiguration.
struct LockRule {
    bool compliance = false;
    int days = 0;  // 0: no default retention
};
// Throws S3Error MalformedXML, InvalidRetentionPeriod.
LockRule parse_lock_rule(const XmlNode& document);

// Whether `next` may replace `now_set`, by one who may bypass governance or not.
bool may_replace(const Retention& set, const std::optional<Retention>& next, Timestamp now, bool bypass);

}  // namespace cumulet::objectstore::s3
