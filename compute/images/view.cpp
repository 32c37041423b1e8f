#include "compute/images/view.hpp"

#include <algorithm>
#include <array>

namespace cumulet::compute::images {
namespace {

using nlohmann::json;

constexpr std::array kSettable{"id",       "name",    "visibility", "protected",   "os_hidden",       "tags",
                               "min_disk", "min_ram", "owner",      "disk_format", "container_format"};
constexpr std::array kReadOnly{"status",       "checksum",   "os_hash_algo", "os_hash_value", "size",
                               "virtual_size", "created_at", "updated_at",   "self",          "file",
                               "schema",       "direct_url", "stores",       "locations"};

json or_null(const std::string& text) { return text.empty() ? json(nullptr) : json(text); }
json or_null(const std::optional<std::int64_t>& number) { return number ? json(*number) : json(nullptr); }

json nullable(std::string_view type, std::string_view description) {
    return {{"type", {"null", type}}, {"description", description}};
}

json read_only(json schema) {
    schema["readOnly"] = true;
    return schema;
}

json formats(std::initializer_list<const char*> names, std::string_view description) {
    json values = json::array({nullptr});
    for (const char* name : names) values.push_back(name);
    auto schema = nullable("string", description);
    schema["enum"] = values;
    return schema;
}

json listed_schema(const char* plural, json item) {
    const std::string link = std::string("{") + "first}";
    return {{"name", plural},
            {"properties",
             {{plural, {{"type", "array"}, {"items", std::move(item)}}},
              {"first", {{"type", "string"}}},
              {"next", {{"type", "string"}}},
              {"schema", {{"type", "string"}}}}},
            {"links", json::array({{{"rel", "first"}, {"href", link}},
                                   {{"rel", "next"}, {"href", "{next}"}},
                                   {{"rel", "describedby"}, {"href", "{schema}"}}})}};
}

}  // namespace

bool is_base_attribute(std::string_view name) {
    return std::find(kSettable.begin(), kSettable.end(), name) != kSettable.end() || is_read_only(name);
}

bool is_read_only(std::string_view name) {
    return std::find(kReadOnly.begin(), kReadOnly.end(), name) != kReadOnly.end();
}

json image_document(const Image& image) {
    json document = json::object();
    for (const auto& [name, value] : image.properties) document[name] = value;
    document["id"] = image.id;
    document["name"] = or_null(image.name);
    document["status"] = store::enum_name(image.status);
    document["visibility"] = store::enum_name(image.visibility);
    document["protected"] = image.is_protected;
    document["os_hidden"] = image.hidden;
    document["owner"] = or_null(image.owner);
    document["disk_format"] = or_null(image.disk_format);
    document["container_format"] = or_null(image.container_format);
    document["min_disk"] = image.min_disk_gib;
    document["min_ram"] = image.min_ram_mib;
    document["size"] = or_null(image.size);
    document["virtual_size"] = or_null(image.virtual_size);
    document["checksum"] = or_null(image.md5);
    document["os_hash_algo"] = image.sha512.empty() ? json(nullptr) : json("sha512");
    document["os_hash_value"] = or_null(image.sha512);
    document["tags"] = image.tags;
    if (!image.data_key.empty()) document["stores"] = "file";
    document["created_at"] = to_iso_seconds(image.created_at);
    document["updated_at"] = to_iso_seconds(image.updated_at);
    document["self"] = "/v2/images/" + image.id;
    document["file"] = "/v2/images/" + image.id + "/file";
    document["schema"] = "/v2/schemas/image";
    return document;
}

json import_document(const ImageImport& import) {
    return {{"id", import.id},
            {"image_id", import.image_id},
            {"type", "api_image_import"},
            {"status", "success"},
            {"input",
             {{"image_id", import.image_id},
              {"import_req", {{"method", {{"name", import.method}}}}},
              {"backend", {"file"}}}},
            {"request_id", import.request_id},
            {"user_id", import.user_id},
            {"owner", import.project_id},
            {"result", nullptr},
            {"message", ""},
            {"created_at", to_iso_seconds(import.at)},
            {"updated_at", to_iso_seconds(import.at)},
            {"expires_at", nullptr}};
}

json member_document(const ImageMember& member) {
    return {{"image_id", member.image_id},
            {"member_id", member.member_id},
            {"status", store::enum_name(member.status)},
            {"created_at", to_iso_seconds(member.created_at)},
            {"updated_at", to_iso_seconds(member.updated_at)},
            {"schema", "/v2/schemas/member"}};
}

json image_schema() {
    const json text{{"type", "string"}};
    json properties{
        {"id",
         {{"type", "string"},
          {"description", "An identifier for the image"},
          {"pattern", "^([0-9a-fA-F]){8}-([0-9a-fA-F]){4}-([0-9a-fA-F]){4}-([0-9a-fA-F]){4}-([0-9a-fA-F]){12}$"}}},
        {"name", nullable("string", "Descriptive name for the image")},
        {"status", read_only({{"type", "string"},
                              {"description", "Status of the image"},
                              {"enum", {"queued", "saving", "uploading", "active", "deactivated"}}})},
        {"visibility",
         {{"type", "string"},
          {"description", "Scope of image accessibility"},
          {"enum", {"community", "public", "private", "shared"}}}},
        {"protected", {{"type", "boolean"}, {"description", "If true, image will not be deletable."}}},
        {"os_hidden",
         {{"type", "boolean"}, {"description", "If true, image will not appear in default image list response."}}},
        {"owner", nullable("string", "Owner of the image")},
        {"tags",
         {{"type", "array"},
          {"items", {{"type", "string"}, {"maxLength", 255}}},
          {"description", "Tags of the image"}}},
        {"min_disk", {{"type", "integer"}, {"description", "Amount of disk space (in GB) required to boot image."}}},
        {"min_ram", {{"type", "integer"}, {"description", "Amount of ram (in MB) required to boot image."}}},
        {"disk_format", formats({"ami", "ari", "aki", "vhd", "vhdx", "vmdk", "raw", "qcow2", "vdi", "iso", "ploop"},
                                "Format of the disk")},
        {"container_format",
         formats({"ami", "ari", "aki", "bare", "ovf", "ova", "docker", "compressed"}, "Format of the container")},
        {"size", read_only(nullable("integer", "Size of image file in bytes"))},
        {"virtual_size", read_only(nullable("integer", "Virtual size of image in bytes"))},
        {"checksum", read_only(nullable("string", "md5 hash of image contents."))},
        {"os_hash_algo", read_only(nullable("string", "Algorithm to calculate the os_hash_value"))},
        {"os_hash_value",
         read_only(
             nullable("string", "Hexdigest of the image contents using the algorithm specified by os_hash_algo"))},
        {"stores", read_only(text)},
        {"created_at", read_only(text)},
        {"updated_at", read_only(text)},
        {"self", read_only(text)},
        {"file", read_only(text)},
        {"schema", read_only(text)}};
    for (auto& [name, property] : properties.items()) property["is_base"] = true;
    return {{"name", "image"},
            {"properties", std::move(properties)},
            {"additionalProperties", {{"type", "string"}}},
            {"links", json::array({{{"rel", "self"}, {"href", "{self}"}},
                                   {{"rel", "enclosure"}, {"href", "{file}"}},
                                   {{"rel", "describedby"}, {"href", "{schema}"}}})}};
}

json images_schema() { return listed_schema("images", image_schema()); }

json member_schema() {
    const json text{{"type", "string"}};
    return {{"name", "member"},
            {"properties",
             {{"image_id", text},
              {"member_id", text},
              {"created_at", text},
              {"updated_at", text},
              {"schema", text},
              {"status", {{"type", "string"}, {"enum", {"pending", "accepted", "rejected"}}}}}}};
}

json members_schema() { return listed_schema("members", member_schema()); }

}  // namespace cumulet::compute::images
