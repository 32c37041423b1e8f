// The files in a tar archive, plain or compressed by gzip or bzip2, by libarchive. Blocks: for worker threads.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>

#include "common/http/body.hpp"

namespace cumulet::objectstore::swift {

class ArchiveError : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

struct ArchivedFile {
    std::string name;  // as it stands in the archive, without "./" and slashes before it
    std::uint64_t length = 0;
    std::map<std::string, std::string> attributes;  // extended ones: "user.mime_type"
};

// One thread at a time.
class ArchiveReader {
public:
    // `format`: "tar", "tar.gz", "tar.bz2"; of anything else is_format() says no. The bytes are an engine's: their
    // source may wait for a disk, for nothing else. `most`: what the archive may unpack to, what is passed over
    // included; ArchiveError once it is more.
    ArchiveReader(std::shared_ptr<http::BodySource> bytes, std::string_view format, std::uint64_t most);
    ~ArchiveReader();
    static bool is_format(std::string_view format);

    // The next regular file; directories, links and devices are passed over. Absent at the end. Throws ArchiveError.
    std::optional<ArchivedFile> next();
    // The next bytes of that file, at most `limit`; empty at its end. Throws ArchiveError.
    std::string read(std::size_t limit);

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace cumulet::objectstore::swift
