// Ids that are numbers, for the few records that OpenStack numbers.
#pragma once

#include <string>

#include "common/store/transaction.hpp"

namespace cumulet::compute {

// The last number that was given.
struct NumberSequence {
    std::string name;
    std::int64_t last = 0;
};

}  // namespace cumulet::compute

template <>
struct cumulet::store::Describe<cumulet::compute::NumberSequence> {
    using NumberSequence = cumulet::compute::NumberSequence;
    static constexpr std::string_view collection = "number_sequence";
    static constexpr int version = 1;
    static constexpr auto key = List{&NumberSequence::name};
    static constexpr auto fields = List{field("name", &NumberSequence::name), field("last", &NumberSequence::last)};
    static constexpr auto indexes = List{};
};

namespace cumulet::compute {

// From 1 on, none twice. Transactions that ask for the same sequence conflict with each other.
inline std::int64_t next_number(store::Transaction& txn, const std::string& name) {
    auto sequence = txn.get<NumberSequence>(name).value_or(NumberSequence{.name = name});
    ++sequence.last;
    txn.put(sequence, "next");
    return sequence.last;
}

}  // namespace cumulet::compute
