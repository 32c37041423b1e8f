// Pages of names, in the order of their bytes.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "common/store/transaction.hpp"
#include "objectstore/model/space.hpp"

namespace cumulet::objectstore {

struct ListRequest {
    std::string prefix;
    std::string delimiter;           // names that hold it behind the prefix are shown as one directory
    std::string marker, end_marker;  // both excluded; in walking order
    std::size_t limit = 10'000;
    bool reverse = false;
    bool hide_directories = false;  // only what lies directly under the prefix, and no directories
};

struct Directory {
    std::string name;  // with the delimiter at its end
};

struct ListedContainer {
    Container container;
    Usage usage;
};

using ObjectEntry = std::variant<Object, Directory>;
using ContainerEntry = std::variant<ListedContainer, Directory>;

std::vector<ObjectEntry> list_objects(store::Transaction& txn, const Container& container, const ListRequest& request);
std::vector<ContainerEntry> list_containers(store::Transaction& txn, const std::string& account,
                                            const ListRequest& request);

}  // namespace cumulet::objectstore
