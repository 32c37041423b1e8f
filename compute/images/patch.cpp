#include "compute/images/patch.hpp"

#include "common/runtime/text.hpp"
#include "compute/images/attributes.hpp"

namespace cumulet::compute::images {
namespace {

using api::Errc;
using api::Fault;
using nlohmann::json;

struct Change {
    std::string operation, name;  // "add", "replace" or "remove"
    const json* value = nullptr;
};

// "/name", with ~1 for a slash and ~0 for a tilde. Attributes have no inside that could be addressed.
std::string name_of(const json& path) {
    if (!path.is_string() || !path.get_ref<const std::string&>().starts_with('/'))
        throw Fault(Errc::bad_request, "Operation must contain a 'path' that begins with a slash.");
    std::string name;
    const auto& text = path.get_ref<const std::string&>();
    for (std::size_t i = 1; i < text.size(); ++i) {
        if (text[i] == '/') throw Fault(Errc::bad_request, "Invalid JSON pointer for this resource: '{}'", text);
        if (text[i] != '~') {
            name += text[i];
        } else if (i + 1 < text.size() && (text[i + 1] == '0' || text[i + 1] == '1')) {
            name += text[++i] == '0' ? '~' : '/';
        } else {
            throw Fault(Errc::bad_request, "Pointer `{}` contains '~' not part of a recognized escape sequence.", text);
        }
    }
    if (name.empty()) throw Fault(Errc::bad_request, "Invalid JSON pointer for this resource: '{}'", text);
    return name;
}

Change read_change(const json& item, bool newer) {
    Change change;
    if (newer) {
        if (!item.contains("op") || !item["op"].is_string())
            throw Fault(Errc::bad_request, "Unable to find '{}' in JSON Schema change", "op");
        change.operation = item["op"];
        if (!item.contains("path")) throw Fault(Errc::bad_request, "Unable to find '{}' in JSON Schema change", "path");
        change.name = name_of(item["path"]);
    } else {
        for (const char* operation : {"add", "replace", "remove"})
            if (item.contains(operation)) {
                if (!change.operation.empty())
                    throw Fault(Errc::bad_request,
                                "Operation objects must contain only one member named add, remove or replace.");
                change.operation = operation;
                change.name = name_of(item[operation]);
            }
    }
    if (change.operation != "add" && change.operation != "replace" && change.operation != "remove")
        throw Fault(Errc::bad_request, "Operations must be one of add, remove, replace.");
    if (change.operation == "remove") return change;
    auto value = item.find("value");
    if (value == item.end())
        throw Fault(Errc::bad_request, "Operation \"{}\" requires a member named \"value\".", change.operation);
    change.value = &*value;
    return change;
}

}  // namespace

void apply_patch(const api::Call& call, Image& image) {
    const std::string type = text::to_lower(call.header("Content-Type").value_or(""));
    const bool newer = type.starts_with("application/openstack-images-v2.1-json-patch");
    if (!newer && !type.starts_with("application/openstack-images-v2.0-json-patch"))
        throw Fault(Errc::unsupported_media,
                    "Unsupported media type: expected application/openstack-images-v2.1-json-patch.");
    for (const auto& item : call.body()) {
        const Change change = read_change(item, newer);
        if (change.name == "locations")
            throw Fault(Errc::forbidden, "It's not allowed to change locations if locations are invisible.");
        if (change.name.starts_with("os_glance"))
            throw Fault(Errc::forbidden, "Attribute '{}' is reserved.", change.name);
        if (change.operation == "remove") {
            remove_attribute(image, change.name);
            continue;
        }
        if (change.operation == "replace" && !has_attribute(image, change.name))
            throw Fault(Errc::conflict, "Property {} does not exist.", change.name);
        set_attribute(call, image, change.name, *change.value);
    }
}

}  // namespace cumulet::compute::images
