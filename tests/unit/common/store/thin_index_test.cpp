#include <fmt/format.h>
#include <catch2/catch.hpp>

#include "common/store/reindex.hpp"
#include "common/store/transaction.hpp"

using namespace cumulet;
using namespace cumulet::store;

namespace {

struct Ticket {
    std::string id, queue, title;
    std::int64_t number = 0;
};

}  // namespace

namespace cumulet::store {
template <>
struct Describe<Ticket> {
    static constexpr std::string_view collection = "ticket";
    static constexpr int version = 1;
    static constexpr auto key = List{&Ticket::id};
    static constexpr auto fields = List{field("id", &Ticket::id), field("queue", &Ticket::queue),
                                        field("title", &Ticket::title), field("number", &Ticket::number)};
    static constexpr auto indexes = List{thin("queue", &Ticket::queue, desc(&Ticket::number)),
                                         thin("title", &Ticket::queue, desc(&Ticket::number), &Ticket::title)};
};
}  // namespace cumulet::store

namespace {

void put(Engine& engine, std::string id, std::string queue, std::int64_t number, std::string title = "") {
    transact(engine, {}, [&](Transaction& txn) {
        txn.put(Ticket{.id = id, .queue = queue, .title = title, .number = number}, "put");
    });
}

std::string ids(Transaction& txn, Scan how, const std::string& queue) {
    std::string found;
    txn.visit<Ticket>(
        how,
        [&](Ticket&& ticket) {
            found += ticket.id + " ";
            return true;
        },
        queue);
    return found;
}

}  // namespace

TEST_CASE("a walk along a thin index meets the rows as they are, own writes included") {
    auto engine = make_memory_engine();
    put(*engine, "a", "x", 1);
    put(*engine, "b", "x", 2);
    put(*engine, "c", "y", 3);
    put(*engine, "a", "x", 1, "another title");
    Transaction txn(*engine, {});
    CHECK(ids(txn, {.index = "queue"}, "x") == "b a ");
    CHECK(txn.scan<Ticket>({.index = "queue", .reverse = true, .limit = 1}, std::string("x"))[0].title ==
          "another title");
    auto moved = *txn.get<Ticket>("c");
    moved.queue = "x";
    txn.put(moved, "moved");
    CHECK(ids(txn, {.index = "queue"}, "x") == "c b a ");
    CHECK(ids(txn, {.index = "queue"}, "y") == "");
    txn.erase(*txn.get<Ticket>("b"), "erased");
    CHECK(ids(txn, {.index = "queue"}, "x") == "c a ");
    CHECK(ids(txn, {.index = "queue", .after = Transaction::cursor_of("queue", moved)}, "x") == "a ");
    REQUIRE(txn.commit_and_wait().outcome == Outcome::committed);
    Transaction after(*engine, {});
    CHECK(ids(after, {.index = "queue"}, "x") == "c a ");
    CHECK(ids(after, {.index = "queue"}, "y") == "");
}

TEST_CASE("an entry of a thin index is written when its parts change and not otherwise") {
    auto engine = make_memory_engine();
    put(*engine, "a", "x", 1);
    Transaction txn(*engine, {});
    auto ticket = *txn.get<Ticket>("a");
    ticket.title = "changed";
    txn.put(ticket, "changed");
    // The row; and of the entries the one that holds the title: gone, and new.
    CHECK(txn.take_batch().writes.size() == 3);
}

TEST_CASE("what an entry holds may say that its row is not worth reading") {
    auto engine = make_memory_engine();
    for (int i = 0; i < 10; ++i) put(*engine, fmt::format("{}", i), "x", i, i % 2 ? "odd" : std::string("e\0ven", 5));
    Transaction txn(*engine, {});
    int asked = 0;
    const auto want = [&](std::string_view rest) {
        ++asked;
        rest.remove_prefix(kKeyNumberBytes);
        const auto title = take_key_string(rest);
        CHECK(take_key_string(rest).size() == 1);  // the id
        CHECK(rest.empty());
        return title == std::string_view("e\0ven", 5);
    };
    CHECK(ids(txn, {.index = "title", .limit = 3, .want = want}, "x") == "8 6 4 ");
    CHECK(asked == 6);
}

TEST_CASE("thin indexes of rows that were there before are made, too") {
    auto engine = make_memory_engine();
    put(*engine, "a", "x", 1);
    put(*engine, "b", "x", 2);
    // As if they had been written without any index.
    transact(*engine, {},
             [](Transaction& txn) { txn.put(IndexMark{.collection = "ticket", .declaration = "older"}, "made"); });
    CHECK(ensure_indexes<Ticket>(*engine) == 2);
    CHECK(ensure_indexes<Ticket>(*engine) == 0);
    put(*engine, "a", "y", 1);
    Transaction txn(*engine, {});
    CHECK(ids(txn, {.index = "queue"}, "x") == "b ");
    CHECK(ids(txn, {.index = "queue"}, "y") == "a ");
}
