#include "compute/metadata/instance.hpp"

#include "common/runtime/text.hpp"
#include "compute/metadata/documents.hpp"

namespace cumulet::compute::metadata {
namespace {

using nlohmann::json;

std::string dump(const json& document) { return document.dump(-1, ' ', false, json::error_handler_t::replace); }

void add_bytes(json& files, const std::string& path, const std::string& bytes) {
    if (text::is_utf8(bytes))
        files[path] = bytes;
    else
        files[path + ";base64"] = text::to_base64(bytes);
}

}  // namespace

json drive_files(store::Transaction& txn, const Server& server, Random& random) {
    json files{{"openstack/latest/meta_data.json", dump(meta_data(server, random))},
               {"openstack/latest/network_data.json", dump(network_data(txn, server))},
               {"openstack/latest/vendor_data.json", "{}"},
               {"openstack/latest/vendor_data2.json", "{}"},
               {"ec2/latest/meta-data.json", dump(ec2_tree(txn, server))}};
    if (auto bytes = user_data(server)) {
        add_bytes(files, "openstack/latest/user_data", *bytes);
        add_bytes(files, "ec2/latest/user-data", *bytes);
    }
    return files;
}

}  // namespace cumulet::compute::metadata
