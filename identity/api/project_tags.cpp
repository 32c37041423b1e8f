// Tags of projects.
#include "identity/api/support.hpp"
#include "identity/api/tables.hpp"
#include "identity/model/resource_rules.hpp"

namespace cumulet::identity {
namespace {

constexpr std::size_t kMostTags = 80;
constexpr std::size_t kLongestTag = 255;

Project project_of(Call& call, Transaction& txn) { return require_project(txn, call.path("project_id")); }

Reply list_tags(Call& call, Transaction& txn) {
    return Reply::ok(
        {{"tags", project_of(call, txn).tags},
         {"links", {{"next", nullptr}, {"self", call.base_url() + call.request().target}, {"previous", nullptr}}}});
}

Reply replace_tags(Call& call, Transaction& txn) {
    auto before = project_of(call, txn);
    auto project = before;
    project.tags.clear();
    for (const auto& tag : call.body()["tags"]) project.tags.insert(tag.get<std::string>());
    update_project(txn, before, project);
    return Reply::ok({{"tags", project.tags}, {"links", {{"self", call.base_url() + call.request().target}}}});
}

Reply clear_tags(Call& call, Transaction& txn) {
    auto before = project_of(call, txn);
    auto project = before;
    project.tags.clear();
    update_project(txn, before, project);
    return Reply::no_content();
}

Reply check_tag(Call& call, Transaction& txn) {
    if (!project_of(call, txn).tags.contains(call.path("tag"))) throw not_found("project tag", call.path("tag"));
    return Reply::no_content();
}

Reply add_tag(Call& call, Transaction& txn) {
    const auto& tag = call.path("tag");
    if (tag.empty() || tag.size() > kLongestTag || tag.find(',') != std::string::npos ||
        tag.find('/') != std::string::npos)
        throw Fault(Errc::bad_request,
                    "Invalid input for field 'tags': a tag has 1 to {} characters and no ',' or '/'.", kLongestTag);
    auto before = project_of(call, txn);
    auto project = before;
    project.tags.insert(tag);
    if (project.tags.size() > kMostTags)
        throw Fault(Errc::bad_request, "Invalid input for field 'tags': a project has at most {} tags.", kMostTags);
    update_project(txn, before, project);
    return Reply::empty(201);
}

Reply remove_tag(Call& call, Transaction& txn) {
    auto before = project_of(call, txn);
    auto project = before;
    if (project.tags.erase(call.path("tag")) == 0) throw not_found("project tag", call.path("tag"));
    update_project(txn, before, project);
    return Reply::no_content();
}

constexpr Schema kTags{
    R"({"type": "object", "required": ["tags"], "properties": {"tags": {"type": "array", "maxItems": 80,
    "items": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[^,/]*$"}}}})"};

constexpr Endpoint kEndpoints[] = {
    {.method = Method::get,
     .path = "/v3/projects/{project_id}/tags",
     .policy = Policy("identity:list_project_tags", kReadProject, kAnyScope),
     .target = path_target,
     .summary = "List the tags of a project.",
     .handle = list_tags},
    {.method = Method::put,
     .path = "/v3/projects/{project_id}/tags",
     .policy = Policy("identity:update_project_tags", kManageProject, kAnyScope),
     .target = path_target,
     .body = kTags,
     .summary = "Replace the tags of a project.",
     .handle = replace_tags},
    {.method = Method::del,
     .path = "/v3/projects/{project_id}/tags",
     .policy = Policy("identity:delete_project_tags", kManageProject, kAnyScope),
     .target = path_target,
     .success = 204,
     .summary = "Remove every tag of a project.",
     .handle = clear_tags},
    {.method = Method::get,
     .path = "/v3/projects/{project_id}/tags/{tag}",
     .policy = Policy("identity:get_project_tag", kReadProject, kAnyScope),
     .target = path_target,
     .success = 204,
     .summary = "Check whether a project has a tag.",
     .handle = check_tag},
    {.method = Method::put,
     .path = "/v3/projects/{project_id}/tags/{tag}",
     .policy = Policy("identity:create_project_tag", kManageProject, kAnyScope),
     .target = path_target,
     .body = api::kNoBody,
     .success = 201,
     .summary = "Add a tag to a project.",
     .handle = add_tag},
    {.method = Method::del,
     .path = "/v3/projects/{project_id}/tags/{tag}",
     .policy = Policy("identity:delete_project_tag", kManageProject, kAnyScope),
     .target = path_target,
     .success = 204,
     .summary = "Remove a tag of a project.",
     .handle = remove_tag},
};

}  // namespace

api::EndpointTable project_tag_endpoints() { return kEndpoints; }

}  // namespace cumulet::identity
