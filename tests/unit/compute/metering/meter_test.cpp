#include "compute/metering/meter.hpp"

#include <catch2/catch.hpp>
#include <map>

#include "common/runtime/ids.hpp"
#include "compute/model/deleted_server.hpp"
#include "compute/model/server.hpp"

using namespace cumulet;
using namespace cumulet::compute;
using namespace cumulet::compute::metering;
using namespace std::chrono_literals;

namespace {

// Servers whose records are written as the tasks of the compute plane write them, and what they should pay.
struct Plane {
    std::unique_ptr<store::Engine> engine = store::make_memory_engine();
    ManualClock clock;
    std::optional<Meter> meter{*engine};

    template <class Body>
    auto run(Body&& body) {
        return store::transact(*engine, {.time = clock.now(), .operation = "test"}, std::forward<Body>(body));
    }
    void make(const std::string& id, const std::string& project = "p") {
        run([&](store::Transaction& txn) {
            Server server{.id = id, .project_id = project, .user_id = "u", .name = "first name"};
            server.flavor = Flavor{.id = "1", .name = "small", .vcpus = 1, .memory_mib = 512, .root_gib = 2};
            txn.put(server, "create started");
        });
    }
    template <class Change>
    void change(const std::string& id, Change&& change) {
        run([&](store::Transaction& txn) {
            auto server = *txn.get<Server>(id);
            change(server);
            txn.put(server, "changed");
        });
    }
    void launch(const std::string& id) {
        change(id, [&](Server& server) { server.launched_at = clock.now(); });
    }
    void resize(const std::string& id, std::int64_t vcpus) {
        change(id, [&](Server& server) { server.flavor.vcpus = vcpus; });
    }
    void remove(const std::string& id) {
        run([&](store::Transaction& txn) {
            auto server = *txn.get<Server>(id);
            txn.put(DeletedServer{.id = id, .project_id = server.project_id, .deleted_at = txn.now(), .server = server},
                    "deleted");
            txn.erase(server, "deleted");
        });
    }
    std::vector<UsageSpan> spans(Timestamp from, Timestamp to, std::optional<std::string> project = "p") {
        return run([&](store::Transaction& txn) { return meter->spans(txn, {from, to}, project); });
    }
    std::vector<UsageSpan> spans() { return spans(Timestamp{}, clock.now() + 1h); }
};

Duration length(const UsageSpan& span, Timestamp now) { return span.until.value_or(now) - span.since; }

}  // namespace

TEST_CASE("a server is metered from its launch to its deletion, folded or not") {
    Plane plane;
    const bool folded = GENERATE(false, true);
    auto fold = [&] {
        if (folded) plane.meter->catch_up(plane.clock.now());
    };
    plane.make("s");
    fold();
    plane.clock.advance(10min);
    REQUIRE(plane.spans().empty());
    plane.launch("s");
    fold();
    plane.clock.advance(1h);
    REQUIRE(plane.spans().size() == 1);
    REQUIRE_FALSE(plane.spans()[0].until);
    plane.change("s", [](Server& server) { server.name = "second name"; });
    plane.remove("s");
    fold();
    plane.clock.advance(1h);
    const auto spans = plane.spans();
    REQUIRE(spans.size() == 1);
    REQUIRE(length(spans[0], plane.clock.now()) == 1h);
    REQUIRE(spans[0].last);
    REQUIRE(spans[0].name == "second name");
}

TEST_CASE("a resized server pays for each size as long as it had it") {
    Plane plane;
    plane.make("s");
    plane.launch("s");
    const auto launched = plane.clock.now();
    plane.clock.advance(1h);
    plane.resize("s", 4);
    if (GENERATE(false, true)) plane.meter->catch_up(plane.clock.now());
    plane.clock.advance(30min);
    std::map<std::int64_t, Duration> by_size;
    for (const auto& span : plane.spans()) {
        by_size[span.vcpus] += length(span, plane.clock.now());
        REQUIRE(span.launched_at == launched);
        REQUIRE_FALSE(span.last);
    }
    REQUIRE(by_size == std::map<std::int64_t, Duration>{{1, 1h}, {4, 30min}});
}

