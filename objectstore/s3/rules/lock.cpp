#include "objectstore/s3/rules/lock.hpp"

#include "objectstore/s3/wire/error.hpp"

namespace cumulet::objectstore::s3 {

namespace {

std::optional<bool> compliance_of(std::string_view mode) {
    if (mode == "COMPLIANCE") return true;
    if (mode == "GOVERNANCE") return false;
    return std::nullopt;
}

}  // namespace

std::string Retention::text() const { return std::string(mode()) + " " + to_iso_micros(until); }

std::optional<Retention> Retention::from_text(std::string_view text) {
    const auto blank = text.find(' ');
    if (blank == std::string_view::npos) return std::nullopt;
    const auto mode = compliance_of(text.substr(0, blank));
    const auto until = parse_iso(text.substr(blank + 1));
    if (!mode || !until) return std::nullopt;
    return Retention{*mode, *until};
}

std::optional<Retention> retention_of_headers(std::optional<std::string_view> mode,
                                              std::optional<std::string_view> until, Timestamp now) {
    if (!mode && !until) return std::nullopt;
    if (!mode || !until)
        throw S3Error("InvalidArgument",
                      "x-amz-object-lock-retain-until-date and x-amz-object-lock-mode must both be supplied");
    const auto compliance = compliance_of(*mode);
    if (!compliance) throw S3Error("InvalidArgument", "Unknown wormMode directive.");
    const auto time = parse_iso(*until);
    if (!time) throw S3Error("InvalidArgument", "The retain until date must be provided in ISO 8601 format");
    if (*time <= now) throw S3Error("InvalidArgument", "The retain until date must be in the future!");
    return Retention{*compliance, *time};
}

std::optional<Retention> retention_of_document(const XmlNode& document, Timestamp now) {
    if (!document.has("Mode") && !document.has("RetainUntilDate")) return std::nullopt;
    const auto compliance = compliance_of(document.required("Mode"));
    const auto until = parse_iso(document.required("RetainUntilDate"));
    if (!compliance || !until) throw S3Error("MalformedXML");
    if (*until <= now) throw S3Error("InvalidArgument", "The retain until date must be in the future!");
    return Retention{*compliance, *until};
}

bool hold_of_document(const XmlNode& document) {
    const auto& status = document.required("Status");
    if (status != "ON" && status != "OFF") throw S3Error("MalformedXML");
    return status == "ON";
}

LockRule parse_lock_rule(const XmlNode& document) {
    if (document.text_of("ObjectLockEnabled") != "Enabled") throw S3Error("MalformedXML");
    LockRule result;
    const auto* rule = document.child("Rule");
    if (!rule) return result;
    const auto* retention = rule->child("DefaultRetention");
    if (!retention) throw S3Error("MalformedXML");
    const auto compliance = compliance_of(retention->required("Mode"));
    if (!compliance || retention->has("Days") == retention->has("Years")) throw S3Error("MalformedXML");
    const auto text = retention->has("Days") ? retention->text_of("Days") : retention->text_of("Years");
    int number = 0;
    if (!text.empty() && text.size() < 6 && text.find_first_not_of("0123456789") == std::string::npos)
        number = std::stoi(text);
    const int factor = retention->has("Days") ? 1 : 365;
    if (number <= 0 || number > 36'500 / factor)
        throw S3Error("InvalidRetentionPeriod", "Default retention period must be a positive integer value");
    return {*compliance, number * factor};
}

bool may_replace(const Retention& set, const std::optional<Retention>& next, Timestamp now, bool bypass) {
    if (set.until <= now) return true;
    const bool longer = next && next->until >= set.until;
    if (set.compliance) return longer && next->compliance;
    return (longer && !next->compliance) || bypass;
}

}  // namespace cumulet::objectstore::s3
