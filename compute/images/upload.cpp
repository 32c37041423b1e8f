#include "compute/images/upload.hpp"

#include <system_error>

#include "compute/images/digest.hpp"
#include "compute/images/inspect.hpp"

namespace cumulet::compute::images {
namespace {

using api::Errc;
using api::Fault;

constexpr std::size_t kPieceBytes = 1u << 20;

class Incoming {
public:
    Incoming(ImageStore& store, const std::string& key, std::string disk_format, const Settings& settings)
        : disk_format_(std::move(disk_format)), settings_(settings), writer_(store.create(key)) {}

    // Off the io thread: hashing and writing a piece takes milliseconds.
    void take(std::string_view piece) {
        if (received_.size == 0) look_at(piece);
        received_.size += static_cast<std::int64_t>(piece.size());
        if (static_cast<std::uint64_t>(received_.size) > settings_.max_image_bytes) throw too_large(settings_);
        digests_.update(piece);
        try {
            writer_->write(piece);
        } catch (const StoreFull&) {
            throw Fault(Errc::too_large,
                        "Image storage media is full: there is not enough disk space on the image storage media.");
        }
    }

    Received finish() {
        if (received_.size == 0) look_at("");
        try {
            writer_->finish();
        } catch (const StoreFull&) {
            throw Fault(Errc::too_large,
                        "Image storage media is full: there is not enough disk space on the image storage media.");
        }
        received_.md5 = digests_.md5();
        received_.sha512 = digests_.sha512();
        if (!received_.virtual_size && is_raw_) received_.virtual_size = received_.size;
        return std::move(received_);
    }

    static Fault too_large(const Settings& settings) {
        return Fault(Errc::too_large, "The image is larger than the {} bytes that are allowed.",
                     settings.max_image_bytes);
    }

private:
    void look_at(std::string_view first) {
        const auto found = inspect(first.substr(0, kInspectBytes));
        if (auto why = objection(found, disk_format_, settings_.max_virtual_bytes); !why.empty())
            throw Fault(Errc::unsupported_media, "The image data is refused: {}.", why);
        if (found.virtual_size) received_.virtual_size = static_cast<std::int64_t>(*found.virtual_size);
        is_raw_ = found.format == "raw" || found.format == "iso";
    }

    std::string disk_format_;
    const Settings& settings_;
    std::unique_ptr<ImageWriter> writer_;
    Digests digests_;
    Received received_;
    bool is_raw_ = false;
};

}  // namespace

http::Task<Received> receive(api::StreamCall& call, std::string key, std::string disk_format) {
    const auto& settings = call.module<Settings>();
    if (call.content_length().value_or(0) > settings.max_image_bytes) throw Incoming::too_large(settings);
    auto& store = call.module<ImageStore>();
    std::unique_ptr<Incoming> incoming;
    auto open = [&] { incoming = std::make_unique<Incoming>(store, key, disk_format, settings); };
    co_await call.offload(open);
    std::string buffer(kPieceBytes, '\0');
    for (bool more = true; more;) {
        std::size_t filled = 0;
        while (filled < buffer.size()) {
            const std::span<char> rest(buffer.data() + filled, buffer.size() - filled);
            const std::size_t got = co_await call.body_stream().read(rest);
            if (got == 0) {
                more = false;
                break;
            }
            filled += got;
        }
        if (filled == 0) break;
        auto take = [&] { incoming->take({buffer.data(), filled}); };
        co_await call.offload(take);
    }
    Received received;
    auto finish = [&] { received = incoming->finish(); };
    co_await call.offload(finish);
    co_return received;
}

}  // namespace cumulet::compute::images
