// Blobs made of other blobs, over any engine: parts that were uploaded one by one become one blob without being copied.
#pragma once

#include <span>
#include <tuple>
#include <vector>

#include "common/store/record.hpp"
#include "objectstore/engine/engine.hpp"

namespace cumulet::store {
class Engine;
}

namespace cumulet::objectstore {

// What a composed blob consists of, in several rows when there are many parts. Released rows wait for discard().
struct ComposedRow {
    std::uint64_t id = 0;
    std::uint32_t number = 0;
    std::vector<Blob> parts;
    bool released = false;
};

// All members: any thread. Passes the conformance suite of engines like the one below it.
class ComposingEngine : public ObjectEngine {
public:
    // A blob of all `parts`, in order; its bytes are theirs. Part of the caller's transaction, which has released the
    // parts (or never adopted them) and adopts the composed blob. `id` is a random number that no other has.
    virtual Blob compose(store::Transaction& txn, std::uint64_t id, std::span<const Blob> parts) = 0;
    // The parts; a blob that was not composed is its own only part. Throws EngineError when it is gone.
    virtual std::vector<Blob> parts_of(const Blob& blob) = 0;
};

// Both outlive it.
std::unique_ptr<ComposingEngine> make_composing_engine(store::Engine& store, ObjectEngine& below);

}  // namespace cumulet::objectstore

template <>
struct cumulet::store::Describe<cumulet::objectstore::ComposedRow> {
    using Row = cumulet::objectstore::ComposedRow;
    static constexpr std::string_view collection = "composed";
    static constexpr int version = 1;
    static constexpr auto key = List{&Row::id, &Row::number};
    static constexpr auto fields = List{field("id", &Row::id), field("number", &Row::number),
                                        field("parts", &Row::parts), field("released", &Row::released)};
    // Only those that wait for discard().
    static constexpr auto indexes = List{each("released", [](const Row& row) {
        std::vector<std::uint64_t> ids;
        if (row.released) ids.push_back(row.id);
        return ids;
    })};
};
