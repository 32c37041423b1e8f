#include "identity/model/births.hpp"

#include <string>

namespace cumulet::identity {
namespace {

std::string counter_of(std::string_view id) { return "identity.births/" + std::string(id); }

}  // namespace

void hang_on(store::Transaction& txn, std::string_view id) {
    if (!id.empty()) txn.add(counter_of(id), 1);
}

void close(store::Transaction& txn, std::string_view id) {
    const auto counter = counter_of(id);
    txn.add(counter, 1, txn.counter(counter) + 1);
}

}  // namespace cumulet::identity
