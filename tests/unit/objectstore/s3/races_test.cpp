// Readers beside writers of the same name.
#include <atomic>
#include <catch2/catch.hpp>
#include <thread>

#include "common/runtime/text.hpp"
#include "objectstore/s3/auth/hmac.hpp"
#include "s3_under_test.hpp"

using namespace cumulet;
using namespace cumulet::objectstore;
using testing::S3UnderTest;

namespace {

testing::Sent sealing() {
    const std::string key(32, 'k');
    return {{"x-amz-server-side-encryption-customer-algorithm", "AES256"},
            {"x-amz-server-side-encryption-customer-key", text::to_base64(key)},
            {"x-amz-server-side-encryption-customer-key-md5", text::to_base64(s3::digest_of(s3::Hash::md5, key))}};
}

}  // namespace

TEST_CASE("an object that is replaced is read as it was or as it is, never as missing") {
    S3UnderTest s3;
    s3.call("PUT", "/bucket");
    // Files of their own go the moment they are replaced; sealed ones are opened in another way.
    for (const auto& headers : {testing::Sent{}, sealing()}) {
        const auto bytes = [](int round) { return std::string(70'000, static_cast<char>('a' + round % 26)); };
        s3.call("PUT", "/bucket/o", "alice", headers, bytes(0));
        std::atomic<bool> stop = false;
        std::thread writer([&] {
            for (int round = 1; !stop; ++round) s3.call("PUT", "/bucket/o", "alice", headers, bytes(round));
        });
        int wrong = 0;
        for (int round = 0; round < 300; ++round) {
            const auto got = s3.call("GET", "/bucket/o", "alice", headers);
            if (got.status != 200 || got.body != std::string(70'000, got.body.empty() ? '-' : got.body[0])) ++wrong;
        }
        stop = true;
        writer.join();
        REQUIRE(wrong == 0);
    }
}
