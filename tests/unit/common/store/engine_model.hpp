// A plain model of an engine, and random batches that are a function of a seed and a step, so that two processes can
// agree on what a store must hold without talking.
#pragma once

#include <map>
#include <random>
#include <string>

#include "common/store/engine.hpp"

namespace cumulet::store {

class EngineModel {
public:
    // The batch of a step: some conflict, some pass a bound, most go through.
    static Batch batch(std::uint64_t seed, std::uint64_t step, const EngineModel& now) {
        std::mt19937_64 random(seed * 1'000'003 + step);
        const auto below = [&](std::uint64_t bound) { return random() % bound; };
        Batch made;
        for (auto left = 1 + below(4); left > 0; --left) {
            const std::string key = "k" + std::to_string(below(60));
            auto& write = find_or_add(made.writes, key);
            write.bytes.reset();
            if (below(4) != 0)
                write.bytes = std::to_string(step) + std::string(below(8) == 0 ? below(20'000) : below(40), 'x');
            if (below(2) == 0) find_or_add(made.compares, key).revision = now.revision_of(key);
        }
        if (below(10) == 0)
            find_or_add(made.compares, "k" + std::to_string(below(60))).revision = 1 + below(now.revision + 1);
        for (auto left = below(3); left > 0; --left) {
            auto& add = find_or_add(made.adds, "c" + std::to_string(below(5)));
            add.delta = static_cast<std::int64_t>(below(11)) - 4;
            if (below(2) == 0) add.max = 40;
        }
        if (below(5) != 0) made.log = "log of step " + std::to_string(step);
        return made;
    }

    Outcome apply(const Batch& batch) {
        for (const auto& compare : batch.compares)
            if (revision_of(compare.key) != compare.revision) return Outcome::conflict;
        for (const auto& add : batch.adds)
            if (add.delta > 0 && add.max && counter(add.key) + add.delta > *add.max) return Outcome::over_bound;
        ++revision;
        for (const auto& write : batch.writes) {
            if (write.bytes)
                values[write.key] = {*write.bytes, revision};
            else
                values.erase(write.key);
        }
        for (const auto& add : batch.adds) counters[add.key] += add.delta;
        if (!batch.log.empty()) log[revision] = batch.log;
        return Outcome::committed;
    }

    Revision revision_of(const std::string& key) const {
        auto found = values.find(key);
        return found == values.end() ? 0 : found->second.revision;
    }
    std::int64_t counter(const std::string& key) const {
        auto found = counters.find(key);
        return found == counters.end() ? 0 : found->second;
    }

    Revision revision = 0;
    std::map<std::string, Value> values;
    std::map<std::string, std::int64_t> counters;
    std::map<Revision, std::string> log;

private:
    template <class Item>
    static Item& find_or_add(std::vector<Item>& items, const std::string& key) {
        for (auto& item : items)
            if (item.key == key) return item;
        return items.emplace_back(Item{.key = key});
    }
};

}  // namespace cumulet::store
