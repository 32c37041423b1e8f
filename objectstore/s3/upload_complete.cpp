// Completing a multipart upload: the parts that its document names become one composed blob.
#include <set>

#include "common/runtime/text.hpp"
#include "objectstore/s3/auth/hmac.hpp"
#include "objectstore/s3/object_headers.hpp"
#include "objectstore/s3/object_parts.hpp"
#include "objectstore/s3/object_write.hpp"
#include "objectstore/s3/payload.hpp"
#include "objectstore/s3/sealed.hpp"
#include "objectstore/s3/uploads.hpp"

namespace cumulet::objectstore::s3 {

namespace {

using api::Reply;

struct WantedPart {
    std::uint32_t number = 0;
    std::string etag;
    std::string checksum;
};

std::vector<WantedPart> wanted_parts(const S3Call& call, const XmlNode& document, const MultipartUpload& upload) {
    const auto kind = announced_kind(upload.checksum);
    std::vector<WantedPart> wanted;
    for (const auto* each : document.all("Part")) {
        const auto& digits = each->required("PartNumber");
        if (digits.empty() || digits.size() > 5 || digits.find_first_not_of("0123456789") != std::string::npos)
            throw S3Error("MalformedXML");
        WantedPart part{static_cast<std::uint32_t>(std::stoul(digits)), plain_etag(each->required("ETag")), ""};
        if (part.number < 1 || part.number > call.s3.settings.max_parts) throw S3Error("InvalidPart");
        if (kind) part.checksum = each->text_of(checksum_element(*kind));
        if (!wanted.empty() && part.number <= wanted.back().number) throw S3Error("InvalidPartOrder");
        wanted.push_back(std::move(part));
    }
    if (wanted.empty() || wanted.size() > call.s3.settings.max_parts) throw S3Error("MalformedXML");
    return wanted;
}

// The parts that make the object, in order, and nothing that does not fit.
std::vector<UploadPart> chosen_parts(const S3Call& call, store::Transaction& txn, const MultipartUpload& upload,
                                     const std::vector<WantedPart>& wanted) {
    std::vector<UploadPart> parts;
    std::uint64_t length = 0;
    for (const auto& want : wanted) {
        auto part = txn.get<UploadPart>(upload.id, want.number);
        if (!part || part->etag != want.etag || (!want.checksum.empty() && want.checksum != part->checksum))
            throw S3Error("InvalidPart")
                .with("UploadId", upload.id)
                .with("PartNumber", std::to_string(want.number))
                .with("ETag", want.etag);
        length += part->length;
        parts.push_back(std::move(*part));
    }
    for (std::size_t i = 0; i + 1 < parts.size(); ++i)
        if (parts[i].length < call.s3.settings.min_part_bytes)
            throw S3Error("EntityTooSmall")
                .with("ProposedSize", std::to_string(parts[i].length))
                .with("MinSizeAllowed", std::to_string(call.s3.settings.min_part_bytes))
                .with("PartNumber", std::to_string(parts[i].number))
                .with("ETag", parts[i].etag);
    if (length > call.s3.settings.max_object_bytes) throw S3Error("EntityTooLarge");
    return parts;
}

std::string etag_of(const std::vector<UploadPart>& parts) {
    std::string digests;
    for (const auto& part : parts) digests += text::from_hex(part.etag).value_or("");
    return text::to_hex(digest_of(Hash::md5, digests)) + "-" + std::to_string(parts.size());
}

// The checksum of a whole upload from those of its parts; empty when a part has none.
std::string checksum_of(const MultipartUpload& upload, const std::vector<UploadPart>& parts) {
    const auto kind = announced_kind(upload.checksum);
    if (!kind) return "";
    for (const auto& part : parts)
        if (part.checksum.empty()) return "";
    if (!is_composite(upload.checksum)) {
        std::vector<std::pair<std::string, std::uint64_t>> sums;
        for (const auto& part : parts) sums.emplace_back(part.checksum, part.length);
        return combined_checksum(*kind, sums);
    }
    ChecksumMeter meter(*kind);
    for (const auto& part : parts) meter.add(text::from_base64(part.checksum).value_or(""));
    return meter.result().value + "-" + std::to_string(parts.size());
}

void take_parts(const MultipartUpload& upload, const std::vector<UploadPart>& parts, Object& object) {
    object.etag = etag_of(parts);
    object.length = 0;
    std::string sealing;
    std::vector<KnownPart> known;
    for (const auto& part : parts) {
        object.length += part.length;
        known.push_back({part.length, part.checksum});
        if (!part.sealing.empty()) sealing += (sealing.empty() ? "" : ",") + part.sealing;
    }
    keep_parts(known, object);
    if (!sealing.empty()) object.system["sealing"] = sealing;
    if (const auto sum = checksum_of(upload, parts); !sum.empty()) {
        object.system["checksum"] = std::string(checksum_name(*announced_kind(upload.checksum))) + "=" + sum;
        object.system["checksum-type"] = is_composite(upload.checksum) ? "COMPOSITE" : "FULL_OBJECT";
    }
}

// What the client says of the whole object.
void check_whole(const S3Call& call, const Object& object) {
    if (const auto sum = object_checksum(object))
        if (const auto sent = call.header(checksum_header(sum->kind));
            sent && *sent != sum->value && *sent != std::string_view(sum->value).substr(0, sum->value.find('-')))
            throw S3Error("BadDigest");
    if (const auto type = call.header("x-amz-checksum-type");
        type && object.system.contains("checksum") && *type != checksum_type(object))
        throw S3Error("InvalidRequest", "The upload was created using another checksum type.");
    if (const auto size = call.header("x-amz-mp-object-size"); size && *size != std::to_string(object.length))
        throw S3Error("InvalidRequest", "The provided 'x-amz-mp-object-size' header does not match what was uploaded.");
}

// Checksums are of what the client's key opens: who completes an upload that has them must know it.
void check_client_key(const S3Call& call, const MultipartUpload& upload) {
    const auto key = sent_client_key(call);
    const auto sealed = upload.object.system.find("ssec");
    const bool is_sealed = sealed != upload.object.system.end();
    if (key ? !is_sealed || key->md5 != sealed->second : is_sealed && !upload.checksum.empty())
        throw S3Error("InvalidRequest",
                      "The multipart upload initiate requested encryption. Completing it must include the "
                      "appropriate encryption parameters.");
}

std::uint64_t number_from(const std::string& upload_id) {
    return std::stoull(upload_id.substr(0, 15), nullptr, 16) | 1;
}

Reply completed(const S3Call& call, const Object& object) {
    XmlOut out("CompleteMultipartUploadResult");
    out.add("Location", call.http.base_url() + "/" + call.bucket + "/" + text::percent_encode(call.object, "/"))
        .add("Bucket", call.bucket)
        .add("Key", call.object)
        .add("ETag", quoted_etag(object));
    if (const auto sum = object_checksum(object))
        out.add(checksum_element(sum->kind), sum->value).add("ChecksumType", checksum_type(object));
    Reply reply = xml_reply(out);
    show_written(call, object, reply.response().headers);
    reply.response().headers.remove("ETag");
    return reply;
}

}  // namespace

http::Task<Reply> complete_upload(S3Call& call) {
    PayloadReader payload(call, PayloadReader::Sums::of_object);
    const auto document =
        parse_xml(co_await text_of(payload, call.s3.settings.max_document_bytes), "CompleteMultipartUpload");
    auto& engine = call.s3.composer;
    std::vector<Blob> unused;
    Write write;
    {
        auto txn = call.reading();
        // Said twice, because the first answer was lost: the object is there.
        const auto there = txn.peek<Object>(call.container.account, call.container.name, call.object);
        if (there)
            if (const auto of = there->system.find("upload");
                of != there->system.end() && of->second == call.query_or("uploadId", ""))
                co_return completed(call, *there);
        const auto upload = upload_of(call, txn);
        check_client_key(call, upload);
        write.object = upload.object;
        // What is wrong is said before the object's conditions are looked at.
        chosen_parts(call, txn, upload, wanted_parts(call, document, upload));
    }
    write.also = [&](store::Transaction& txn, Object& object) {
        unused.clear();
        const auto upload = upload_of(call, txn);
        const auto parts = chosen_parts(call, txn, upload, wanted_parts(call, document, upload));
        take_parts(upload, parts, object);
        object.system["upload"] = upload.id;
        check_whole(call, object);
        std::set<std::uint32_t> taken;
        std::vector<Blob> blobs;
        for (const auto& part : parts) {
            taken.insert(part.number);
            blobs.push_back(part.blob);
        }
        for (const auto& part : txn.scan<UploadPart>({}, upload.id)) {
            engine.release(txn, part.blob);
            txn.erase(part, "completed");
            if (!taken.contains(part.number)) unused.push_back(part.blob);
        }
        object.blob = blobs.size() == 1 ? blobs.front() : engine.compose(txn, number_from(upload.id), blobs);
        txn.erase(upload, "completed");
    };
    const auto object = co_await commit_object(call, std::move(write));
    for (const auto& blob : unused) engine.discard(blob);
    co_return completed(call, object);
}

}  // namespace cumulet::objectstore::s3
