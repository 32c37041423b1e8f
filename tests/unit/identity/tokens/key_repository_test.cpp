#include "identity/tokens/key_repository.hpp"

#include <catch2/catch.hpp>
#include <fstream>
#include <set>

#include "tests/support/temporary_folder.hpp"

using namespace cumulet;
using namespace cumulet::identity::tokens;
namespace fs = std::filesystem;

namespace {
using Names = std::set<std::string>;
Names names_in(const fs::path& folder) {
    Names names;
    for (const auto& entry : fs::directory_iterator(folder)) names.insert(entry.path().filename().string());
    return names;
}
}  // namespace

TEST_CASE("a new repository has a primary and a staged key that only the owner reads") {
    test::TemporaryFolder folder;
    SystemRandom random;
    KeyRepository keys(folder.path() / "keys", random);
    CHECK((names_in(folder.path() / "keys") == Names{"0", "1"}));
    for (const auto& entry : fs::directory_iterator(folder.path() / "keys"))
        CHECK((fs::status(entry).permissions() & fs::perms::all) == (fs::perms::owner_read | fs::perms::owner_write));
    CHECK((fs::status(folder.path() / "keys").permissions() & fs::perms::all) == fs::perms::owner_all);
    CHECK(keys.keys()->size() == 2);
}

TEST_CASE("messages live through as many rotations as keys are kept, and no longer") {
    test::TemporaryFolder folder;
    SystemRandom random;
    KeyRepository keys(folder.path() / "keys", random);
    const Timestamp now{std::chrono::seconds{1}};
    const auto text = fernet_encrypt(keys.keys()->front(), "x", now, random);
    keys.rotate(3);
    CHECK((names_in(folder.path() / "keys") == Names{"0", "1", "2"}));
    CHECK(fernet_decrypt(*keys.keys(), text));
    keys.rotate(3);
    CHECK((names_in(folder.path() / "keys") == Names{"0", "2", "3"}));
    CHECK_FALSE(fernet_decrypt(*keys.keys(), text));
}

TEST_CASE("a message of a node that rotated first is read by one that did not look yet") {
    test::TemporaryFolder folder;
    SystemRandom random;
    KeyRepository late(folder.path() / "keys", random);
    KeyRepository early(folder.path() / "keys", random);
    early.rotate(3);
    const auto text = fernet_encrypt(early.keys()->front(), "x", Timestamp{std::chrono::seconds{1}}, random);
    CHECK(fernet_decrypt(*late.keys(), text));  // its staged key
    late.reload();
    CHECK(late.keys()->size() == 3);
}

TEST_CASE("a key that others can read, or that is no key, stops the start") {
    test::TemporaryFolder folder;
    SystemRandom random;
    { KeyRepository keys(folder.path() / "keys", random); }
    SECTION("readable") { fs::permissions(folder.path() / "keys" / "1", fs::perms::owner_all | fs::perms::group_read); }
    SECTION("garbage") { std::ofstream(folder.path() / "keys" / "1") << "garbage"; }
    CHECK_THROWS_AS(KeyRepository(folder.path() / "keys", random), KeyError);
}
