#include "objectstore/s3/sealed.hpp"

#include <openssl/evp.h>

#include "common/runtime/text.hpp"
#include "objectstore/s3/auth/hmac.hpp"
#include "objectstore/s3/object_parts.hpp"

namespace cumulet::objectstore::s3 {

namespace {

constexpr std::size_t kTag = 16, kKeyBytes = 32;
constexpr std::uint64_t kStored = Sealer::kBlock + kTag;
constexpr std::string_view kHeader = "server-side-encryption-customer-";

using Context = std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)>;

const unsigned char* bytes_of(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }
unsigned char* bytes_of(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }

// Each data key seals one stream: the number of the block is nonce enough.
std::string nonce_of(std::uint64_t block) {
    std::string nonce(12, '\0');
    for (int i = 0; i < 8; ++i) nonce[11 - static_cast<std::size_t>(i)] = static_cast<char>(block >> (8 * i) & 0xff);
    return nonce;
}

std::string data_key(const std::string& client_key, std::string_view salt) {
    return hmac(Hash::sha256, client_key, salt);
}

std::string opened(const std::string& key, std::uint64_t block, std::string_view stored) {
    Context context(EVP_CIPHER_CTX_new(), EVP_CIPHER_CTX_free);
    const auto nonce = nonce_of(block);
    std::string tag(stored.substr(stored.size() - kTag));
    stored.remove_suffix(kTag);
    std::string plain(stored.size(), '\0');
    int count = 0;
    EVP_DecryptInit_ex(context.get(), EVP_aes_256_gcm(), nullptr, bytes_of(key), bytes_of(nonce));
    EVP_DecryptUpdate(context.get(), bytes_of(plain), &count, bytes_of(stored), static_cast<int>(stored.size()));
    EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_SET_TAG, kTag, tag.data());
    if (EVP_DecryptFinal_ex(context.get(), bytes_of(plain) + count, &count) != 1)
        throw EngineError(EngineError::Kind::failed, "sealed bytes are not those that were written");
    return plain;
}

struct SealedPart {
    std::uint64_t length = 0;  // plain
    std::string key;
    std::uint64_t stored() const { return length + (length + Sealer::kBlock - 1) / Sealer::kBlock * kTag; }
};

// Plain bytes [first, first + length) over all parts, block by block.
class Opened final : public http::BodySource {
public:
    Opened(const swift::Swift& swift, Object object, std::vector<SealedPart> parts, std::uint64_t first,
           std::uint64_t length)
        : swift_(swift),
          object_(std::move(object)),
          parts_(std::move(parts)),
          length_(length),
          left_(length),
          at_(first) {
        while (part_ < parts_.size() && at_ >= parts_[part_].length) next_part();
        // Before the answer begins: then one that was replaced is still read anew.
        if (part_ < parts_.size() && left_ > 0) open_source();
    }
    std::optional<std::uint64_t> length() const override { return length_; }
    http::Task<std::size_t> read(std::span<char> buffer) override {
        if (left_ == 0) co_return 0;
        if (used_ == plain_.size()) co_await read_block();
        const auto count =
            static_cast<std::size_t>(std::min<std::uint64_t>({buffer.size(), plain_.size() - used_, left_}));
        std::copy_n(plain_.data() + used_, count, buffer.data());
        used_ += count;
        at_ += count;
        left_ -= count;
        if (at_ == parts_[part_].length && left_ > 0) next_part();
        co_return count;
    }

private:
    void next_part() {
        at_ = at_ >= parts_[part_].length ? at_ - parts_[part_].length : 0;
        before_ += parts_[part_].stored();
        ++part_;
        source_.reset();
    }
    void open_source() {
        const auto& part = parts_[part_];
        const auto from = at_ / Sealer::kBlock * kStored;
        source_ = swift::make_source(swift::open_object(swift_, object_, before_ + from, part.stored() - from));
    }
    http::Task<void> read_block() {
        const auto& part = parts_[part_];
        const auto block = at_ / Sealer::kBlock;
        const auto size = std::min<std::uint64_t>(Sealer::kBlock, part.length - block * Sealer::kBlock) + kTag;
        if (!source_) open_source();
        std::string stored(size, '\0');
        std::size_t filled = 0;
        while (filled < size) {
            const auto count = co_await source_->read(std::span(stored).subspan(filled));
            if (count == 0) throw EngineError(EngineError::Kind::failed, "sealed bytes are missing");
            filled += count;
        }
        plain_ = opened(part.key, block, stored);
        used_ = static_cast<std::size_t>(at_ - block * Sealer::kBlock);
    }

    const swift::Swift& swift_;
    const Object object_;
    const std::vector<SealedPart> parts_;
    const std::uint64_t length_;
    std::uint64_t left_, at_, before_ = 0;  // at_: within the part; before_: stored bytes of the parts before
    std::size_t part_ = 0, used_ = 0;
    std::string plain_;
    std::shared_ptr<http::BodySource> source_;
};

