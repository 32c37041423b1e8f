// Images and the projects they are shared with.
#pragma once

#include <array>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "common/store/record.hpp"

namespace cumulet::compute::images {

enum class Status {
    queued,      // a record without data
    saving,      // data is coming in
    uploading,   // data is coming in or waits for its import
    active,      // data is there
    deactivated  // data is there, and only administrators get it
};
enum class Visibility { shared, is_private, is_public, community };
enum class MemberStatus { pending, accepted, rejected };

struct Image {
    std::string id;
    std::string name;
    std::string owner;  // project id
    Status status = Status::queued;
    Visibility visibility = Visibility::shared;
    std::string disk_format, container_format;  // empty: not set
    std::int64_t min_disk_gib = 0, min_ram_mib = 0;
    std::optional<std::int64_t> size, virtual_size;  // bytes
    std::string md5, sha512;                         // of the data, in hex
    bool is_protected = false;
    bool hidden = false;
    std::set<std::string> tags;
    std::map<std::string, std::string> properties;
    Timestamp created_at{}, updated_at{};
    std::string data_key;   // of the data in the image store; empty: none
    std::string upload_id;  // of the upload that is under way; empty: none
};

struct ImageMember {
    std::string image_id;
    std::string member_id;  // project id
    MemberStatus status = MemberStatus::pending;
    Timestamp created_at{}, updated_at{};
};

// An import that took place: what an image's tasks list shows.
struct ImageImport {
    std::string image_id;
    std::string id;
    std::string method;
    std::string request_id, user_id, project_id;
    Timestamp at{};
};

// Bytes whose image is gone: to be removed.
struct UnusedData {
    std::string data_key;
    Timestamp since{};
};

}  // namespace cumulet::compute::images

namespace cumulet::store {

template <>
struct Describe<compute::images::UnusedData> {
    using Unused = compute::images::UnusedData;
    static constexpr std::string_view collection = "unused_image_data";
    static constexpr int version = 1;
    static constexpr auto key = List{&Unused::data_key};
    static constexpr auto fields = List{field("data_key", &Unused::data_key), field("since", &Unused::since)};
    static constexpr auto indexes = List{};
};

template <>
struct EnumNames<compute::images::Status> {
    using E = compute::images::Status;
    static constexpr std::array<std::pair<E, std::string_view>, 5> names{{{E::queued, "queued"},
                                                                          {E::saving, "saving"},
                                                                          {E::uploading, "uploading"},
                                                                          {E::active, "active"},
                                                                          {E::deactivated, "deactivated"}}};
};

template <>
struct EnumNames<compute::images::Visibility> {
    using E = compute::images::Visibility;
    static constexpr std::array<std::pair<E, std::string_view>, 4> names{
        {{E::shared, "shared"}, {E::is_private, "private"}, {E::is_public, "public"}, {E::community, "community"}}};
};

template <>
struct EnumNames<compute::images::MemberStatus> {
    using E = compute::images::MemberStatus;
    static constexpr std::array<std::pair<E, std::string_view>, 3> names{
        {{E::pending, "pending"}, {E::accepted, "accepted"}, {E::rejected, "rejected"}}};
};

template <>
struct Describe<compute::images::Image> {
    using Image = compute::images::Image;
    static constexpr std::string_view collection = "image";
    static constexpr int version = 1;
    static constexpr auto key = List{&Image::id};
    static constexpr auto fields = List{field("id", &Image::id),
                                        field("name", &Image::name),
                                        field("owner", &Image::owner),
                                        field("status", &Image::status),
                                        field("visibility", &Image::visibility),
                                        field("disk_format", &Image::disk_format),
                                        field("container_format", &Image::container_format),
                                        field("min_disk_gib", &Image::min_disk_gib),
                                        field("min_ram_mib", &Image::min_ram_mib),
                                        field("size", &Image::size),
                                        field("virtual_size", &Image::virtual_size),
                                        field("md5", &Image::md5),
                                        field("sha512", &Image::sha512),
                                        field("is_protected", &Image::is_protected),
                                        field("hidden", &Image::hidden),
                                        field("tags", &Image::tags),
                                        field("properties", &Image::properties),
                                        field("created_at", &Image::created_at),
                                        field("updated_at", &Image::updated_at),
                                        field("data_key", &Image::data_key),
                                        field("upload_id", &Image::upload_id)};
    static constexpr auto indexes =
        List{index("owner", &Image::owner), index("visibility", &Image::visibility), index("status", &Image::status)};
};

template <>
struct Describe<compute::images::ImageMember> {
    using Member = compute::images::ImageMember;
    static constexpr std::string_view collection = "image_member";
    static constexpr int version = 1;
    static constexpr auto key = List{&Member::image_id, &Member::member_id};
    static constexpr auto fields = List{field("image_id", &Member::image_id), field("member_id", &Member::member_id),
                                        field("status", &Member::status), field("created_at", &Member::created_at),
                                        field("updated_at", &Member::updated_at)};
    static constexpr auto indexes = List{index("member", &Member::member_id)};
};

template <>
struct Describe<compute::images::ImageImport> {
    using Import = compute::images::ImageImport;
    static constexpr std::string_view collection = "image_import";
    static constexpr int version = 1;
    static constexpr auto key = List{&Import::image_id, &Import::id};
    static constexpr auto fields = List{field("image_id", &Import::image_id),
                                        field("id", &Import::id),
                                        field("method", &Import::method),
                                        field("request_id", &Import::request_id),
                                        field("user_id", &Import::user_id),
                                        field("project_id", &Import::project_id),
                                        field("at", &Import::at)};
    static constexpr auto indexes = List{};
};

}  // namespace cumulet::store
