#include "objectstore/s3/rules/lifecycle.hpp"

#include <charconv>
#include <set>

#include "objectstore/s3/wire/error.hpp"

namespace cumulet::objectstore::s3 {

namespace {

constexpr std::size_t kMaxRules = 1000;

int positive(const std::string& text, std::string_view what) {
    int value = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
    if (text.empty() || read.ec != std::errc{} || read.ptr != text.data() + text.size()) throw S3Error("MalformedXML");
    if (value <= 0)
        throw S3Error("InvalidArgument", "'" + std::string(what) + "' for action must be a positive integer");
    return value;
}

void read_tag(const XmlNode& tag, LifecycleRule& rule) {
    if (!rule.tags.emplace(tag.required("Key"), tag.required("Value")).second)
        throw S3Error("InvalidRequest", "Duplicate Tag Keys are not allowed.");
}

void read_filter(const XmlNode& filter, LifecycleRule& rule) {
    rule.prefix = filter.text_of("Prefix");
    for (const auto* tag : filter.all("Tag")) read_tag(*tag, rule);
    const auto size = [&](std::string_view name) -> std::optional<std::uint64_t> {
        const auto text = filter.text_of(name);
        if (text.empty()) return std::nullopt;
        if (text.size() > 15 || text.find_first_not_of("0123456789") != std::string::npos)
            throw S3Error("MalformedXML");
        return std::stoull(text);
    };
    rule.larger_than = size("ObjectSizeGreaterThan");
    rule.smaller_than = size("ObjectSizeLessThan");
}

void read_expiration(const XmlNode& from, LifecycleRule& rule) {
    const bool days = from.has("Days"), date = from.has("Date"), marker = from.has("ExpiredObjectDeleteMarker");
    if (days + date + marker != 1) throw S3Error("MalformedXML");
    if (days) rule.expire_days = positive(from.text_of("Days"), "Days");
    if (date) {
        auto text = from.text_of("Date");
        if (text.size() == 10) text += "T00:00:00Z";
        rule.expire_at = parse_iso(text);
        if (!rule.expire_at) throw S3Error("MalformedXML");
        if (rule.expire_at->time_since_epoch() % std::chrono::hours(24) != Duration(0))
            throw S3Error("InvalidArgument", "'Date' must be at midnight GMT");
    }
    if (marker) rule.expire_lone_markers = from.text_of("ExpiredObjectDeleteMarker") == "true";
}

LifecycleRule read_rule(const XmlNode& from) {
    LifecycleRule rule{.id = from.text_of("ID")};
    if (rule.id.size() > 255) throw S3Error("InvalidArgument", "ID length should not exceed allowed limit of 255");
    const auto& status = from.required("Status");
    if (status != "Enabled" && status != "Disabled") throw S3Error("MalformedXML");
    rule.enabled = status == "Enabled";
    for (const auto* each : from.all("Transition"))
        if (each->has("Date") && !parse_iso(each->text_of("Date") + "T00:00:00Z") && !parse_iso(each->text_of("Date")))
            throw S3Error("MalformedXML");
    if (from.has("Transition") || from.has("NoncurrentVersionTransition"))
        throw S3Error("NotImplemented", "There is one storage class: nothing can change into another.");
    const auto* filter = from.child("Filter");
    if (filter && from.has("Prefix")) throw S3Error("MalformedXML");
    if (!filter && !from.has("Prefix")) throw S3Error("MalformedXML");
    rule.prefix = from.text_of("Prefix");
    if (filter) {
        const auto* both = filter->child("And");
        read_filter(both ? *both : *filter, rule);
    }
    bool acts = false;
    if (const auto* each = from.child("Expiration")) {
        read_expiration(*each, rule);
        acts = true;
    }
    if (const auto* each = from.child("NoncurrentVersionExpiration")) {
        rule.noncurrent_days = positive(each->required("NoncurrentDays"), "NoncurrentDays");
        if (each->has("NewerNoncurrentVersions"))
            rule.keep_noncurrent = positive(each->text_of("NewerNoncurrentVersions"), "NewerNoncurrentVersions");
        acts = true;
    }
    if (const auto* each = from.child("AbortIncompleteMultipartUpload")) {
        rule.abort_days = positive(each->required("DaysAfterInitiation"), "DaysAfterInitiation");
        acts = true;
    }
    if (!acts) throw S3Error("InvalidRequest", "At least one action needs to be specified in a rule");
    return rule;
}

}  // namespace

bool LifecycleRule::concerns(const std::string& name, const Tags& tags_of_it, std::uint64_t length) const {
    if (!name.starts_with(prefix)) return false;
    if ((larger_than && length <= *larger_than) || (smaller_than && length >= *smaller_than)) return false;
    for (const auto& [key, value] : tags) {
        const auto found = tags_of_it.find(key);
        if (found == tags_of_it.end() || found->second != value) return false;
    }
    return true;
}

std::vector<LifecycleRule> parse_lifecycle(const XmlNode& document) {
    std::vector<LifecycleRule> rules;
    std::set<std::string> ids;
    for (const auto* each : document.all("Rule")) {
        rules.push_back(read_rule(*each));
        if (!rules.back().id.empty() && !ids.insert(rules.back().id).second)
            throw S3Error("InvalidArgument", "Rule ID must be unique. Found same ID for one or more rules");
    }
    if (rules.empty() || rules.size() > kMaxRules) throw S3Error("MalformedXML");
    return rules;
}

Timestamp due_after(Timestamp since, int days) {
    using Days = std::chrono::days;
    const auto due = since + Days(days);
    const auto midnight = std::chrono::floor<Days>(due);
    return midnight == due ? midnight : midnight + Days(1);
}

}  // namespace cumulet::objectstore::s3
