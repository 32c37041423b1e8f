#include "objectstore/s3/object_parts.hpp"

#include "common/runtime/text.hpp"

namespace cumulet::objectstore::s3 {

namespace {

constexpr const char* kName = "parts";  // "length:checksum,length,…"

}  // namespace

std::vector<KnownPart> parts_of(const Object& object) {
    std::vector<KnownPart> parts;
    const auto found = object.system.find(kName);
    if (found == object.system.end()) return parts;
    for (const auto each : text::split(found->second, ',')) {
        const auto colon = each.find(':');
        parts.push_back({.length = std::stoull(std::string(each.substr(0, colon))),
                         .checksum = colon == std::string_view::npos ? "" : std::string(each.substr(colon + 1))});
    }
    return parts;
}

void keep_parts(const std::vector<KnownPart>& parts, Object& object) {
    std::string text;
    for (const auto& part : parts) {
        text += (text.empty() ? "" : ",") + std::to_string(part.length);
        if (!part.checksum.empty()) text += ":" + part.checksum;
    }
    object.system[kName] = text;
}

}  // namespace cumulet::objectstore::s3
