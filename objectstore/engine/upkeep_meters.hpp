// What operators see of the engine.
#pragma once

#include "common/runtime/metrics.hpp"
#include "objectstore/engine/upkeep.hpp"

namespace cumulet::objectstore {

struct Upkeep::Meters {
    explicit Meters(runtime::Metrics& metrics)
        : free_bytes(
              metrics.gauge("cumulet_objectstore_disk_free_bytes", "Room on a disk of the object store.", {"disk"})),
          disk_state(metrics.gauge("cumulet_objectstore_disk_writing",
                                   "1: the disk takes new objects; 0: it is full or fails.", {"disk"})),
          disk_failed(metrics.gauge("cumulet_objectstore_disk_failed", "1: the disk refused to write.", {"disk"})),
          rotten(metrics.gauge("cumulet_objectstore_rotten_blobs", "Blobs whose bytes are not those written.")),
          scrubbed(metrics.counter("cumulet_objectstore_scrubbed_bytes_total", "Bytes that the scrubber compared.")),
          rounds(metrics.counter("cumulet_objectstore_scrub_rounds_total", "Rounds over all blobs.")),
          compacted(
              metrics.counter("cumulet_objectstore_compacted_bytes_total", "Bytes of segments that were removed.")) {}

    runtime::Family<runtime::Gauge> free_bytes, disk_state, disk_failed;
    runtime::Gauge rotten;
    runtime::Counter scrubbed, rounds, compacted;
};

}  // namespace cumulet::objectstore
