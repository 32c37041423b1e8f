// What an engine complains of.
#pragma once

#include <stdexcept>
#include <string>

namespace cumulet::objectstore {

class EngineError : public std::runtime_error {
public:
    enum class Kind {
        full,     // no room on any disk
        busy,     // too much waits already
        missing,  // the blob is not there
        failed,   // a disk refused
        damaged   // other bytes than were written
    };
    EngineError(Kind kind, const std::string& what) : std::runtime_error(what), kind(kind) {}
    Kind kind;
};

}  // namespace cumulet::objectstore
