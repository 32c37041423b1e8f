#include "compute/images/attributes.hpp"

#include <algorithm>
#include <array>

#include "compute/images/access.hpp"
#include "compute/images/api.hpp"
#include "compute/images/view.hpp"

namespace cumulet::compute::images {
namespace {

using api::Errc;
using api::Fault;
using nlohmann::json;

constexpr std::array<std::string_view, 11> kDiskFormats{"ami", "ari",   "aki", "vhd", "vhdx", "vmdk",
                                                        "raw", "qcow2", "vdi", "iso", "ploop"};
constexpr std::array<std::string_view, 8> kContainerFormats{"ami", "ari", "aki",    "bare",
                                                            "ovf", "ova", "docker", "compressed"};
constexpr std::size_t kMaxText = 255;
constexpr std::size_t kMaxPropertyBytes = 64 * 1024;

[[noreturn]] void wrong(const std::string& name, const json& value, std::string_view expected) {
    throw Fault(Errc::bad_request,
                "Provided object does not match schema 'image': {} is not valid for '{}': expected {}",
                value.dump(-1, ' ', false, json::error_handler_t::replace).substr(0, 200), name, expected);
}

std::string text_of(const std::string& name, const json& value, bool may_be_null = true) {
    if (value.is_null() && may_be_null) return "";
    if (!value.is_string()) wrong(name, value, "text");
    const auto& text = value.get_ref<const std::string&>();
    if (text.size() > kMaxText * 4) wrong(name, text.substr(0, 40) + "…", "at most 255 characters");
    return text;
}

bool flag_of(const std::string& name, const json& value) {
    if (!value.is_boolean()) wrong(name, value, "true or false");
    return value.get<bool>();
}

std::int64_t number_of(const std::string& name, const json& value) {
    if (!value.is_number_integer() || value.get<double>() < 0 || value.get<double>() > 2147483647)
        wrong(name, value, "a whole number from 0 to 2147483647");
    return value.get<std::int64_t>();
}

template <std::size_t N>
std::string format_of(const Image& image, const std::string& name, const json& value,
                      const std::array<std::string_view, N>& known) {
    if (image.status != Status::queued)
        throw Fault(Errc::forbidden, "Attribute {} can be only replaced for a queued image.", name);
    const auto format = text_of(name, value);
    if (!format.empty() && std::find(known.begin(), known.end(), format) == known.end())
        throw Fault(Errc::bad_request, "Invalid {} '{}' for image.", name, format);
    return format;
}

std::set<std::string> tags_of(const json& value) {
    if (!value.is_array()) wrong("tags", value, "a list of text");
    std::set<std::string> tags;
    for (const auto& tag : value) {
        if (!tag.is_string() || tag.get_ref<const std::string&>().size() > kMaxText)
            wrong("tags", tag, "text of at most 255 bytes");
        tags.insert(tag.get<std::string>());
    }
    return tags;
}

void set_property(Image& image, const std::string& name, const json& value) {
    if (!value.is_string() || value.get_ref<const std::string&>().size() > kMaxPropertyBytes)
        wrong(name, value, "text");
    if (name.starts_with("os_glance")) throw Fault(Errc::forbidden, "Attribute '{}' is reserved.", name);
    if (name.empty() || name.size() > kMaxText) throw Fault(Errc::bad_request, "A property's name has 1 to 255 bytes.");
    image.properties[name] = value.get<std::string>();
}

}  // namespace

bool has_attribute(const Image& image, const std::string& name) {
    return is_base_attribute(name) || image.properties.contains(name);
}

void set_attribute(const api::Call& call, Image& image, const std::string& name, const json& value) {
    if (is_read_only(name)) throw Fault(Errc::forbidden, "Attribute '{}' is read-only.", name);
    if (name == "name") {
        image.name = text_of(name, value);
    } else if (name == "visibility") {
        const auto visibility =
            value.is_string() ? store::enum_value<Visibility>(value.get_ref<const std::string&>()) : std::nullopt;
        if (!visibility) wrong(name, value, "community, public, private or shared");
        image.visibility = *visibility;
    } else if (name == "protected") {
        image.is_protected = flag_of(name, value);
    } else if (name == "os_hidden") {
        image.hidden = flag_of(name, value);
    } else if (name == "min_disk") {
        image.min_disk_gib = number_of(name, value);
    } else if (name == "min_ram") {
        image.min_ram_mib = number_of(name, value);
    } else if (name == "tags") {
        image.tags = tags_of(value);
    } else if (name == "disk_format") {
        image.disk_format = format_of(image, name, value, kDiskFormats);
    } else if (name == "container_format") {
        image.container_format = format_of(image, name, value, kContainerFormats);
    } else if (name == "owner") {
        const auto owner = text_of(name, value);
        if (owner != image.owner && !call.actor().is_admin())
            throw Fault(Errc::forbidden, "You are not permitted to create images owned by '{}'", owner);
        image.owner = owner;
    } else if (name == "id") {
        throw Fault(Errc::forbidden, "Attribute 'id' is read-only.");
    } else {
        set_property(image, name, value);
    }
}

void remove_attribute(Image& image, const std::string& name) {
    if (is_read_only(name)) throw Fault(Errc::forbidden, "Attribute '{}' is read-only.", name);
    if (is_base_attribute(name)) throw Fault(Errc::forbidden, "Property {} may not be removed.", name);
    if (image.properties.erase(name) == 0) throw Fault(Errc::conflict, "Property {} does not exist.", name);
}

void check_whole(const api::Call& call, const Image& before, const Image& after) {
    const auto& settings = call.module<Settings>();
    if (before.visibility != after.visibility && after.visibility == Visibility::is_public)
        require(call, "publicize_image", target_of(after));
    if (before.visibility != after.visibility && after.visibility == Visibility::community)
        require(call, "communitize_image", target_of(after));
    if (after.properties.size() > settings.max_properties)
        throw Fault(Errc::too_large,
                    "The limit has been exceeded on the number of allowed image properties. Attempted: {}, Maximum: {}",
                    after.properties.size(), settings.max_properties);
    if (after.tags.size() > settings.max_tags)
        throw Fault(Errc::too_large,
                    "The limit has been exceeded on the number of allowed image tags. Attempted: {}, Maximum: {}",
                    after.tags.size(), settings.max_tags);
}

}  // namespace cumulet::compute::images
