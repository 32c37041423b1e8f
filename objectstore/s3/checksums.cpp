#include "objectstore/s3/checksums.hpp"

#include <zlib.h>

#include <boost/crc.hpp>
#include <variant>

#include "common/runtime/text.hpp"
#include "objectstore/s3/auth/hmac.hpp"
#include "objectstore/s3/wire/error.hpp"

namespace cumulet::objectstore::s3 {

namespace {

using Crc32c = boost::crc_optimal<32, 0x1EDC6F41, 0xFFFFFFFF, 0xFFFFFFFF, true, true>;
using Crc64Nvme = boost::crc_optimal<64, 0xAD93D23594C93659, 0xFFFFFFFFFFFFFFFF, 0xFFFFFFFFFFFFFFFF, true, true>;

struct Info {
    ChecksumKind kind;
    std::string_view name;
    std::size_t bytes;
};
constexpr Info kKinds[] = {{ChecksumKind::crc32, "CRC32", 4},
                           {ChecksumKind::crc32c, "CRC32C", 4},
                           {ChecksumKind::crc64nvme, "CRC64NVME", 8},
                           {ChecksumKind::sha1, "SHA1", 20},
                           {ChecksumKind::sha256, "SHA256", 32}};

const Info& info_of(ChecksumKind kind) { return kKinds[static_cast<std::size_t>(kind)]; }

template <class Number>
std::string big_endian(Number number) {
    std::string bytes(sizeof number, '\0');
    for (std::size_t i = 0; i < sizeof number; ++i)
        bytes[sizeof number - 1 - i] = static_cast<char>(number >> (8 * i) & 0xff);
    return bytes;
}

}  // namespace

std::string_view checksum_name(ChecksumKind kind) { return info_of(kind).name; }
std::string checksum_header(ChecksumKind kind) { return "x-amz-checksum-" + text::to_lower(checksum_name(kind)); }
std::string checksum_element(ChecksumKind kind) { return "Checksum" + std::string(checksum_name(kind)); }

std::optional<ChecksumKind> checksum_kind(std::string_view name) {
    for (const auto& each : kKinds)
        if (text::iequals(each.name, name)) return each.kind;
    return std::nullopt;
}

void check_checksum_form(const Checksum& checksum) {
    const auto bytes = text::from_base64(checksum.value);
    if (!bytes || bytes->size() != info_of(checksum.kind).bytes)
        throw S3Error("BadDigest", "Value for " + checksum_header(checksum.kind) + " header is invalid.");
}

std::optional<Checksum> sent_checksum(const http::Headers& headers) {
    std::optional<Checksum> found;
    for (const auto& each : kKinds) {
        const auto value = headers.get(checksum_header(each.kind));
        if (!value) continue;
        if (found) throw S3Error("InvalidRequest", "Expecting a single x-amz-checksum- header.");
        found = Checksum{each.kind, std::string(*value)};
        check_checksum_form(*found);
    }
    if (const auto trailer = headers.get("x-amz-trailer")) {
        constexpr std::string_view kPrefix = "x-amz-checksum-";
        const auto name = text::to_lower(text::trim(*trailer));
        const auto kind = name.starts_with(kPrefix) ? checksum_kind(name.substr(kPrefix.size())) : std::nullopt;
        if (!kind) throw S3Error("InvalidRequest", "The value specified in the x-amz-trailer header is not supported");
        if (found) throw S3Error("InvalidRequest", "Expecting a single x-amz-checksum- header.");
        found = Checksum{*kind, ""};
    }
    if (const auto asked = headers.get("x-amz-sdk-checksum-algorithm"); asked && found) {
        const auto kind = checksum_kind(*asked);
        if (!kind) throw S3Error("InvalidRequest", "Value for x-amz-sdk-checksum-algorithm header is invalid.");
        if (*kind != found->kind)
            throw S3Error("InvalidRequest", "x-amz-sdk-checksum-algorithm does not name the checksum that is given.");
    }
    return found;
}

namespace {

// Arithmetic on polynomials modulo a CRC's, lowest power in the highest bit.
template <class Number>
struct Field {
    Number modulus;
    static constexpr int kBits = sizeof(Number) * 8;
    static constexpr Number kOne = Number(1) << (kBits - 1);

