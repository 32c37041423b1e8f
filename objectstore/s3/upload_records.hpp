// Multipart uploads under way: what was said when they began, and the parts that have come.
#pragma once

#include <string>
#include <tuple>

#include "objectstore/model/object.hpp"

namespace cumulet::objectstore::s3 {

struct MultipartUpload {
    Object object;  // as it will be: names, headers, metadata
    std::string id;
    Timestamp began_at{};
    std::string initiator;  // the project and user who began it
    std::string initiator_name;
    std::string checksum;  // "CRC32C COMPOSITE"; empty: none was announced
};

struct UploadPart {
    std::string upload;
    std::uint32_t number = 0;
    Blob blob;
    std::string etag;
    std::string checksum;  // base64, of the upload's kind; empty: none
    Timestamp modified_at{};
    std::uint64_t length = 0;  // bytes a reader gets
    std::string sealing;       // how the bytes are encrypted with the client's key; empty: they are not
};

}  // namespace cumulet::objectstore::s3

template <>
struct cumulet::store::Describe<cumulet::objectstore::s3::MultipartUpload> {
    using R = cumulet::objectstore::s3::MultipartUpload;
    static constexpr std::string_view collection = "multipart_upload";
    static constexpr int version = 1;
    static constexpr auto key = List{[](const R& row) -> const std::string& { return row.object.account; },
                                     [](const R& row) -> const std::string& { return row.object.container; },
                                     [](const R& row) -> const std::string& { return row.object.name; }, &R::id};
    static constexpr auto fields = List{field("object", &R::object),
                                        field("id", &R::id),
                                        field("began_at", &R::began_at),
                                        field("initiator", &R::initiator),
                                        field("initiator_name", &R::initiator_name),
                                        field("checksum", &R::checksum)};
    static constexpr auto indexes = List{};
};

template <>
struct cumulet::store::Describe<cumulet::objectstore::s3::UploadPart> {
    using R = cumulet::objectstore::s3::UploadPart;
    static constexpr std::string_view collection = "upload_part";
    static constexpr int version = 1;
    static constexpr auto key = List{&R::upload, &R::number};
    static constexpr auto fields =
        List{field("upload", &R::upload), field("number", &R::number),     field("blob", &R::blob),
             field("etag", &R::etag),     field("checksum", &R::checksum), field("modified_at", &R::modified_at),
             field("length", &R::length), field("sealing", &R::sealing)};
    static constexpr auto indexes = List{};
};
