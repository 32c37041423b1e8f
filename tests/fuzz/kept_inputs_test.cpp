// Tries every input of the corpus: what once failed stays mended. Runs in tests/fuzz.
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <string>

using Target = int(const std::uint8_t* data, std::size_t size);
extern "C" {
Target fuzz_bearer, fuzz_http, fuzz_json_body, fuzz_mapping, fuzz_policy, fuzz_s3, fuzz_s3_documents, fuzz_saml,
    fuzz_store_codec, fuzz_swift, fuzz_token;
}

namespace {

const std::map<std::string, Target*> kTargets{{"bearer", fuzz_bearer},
                                              {"http", fuzz_http},
                                              {"json_body", fuzz_json_body},
                                              {"mapping", fuzz_mapping},
                                              {"policy", fuzz_policy},
                                              {"s3", fuzz_s3},
                                              {"s3_documents", fuzz_s3_documents},
                                              {"saml", fuzz_saml},
                                              {"store_codec", fuzz_store_codec},
                                              {"swift", fuzz_swift},
                                              {"token", fuzz_token}};

}  // namespace

TEST_CASE("every input that was kept is taken or refused") {
    std::size_t folders = 0;
    for (const auto& folder : std::filesystem::directory_iterator("corpus")) {
        const auto target = kTargets.find(folder.path().filename().string());
        INFO(folder.path());
        REQUIRE(target != kTargets.end());
        ++folders;
        for (const auto& file : std::filesystem::directory_iterator(folder)) {
            INFO(file.path());
            std::ifstream in(file.path(), std::ios::binary);
            const std::string bytes(std::istreambuf_iterator<char>(in), {});
            const int kept = target->second(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
            CHECK(kept <= 0);
        }
    }
    CHECK(folders == kTargets.size());
}