    Number times(Number a, Number b) const {
        Number product = 0;
        for (Number bit = kOne; bit != 0; bit >>= 1) {
            if (a & bit) product ^= b;
            b = b & 1 ? (b >> 1) ^ modulus : b >> 1;
        }
        return product;
    }
    Number x_to(std::uint64_t power) const {
        Number result = kOne, square = kOne >> 1;
        for (; power != 0; power >>= 1) {
            if (power & 1) result = times(result, square);
            square = times(square, square);
        }
        return result;
    }
};

template <class Number>
std::string combined(Field<Number> field, const std::vector<std::pair<std::string, std::uint64_t>>& parts) {
    Number whole = 0;
    for (const auto& [sum, length] : parts) {
        Number own = 0;
        for (const char c : text::from_base64(sum).value_or("")) own = (own << 8) | static_cast<unsigned char>(c);
        whole = field.times(field.x_to(length * 8), whole) ^ own;
    }
    return text::to_base64(big_endian(whole));
}

}  // namespace

std::string combined_checksum(ChecksumKind kind, const std::vector<std::pair<std::string, std::uint64_t>>& parts) {
    switch (kind) {
        case ChecksumKind::crc32:
            return combined(Field<std::uint32_t>{0xEDB88320}, parts);
        case ChecksumKind::crc32c:
            return combined(Field<std::uint32_t>{0x82F63B78}, parts);
        case ChecksumKind::crc64nvme:
            return combined(Field<std::uint64_t>{0x9A6C9329AC4BC9B5}, parts);
        case ChecksumKind::sha1:
        case ChecksumKind::sha256:
            break;
    }
    return "";
}

struct ChecksumMeter::State {
    ChecksumKind kind;
    std::variant<uLong, Crc32c, Crc64Nvme, Digest> at = uLong{0};
};

ChecksumMeter::ChecksumMeter(ChecksumKind kind) : state_(new State{.kind = kind}) {
    switch (kind) {
        case ChecksumKind::crc32:
            state_->at = crc32(0, nullptr, 0);
            break;
        case ChecksumKind::crc32c:
            state_->at = Crc32c();
            break;
        case ChecksumKind::crc64nvme:
            state_->at = Crc64Nvme();
            break;
        case ChecksumKind::sha1:
            state_->at = Digest(Hash::sha1);
            break;
        case ChecksumKind::sha256:
            state_->at = Digest(Hash::sha256);
            break;
    }
}
ChecksumMeter::~ChecksumMeter() = default;

void ChecksumMeter::add(std::string_view data) {
    if (auto* crc = std::get_if<uLong>(&state_->at))
        *crc = crc32_z(*crc, reinterpret_cast<const Bytef*>(data.data()), data.size());
    else if (auto* c = std::get_if<Crc32c>(&state_->at))
        c->process_bytes(data.data(), data.size());
    else if (auto* nvme = std::get_if<Crc64Nvme>(&state_->at))
        nvme->process_bytes(data.data(), data.size());
    else
        std::get<Digest>(state_->at).add(data);
}

Checksum ChecksumMeter::result() {
    std::string bytes;
    if (const auto* crc = std::get_if<uLong>(&state_->at))
        bytes = big_endian(static_cast<std::uint32_t>(*crc));
    else if (const auto* c = std::get_if<Crc32c>(&state_->at))
        bytes = big_endian(static_cast<std::uint32_t>(c->checksum()));
    else if (const auto* nvme = std::get_if<Crc64Nvme>(&state_->at))
        bytes = big_endian(static_cast<std::uint64_t>(nvme->checksum()));
    else
        bytes = std::get<Digest>(state_->at).take();
    return {state_->kind, text::to_base64(bytes)};
}

}  // namespace cumulet::objectstore::s3
