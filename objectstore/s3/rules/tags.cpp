#include "objectstore/s3/rules/tags.hpp"

#include "common/http/message.hpp"
#include "common/runtime/text.hpp"
#include "objectstore/s3/wire/error.hpp"

namespace cumulet::objectstore::s3 {

namespace {

constexpr std::size_t kMaxKey = 128, kMaxValue = 256;

// Lengths are those of characters.
std::size_t length_of(std::string_view text) {
    std::size_t count = 0;
    for (const char c : text) count += (static_cast<unsigned char>(c) & 0xc0) != 0x80;
    return count;
}

void add(Tags& tags, const std::string& key, const std::string& value, std::size_t most) {
    if (key.empty() || length_of(key) > kMaxKey || !text::is_utf8(key))
        throw S3Error("InvalidTag", "The TagKey you have provided is invalid").with("TagKey", key);
    if (length_of(value) > kMaxValue || !text::is_utf8(value))
        throw S3Error("InvalidTag", "The TagValue you have provided is invalid").with("TagKey", key);
    if (!tags.emplace(key, value).second)
        throw S3Error("InvalidTag", "Cannot provide multiple Tags with the same key").with("TagKey", key);
    if (tags.size() > most) throw S3Error("InvalidTag", "Object tags cannot be greater than " + std::to_string(most));
}

}  // namespace

Tags tags_of_query(std::string_view text, std::size_t most) {
    Tags tags;
    if (text.empty()) return tags;
    for (const auto& [key, value] : http::parse_query(text)) add(tags, key, value, most);
    return tags;
}

std::string query_of_tags(const Tags& tags) {
    std::string out;
    for (const auto& [key, value] : tags)
        out += (out.empty() ? "" : "&") + text::percent_encode(key) + "=" + text::percent_encode(value);
    return out;
}

Tags tags_of_document(const XmlNode& document, std::size_t most) {
    const auto* set = document.child("TagSet");
    if (!set) throw S3Error("MalformedXML");
    Tags tags;
    for (const auto* tag : set->all("Tag")) add(tags, tag->required("Key"), tag->required("Value"), most);
    return tags;
}

std::string document_of_tags(const Tags& tags) {
    XmlOut out("Tagging");
    out.open("TagSet");
    for (const auto& [key, value] : tags) out.open("Tag").add("Key", key).add("Value", value).close();
    return out.take();
}

}  // namespace cumulet::objectstore::s3
