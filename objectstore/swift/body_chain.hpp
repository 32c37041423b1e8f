// One body from several: segments of large objects, parts of a multipart/byteranges answer.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "common/http/body.hpp"
#include "objectstore/engine/engine.hpp"

namespace cumulet::objectstore::swift {

struct ChainPart {
    std::uint64_t length = 0;
    std::string text;                // when there is no `open`
    std::function<BlobBody()> open;  // called when the part's turn comes; throwing breaks the body off
};

std::shared_ptr<http::BodySource> make_chain(std::vector<ChainPart> parts);

// Any body as a source.
std::shared_ptr<http::BodySource> make_source(BlobBody body);

// All of a small one.
http::Task<std::string> read_whole(BlobBody body);

}  // namespace cumulet::objectstore::swift
