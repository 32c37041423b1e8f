// The answer of operations on many things at once: how many went well, and what was wrong with the others.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "common/api/fault.hpp"
#include "common/http/body.hpp"
#include "objectstore/swift/call.hpp"

namespace cumulet::objectstore::swift {

struct Summary {
    std::string status;
    std::string body = {};                                         // "Response Body"
    std::vector<std::pair<std::string, std::string>> errors = {};  // percent-encoded path, status line
};
using SummaryLines = std::vector<std::pair<std::string, nlohmann::json>>;

// "404 Not Found".
std::string status_line(const api::Fault& fault);
// What the client takes: JSON, XML or text.
std::string summary_type(const SwiftCall& call);
// In that type; `more` are further lines ("Number Deleted").
std::string as_text(const SwiftCall& call, const Summary& summary, const SummaryLines& more);
// A body whose length is not told beforehand.
std::shared_ptr<http::BodySource> make_unmeasured(std::string text);

}  // namespace cumulet::objectstore::swift
