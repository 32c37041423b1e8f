#include "identity/tokens/key_repository.hpp"

#include <catch2/catch.hpp>
#include <fstream>
#include <set>
#include <thread>

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
    keys.rotate({.keep = 3});
    CHECK((names_in(folder.path() / "keys") == Names{"0", "1", "2"}));
    CHECK(fernet_decrypt(*keys.keys(), text));
    keys.rotate({.keep = 3});
    CHECK((names_in(folder.path() / "keys") == Names{"0", "2", "3"}));
    CHECK_FALSE(fernet_decrypt(*keys.keys(), text));
}

TEST_CASE("a message of a node that rotated first is read by one that did not look yet") {
    test::TemporaryFolder folder;
    SystemRandom random;
    KeyRepository late(folder.path() / "keys", random);
    KeyRepository early(folder.path() / "keys", random);
    early.rotate({.keep = 3});
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

TEST_CASE("a key whose tokens may still live outlasts the number of keys to keep") {
    test::TemporaryFolder folder;
    SystemRandom random;
    KeyRepository keys(folder.path() / "keys", random);
    const Timestamp now{std::chrono::seconds{1}};
    const auto text = fernet_encrypt(keys.keys()->front(), "x", now, random);
    for (int i = 0; i < 4; ++i) keys.rotate({.keep = 3, .still_needed = std::chrono::hours(1)});
    CHECK(fernet_decrypt(*keys.keys(), text));
    keys.rotate({.keep = 3});
    CHECK_FALSE(fernet_decrypt(*keys.keys(), text));
    CHECK((names_in(folder.path() / "keys") == Names{"0", "5", "6"}));
}

TEST_CASE("refresh reads the folder only when it changed") {
    test::TemporaryFolder folder;
    SystemRandom random;
    KeyRepository one(folder.path() / "keys", random);
    KeyRepository other(folder.path() / "keys", random);
    CHECK_FALSE(one.refresh());
    other.rotate({.keep = 3});
    CHECK(one.refresh());
    CHECK_FALSE(one.refresh());
    CHECK((*one.keys()->begin()).signing == (*other.keys()->begin()).signing);
}

TEST_CASE("three processes rotate one folder, and none refuses what another made") {
    test::TemporaryFolder folder;
    SystemRandom random;
    const Timestamp now{std::chrono::seconds{1}};
    const RotationRule rule{.keep = 3, .still_needed = std::chrono::hours(1)};
    KeyRepository reader(folder.path() / "keys", random);
    std::vector<std::jthread> rotators;
    std::atomic<int> refused = 0, made = 0, failed = 0;
    std::atomic<bool> done = false;
    for (int i = 0; i < 2; ++i)
        rotators.emplace_back([&] {
            SystemRandom own;
            KeyRepository keys(folder.path() / "keys", own);
            for (int round = 0; round < 25; ++round) {
                try {
                    keys.rotate(rule);
                } catch (const KeyError&) {
                    ++failed;
                }
            }
            done = true;
        });
    SystemRandom own;
    KeyRepository writer(folder.path() / "keys", own);
    while (!done) {
        writer.refresh();
        const auto text = fernet_encrypt(writer.keys()->front(), "x", now, own);
        ++made;
        if (!fernet_decrypt(*reader.keys(), text) && !(reader.refresh() && fernet_decrypt(*reader.keys(), text)))
            ++refused;
    }
    rotators.clear();
    CHECK(refused == 0);
    CHECK(failed == 0);
    CHECK(made > 0);
    reader.refresh();
    CHECK(reader.keys()->size() == 52);
}

TEST_CASE("the keys of a Keystone are taken over, and both sides' tokens are read") {
    test::TemporaryFolder folder;
    SystemRandom random;
    const Timestamp now{std::chrono::seconds{1}};
    KeyRepository theirs(folder.path() / "theirs", random);
    theirs.rotate({.keep = 5});
    const auto old_token = fernet_encrypt(theirs.keys()->at(1), "x", now, random);
    const auto token = fernet_encrypt(theirs.keys()->front(), "x", now, random);
    KeyRepository ours(folder.path() / "ours", random);
    const auto our_token = fernet_encrypt(ours.keys()->front(), "x", now, random);

    CHECK(ours.adopt(folder.path() / "theirs"));
    for (const auto& each : {old_token, token, our_token}) CHECK(fernet_decrypt(*ours.keys(), each));
    CHECK(ours.keys()->front().signing == theirs.keys()->front().signing);
    CHECK(ours.keys()->back().signing == theirs.keys()->back().signing);  // staged
    CHECK_FALSE(ours.adopt(folder.path() / "theirs"));
    CHECK_THROWS_AS(ours.adopt(folder.path() / "nowhere"), KeyError);
}