std::vector<SealedPart> sealed_parts(const Object& object, const ClientKey& key) {
    auto parts = parts_of(object);
    if (parts.empty()) parts.push_back({.length = object.length});
    const auto salts = text::split(object.system.at("sealing"), ',');
    std::vector<SealedPart> out;
    for (std::size_t i = 0; i < parts.size() && i < salts.size(); ++i)
        out.push_back({parts[i].length, data_key(key.bytes, text::from_hex(salts[i]).value_or(""))});
    return out;
}

}  // namespace

std::optional<ClientKey> sent_client_key(const S3Call& call, bool of_source) {
    const auto name = [&](const char* what) {
        return std::string(of_source ? "x-amz-copy-source-" : "x-amz-") + std::string(kHeader) + what;
    };
    const auto algorithm = call.header(name("algorithm")), key = call.header(name("key")),
               md5 = call.header(name("key-md5"));
    if (!algorithm && !key && !md5) return std::nullopt;
    if (!algorithm || *algorithm != "AES256")
        throw S3Error("InvalidArgument",
                      "Requests specifying Server Side Encryption with Customer provided keys must "
                      "provide a valid encryption algorithm.");
    const auto bytes = key ? text::from_base64(*key) : std::nullopt;
    if (!bytes || bytes->size() != kKeyBytes)
        throw S3Error("InvalidArgument",
                      "Requests specifying Server Side Encryption with Customer provided keys must "
                      "provide an appropriate secret key.");
    const auto wanted = text::to_base64(digest_of(Hash::md5, *bytes));
    if (!md5 || *md5 != wanted)
        throw S3Error("InvalidArgument",
                      "The calculated MD5 hash of the key did not match the hash that was provided.");
    return ClientKey{*bytes, wanted};
}

Sealer::Sealer(const ClientKey& key, std::string salt) : salt_(std::move(salt)), key_(data_key(key.bytes, salt_)) {}
Sealer::~Sealer() = default;

std::string Sealer::text() const { return text::to_hex(salt_); }

std::string Sealer::seal(std::string_view plain) {
    Context context(EVP_CIPHER_CTX_new(), EVP_CIPHER_CTX_free);
    const auto nonce = nonce_of(block_++);
    std::string out(plain.size() + kTag, '\0');
    int count = 0;
    EVP_EncryptInit_ex(context.get(), EVP_aes_256_gcm(), nullptr, bytes_of(key_), bytes_of(nonce));
    EVP_EncryptUpdate(context.get(), bytes_of(out), &count, bytes_of(plain), static_cast<int>(plain.size()));
    EVP_EncryptFinal_ex(context.get(), bytes_of(out) + count, &count);
    EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_GET_TAG, kTag, out.data() + plain.size());
    return out;
}

void require_client_key(const S3Call& call, const Object& object, bool of_source) {
    const auto key = sent_client_key(call, of_source);
    const auto sealed = object.system.find("ssec");
    if (sealed == object.system.end()) {
        if (key) throw S3Error("InvalidRequest", "The encryption parameters are not applicable to this object.");
        return;
    }
    if (!key)
        throw S3Error("InvalidRequest",
                      "The object was stored using a form of Server Side Encryption. The correct "
                      "parameters must be provided to retrieve the object.");
    if (key->md5 != sealed->second) throw S3Error("AccessDenied");
}

swift::Content sealed_content(const S3Call& call, const Object& object, const ClientKey& key) {
    swift::Content content{.length = object.length, .etag = object.etag, .content_type = object.content_type};
    content.open = [&swift = call.swift(), object, parts = sealed_parts(object, key)](
                       std::uint64_t offset, std::uint64_t length) -> BlobBody {
        return std::make_shared<Opened>(swift, object, parts, offset, length);
    };
    return content;
}

std::unique_ptr<Sealer> sealer_for(const S3Call& call, Object& object) {
    const auto key = sent_client_key(call);
    if (!key) return nullptr;
    auto sealer = std::make_unique<Sealer>(*key, text::from_hex(call.http.random().hex_uuid()).value_or(""));
    object.system["ssec"] = key->md5;
    object.system["sealing"] = sealer->text();
    return sealer;
}

std::unique_ptr<Sealer> sealer_for_part(const S3Call& call, const Object& object) {
    const auto key = sent_client_key(call);
    const auto wanted = object.system.find("ssec");
    if (wanted == object.system.end()) {
        if (key) throw S3Error("InvalidRequest", "The upload did not begin with encryption parameters.");
        return nullptr;
    }
    if (!key || key->md5 != wanted->second)
        throw S3Error("InvalidRequest",
                      "The multipart upload initiate requested encryption. Subsequent part requests "
                      "must include the appropriate encryption parameters.");
    return std::make_unique<Sealer>(*key, text::from_hex(call.http.random().hex_uuid()).value_or(""));
}

void show_sealing(const Object& object, http::Headers& headers) {
    if (const auto found = object.system.find("ssec"); found != object.system.end()) {
        headers.set("x-amz-server-side-encryption-customer-algorithm", "AES256");
        headers.set("x-amz-server-side-encryption-customer-key-MD5", found->second);
    }
    if (const auto found = object.system.find("sse"); found != object.system.end())
        headers.set("x-amz-server-side-encryption", found->second);
}

}  // namespace cumulet::objectstore::s3