TEST_CASE("only spans that touch the window are told, of one project or of all") {
    Plane plane;
    const auto start = plane.clock.now();
    for (const auto& [id, project] : {std::pair{"a", "p"}, {"b", "p"}, {"c", "q"}}) {
        plane.make(id, project);
        plane.launch(id);
        plane.clock.advance(1h);
        if (id != std::string("b")) plane.remove(id);
    }
    // a: hour 0 to 1; b: from hour 1 on; c: hour 2 to 3.
    plane.meter->catch_up(plane.clock.now());
    auto ids = [&](Duration from, Duration to, std::optional<std::string> project) {
        std::set<std::string> found;
        for (const auto& span : plane.spans(start + from, start + to, project)) found.insert(span.server_id);
        return found;
    };
    REQUIRE(ids(0h, 1h, "p") == std::set<std::string>{"a"});
    REQUIRE(ids(1h, 2h, "p") == std::set<std::string>{"b"});
    REQUIRE(ids(30min, 90min, "p") == std::set<std::string>{"a", "b"});
    REQUIRE(ids(0h, 9h, "q") == std::set<std::string>{"c"});
    REQUIRE(ids(0h, 9h, std::nullopt) == std::set<std::string>{"a", "b", "c"});
    REQUIRE(ids(3h, 9h, std::nullopt) == std::set<std::string>{"b"});
}

TEST_CASE("whatever is folded when, and however often the meter starts anew, the sums are those of the lives lived") {
    SeededRandom random(GENERATE(1, 2, 3, 4, 5));
    Plane plane;
    struct Life {
        bool launched = false;
        std::int64_t vcpus = 1;
        double paid = 0;  // vCPU-seconds
    };
    std::map<std::string, Life> living;
    double expected = 0;
    auto pass = [&](Duration time) {
        plane.clock.advance(time);
        for (auto& [id, life] : living)
            if (life.launched)
                expected += static_cast<double>(life.vcpus) * std::chrono::duration<double>(time).count();
    };
    for (int i = 0; i < 600; ++i) {
        pass(std::chrono::seconds(random.below(100)));
        const auto draw = random.below(100);
        if (draw < 25 || living.empty()) {
            const auto id = random.uuid();
            plane.make(id);
            living[id] = {};
            continue;
        }
        auto at = std::next(living.begin(), static_cast<std::ptrdiff_t>(random.below(living.size())));
        auto& [id, life] = *at;
        if (draw < 45 && !life.launched) {
            plane.launch(id);
            life.launched = true;
        } else if (draw < 55) {
            life.vcpus = 1 + static_cast<std::int64_t>(random.below(8));
            plane.resize(id, life.vcpus);
        } else if (draw < 65) {
            plane.remove(id);
            living.erase(at);
        } else if (draw < 75) {
            plane.meter->catch_up(plane.clock.now());
        } else if (draw < 80) {
            plane.meter.emplace(*plane.engine);
        } else {
            plane.change(id, [](Server& server) { server.progress++; });
        }
    }
    auto told = [&] {
        double sum = 0;
        for (const auto& span : plane.spans())
            sum += static_cast<double>(span.vcpus) *
                   std::chrono::duration<double>(length(span, plane.clock.now())).count();
        return sum;
    };
    REQUIRE(told() == Approx(expected));
    plane.meter->catch_up(plane.clock.now());
    REQUIRE(told() == Approx(expected));
    plane.meter.emplace(*plane.engine);
    REQUIRE(told() == Approx(expected));
    REQUIRE(plane.meter->catch_up(plane.clock.now()) == 0);
}

TEST_CASE("a store whose log is gone beyond the position is counted from its records") {
    Plane plane;
    plane.make("lives");
    plane.launch("lives");
    plane.make("dead");
    plane.launch("dead");
    const auto launched = plane.clock.now();
    plane.clock.advance(1h);
    plane.remove("dead");
    plane.clock.advance(1h);
    plane.engine->trim_log(plane.engine->last_revision());
    REQUIRE(plane.meter->catch_up(plane.clock.now()) == 2);
    std::map<std::string, Duration> lengths;
    for (const auto& span : plane.spans()) {
        REQUIRE(span.since == launched);
        lengths[span.server_id] = length(span, plane.clock.now());
    }
    REQUIRE(lengths == std::map<std::string, Duration>{{"lives", 2h}, {"dead", 1h}});
    REQUIRE(plane.meter->position() > 0);
    REQUIRE(plane.meter->catch_up(plane.clock.now()) == 0);
}

TEST_CASE("spans that ended long ago are let go of, those that go on are not") {
    Plane plane;
    for (const char* id : {"old", "young", "alive"}) {
        plane.make(id);
        plane.launch(id);
    }
    plane.clock.advance(24h);
    plane.remove("old");
    plane.clock.advance(24h * 10);
    plane.remove("young");
    plane.meter->catch_up(plane.clock.now());
    REQUIRE(plane.meter->forget(plane.clock.now(), plane.clock.now() - 24h * 5) == 1);
    std::set<std::string> left;
    for (const auto& span : plane.spans()) left.insert(span.server_id);
    REQUIRE(left == std::set<std::string>{"alive", "young"});
}
