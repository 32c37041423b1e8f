#include "toy_service.hpp"

#include "common/api/stream.hpp"
#include "common/store/transaction.hpp"

namespace cumulet::api::test {

struct Note {
    std::string id, name, project_id;
    std::int64_t version = 0;
};

}  // namespace cumulet::api::test

namespace cumulet::store {

template <>
struct Describe<api::test::Note> {
    using Note = api::test::Note;
    static constexpr std::string_view collection = "note";
    static constexpr int version = 1;
    static constexpr auto key = List{&Note::id};
    static constexpr auto fields = List{field("id", &Note::id), field("name", &Note::name),
                                        field("project_id", &Note::project_id), field("version", &Note::version)};
    static constexpr auto indexes = List{unique("name", &Note::project_id, &Note::name)};
};

}  // namespace cumulet::store

namespace cumulet::api::test {

namespace {

nlohmann::json shown(const Note& note) { return {{"id", note.id}, {"name", note.name}, {"version", note.version}}; }

Reply root(Call&, store::Transaction&) { return Reply::ok({{"versions", nlohmann::json::array()}}); }

Reply list_notes(Call& call, store::Transaction& txn) {
    const auto page = page_request(call, 2);
    auto list = nlohmann::json::array();
    for (const auto& note : txn.scan<Note>({.limit = page.limit})) list.push_back(shown(note));
    nlohmann::json body{{"notes", list}};
    if (list.size() == page.limit && !list.empty())
        body["notes_links"] = {{{"rel", "next"}, {"href", next_link(call, list.back()["id"].get<std::string>())}}};
    return Reply::ok(body);
}

Note existing(Call& call, store::Transaction& txn) {
    auto note = txn.get<Note>(call.path("note_id"));
    if (!note || note->project_id != call.actor().project_id)
        throw Fault(Errc::not_found, "Note {} could not be found.", call.path("note_id"));
    return *note;
}

Reply show_note(Call& call, store::Transaction& txn) { return Reply::ok({{"note", shown(existing(call, txn))}}); }

Reply create_note(Call& call, store::Transaction& txn) {
    const auto& wanted = call.body()["note"];
    Note note{
        .id = wanted.value("id", call.random().uuid()), .name = wanted["name"], .project_id = call.actor().project_id};
    txn.put(note, "created");
    return Reply::accepted({{"note", shown(note)}});
}

Reply touch_note(Call& call, store::Transaction& txn) {
    Note note = existing(call, txn);
    if (call.query_bool("race").value_or(false) && call.module<int>() > 0) {
        // Somebody else is quicker, a few times.
        --call.module<int>();
        store::transact(call.module<store::Engine>(), store::Cause{}, [&](store::Transaction& other) {
            Note same = *other.get<Note>(note.id);
            ++same.version;
            other.put(same, "raced");
        });
    }
    ++note.version;
    txn.put(note, "touched");
    return Reply::ok(shown(note));
}

Reply bump_note(Call& call, store::Transaction& txn) {
    Note note = existing(call, txn);
    ++note.version;
    txn.put(note, "bumped");
    return Reply::no_content();
}

Reply delete_note(Call& call, store::Transaction& txn) {
    txn.erase(existing(call, txn), "deleted");
    return Reply::no_content();
}

http::Task<Reply> streamed_bump(StreamCall& call) {
    co_await call.skip_body();
    co_await call.transact([&](store::Transaction& txn) { bump_note(call, txn); });
    co_return Reply::no_content();
}

constexpr StreamHandle kStreamedBump{streamed_bump};

Reply tail(Call& call, store::Transaction&) { return Reply::text(200, call.path("object"), "text/plain"); }
Reply newer(Call& call, store::Transaction&) { return Reply::ok({{"minor", call.version().minor}}); }
Reply broken(Call&, store::Transaction&) { throw std::runtime_error("the secret is 1234"); }
Reply store_down(Call&, store::Transaction&) { throw store::StoreError("disk gone"); }
Reply careless(Call&, store::Transaction&) { return Reply::no_content(); }

Reply careful(Call& call, store::Transaction&) {
    call.enforce("toy:careful", {{"owner", call.path("owner")}});
    return Reply::no_content();
}

http::Task<Reply> upload(StreamCall& call) {
    std::size_t total = 0;
    std::string buffer(4, '\0');
    for (std::size_t got = 1; got > 0; total += got) got = co_await call.body_stream().read(buffer);
    std::string id = call.path("note_id");
    auto write = [&](store::Transaction& txn) {
        txn.put(Note{.id = id, .name = "uploaded", .project_id = "p1", .version = static_cast<std::int64_t>(total)},
                "uploaded");
    };
    co_await call.transact(write);
    co_return Reply::ok({{"bytes", total}});
}

constexpr StreamHandle kUpload{upload};

http::Task<Reply> read_aloud(StreamCall& call) { co_return Reply::ok({{"voice", call.body()["read_aloud"]["voice"]}}); }

constexpr StreamHandle kReadAloud{read_aloud};
constexpr Schema kReadAloudBody{
    R"({"type": "object", "properties": {"read_aloud": {"type": "object", "required": ["voice"],
    "properties": {"voice": {"type": "string"}}}}})"};

constexpr Schema kNoteBody{R"({
    "type": "object", "required": ["note"], "additionalProperties": false,
    "properties": {"note": {"type": "object", "required": ["name"], "additionalProperties": false, "properties": {
        "id": {"type": "string", "format": "uuid"},
        "name": {"type": "string", "minLength": 1, "maxLength": 20, "pattern": "^[^/]*$"},
        "tags": {"type": "array", "items": {"type": "string"}, "x-since": "2.10"}}}}})"};
constexpr Schema kTouchBody{R"({"type": "object", "properties": {"touch": {"type": "null"}}})"};

constexpr Policy kRead{"toy:read", "rule:project_reader_or_admin"};
constexpr Policy kWrite{"toy:write", "rule:project_member_or_admin"};
constexpr Policy kOwn{"toy:careful", "user_id:%(owner_user)s or project_id:%(owner)s"};

}  // namespace

using M = http::Method;

const std::vector<Endpoint> kToyEndpoints = {
    {.method = M::get, .path = "/", .policy = Policy::open(), .summary = "Versions.", .handle = root},
    {.method = M::get, .path = "/v2.1/notes", .policy = kRead, .summary = "List.", .handle = list_notes},
    {.method = M::post,
     .path = "/v2.1/notes",
     .policy = kWrite,
     .body = kNoteBody,
     .summary = "Create.",
     .handle = create_note},
    {.method = M::get, .path = "/v2.1/notes/{note_id}", .policy = kRead, .summary = "Show.", .handle = show_note},
    {.method = M::del,
     .path = "/v2.1/notes/{note_id}",
     .policy = kWrite,
     .success = 204,
     .summary = "Delete.",
     .handle = delete_note},
    {.method = M::post,
     .path = "/v2.1/notes/{note_id}/bump",
     .policy = kWrite,
     .body = kNoBody,
     .success = 204,
     .summary = "Bump.",
     .handle = bump_note},
    {.method = M::post,
     .path = "/v2.1/notes/{note_id}/streamed-bump",
     .policy = kWrite,
     .success = 204,
     .summary = "Bump, as a stream.",
     .stream = &kStreamedBump},
    {.method = M::post,
     .path = "/v2.1/notes/{note_id}/action",
     .action = "touch",
     .policy = kWrite,
     .body = kTouchBody,
     .summary = "Touch.",
     .handle = touch_note},
    {.method = M::post,
     .path = "/v2.1/notes/{id}/action",
     .action = "age",
     .since = {2, 5},
     .policy = kWrite,
     .body = Schema{"{}"},
     .summary = "Age.",
     .handle = newer},
    {.method = M::post,
     .path = "/v2.1/notes/{note_id}/action",
     .action = "read_aloud",
     .policy = kWrite,
     .body = kReadAloudBody,
     .summary = "Read aloud.",
     .stream = &kReadAloud},
    {.method = M::put,
     .path = "/v2.1/notes/{note_id}/file",
     .policy = kWrite,
     .summary = "Upload.",
     .stream = &kUpload},
    {.method = M::get,
     .path = "/v2.1/newer",
     .since = {2, 5},
     .until = {2, 20},
     .policy = kRead,
     .summary = "New.",
     .handle = newer},
    {.method = M::get, .path = "/v2.1/files/{bucket}/{object*}", .policy = kRead, .summary = "Tail.", .handle = tail},
    {.method = M::get, .path = "/v2.1/broken", .policy = kRead, .summary = "Throws.", .handle = broken, .heavy = true},
    {.method = M::get, .path = "/v2.1/down", .policy = kRead, .summary = "No store.", .handle = store_down},
    {.method = M::get,
     .path = "/v2.1/careless",
     .policy = Policy{"toy:careless", "user_id:%(target.owner)s"},
     .summary = "Forgets its rule.",
     .handle = careless},
    {.method = M::get, .path = "/v2.1/careful/{owner}", .policy = kOwn, .summary = "Asks its rule.", .handle = careful},
    {.method = M::get, .path = "/internal", .policy = Policy::trusted_peer(), .summary = "For agents.", .handle = root},
};

ServiceDescription toy_description() {
    ServiceDescription description;
    description.name = "toy";
    description.tables = {kToyEndpoints};
    description.fault = nova_fault;
    description.microversions = {.type = "compute",
                                 .min = {2, 1},
                                 .max = {2, 93},
                                 .legacy_header = "X-OpenStack-Nova-API-Version",
                                 .path_prefix = "/v2.1"};
    description.request_id_headers = {"x-openstack-request-id", "x-compute-request-id"};
    description.max_body_bytes = 1 << 20;
    return description;
}

namespace {

auth::Context actor(std::vector<std::string> roles, Timestamp expires) {
    auth::Context who;
    who.user_id = "u1";
    who.project_id = "p1";
    who.roles = std::move(roles);
    who.expires_at = expires;
    return who;
}

}  // namespace

Toy::Toy(ServiceDescription description, std::unique_ptr<store::Engine> engine_of_its_own)
    : engine(std::move(engine_of_its_own)) {
    const auto later = clock.now() + std::chrono::hours(1);
    validator = auth::make_fixed_validator({{"member", actor({"member", "reader"}, later)},
                                            {"reader", actor({"reader"}, later)},
                                            {"old", actor({"admin"}, clock.now() - std::chrono::hours(1))}});
    policy = std::make_unique<auth::PolicyEngine>(policy_rules(description.tables));
    static int races = 3;
    races = 3;
    Modules modules;
    modules.add(races);
    modules.add(*engine);
    service = std::make_unique<Service>(std::move(description), ServiceParts{.engine = *engine,
                                                                             .clock = clock,
                                                                             .random = random,
                                                                             .workers = workers,
                                                                             .validator = validator.get(),
                                                                             .policy = policy.get(),
                                                                             .metrics = &metrics,
                                                                             .modules = modules});
}

http::Response Toy::request(http::Method method, const std::string& target, const std::string& body,
                            std::vector<std::pair<std::string, std::string>> headers, const std::string& token) {
    http::Request request;
    request.method = method;
    request.target = target;
    if (!token.empty()) request.headers.set("X-Auth-Token", token);
    if (!body.empty()) request.headers.set("Content-Type", "application/json");
    request.headers.set("Host", "cloud:8774");
    for (auto& [name, value] : headers) request.headers.set(name, value);
    return service->call(std::move(request), body);
}

std::string text_of(const http::Response& response) { return std::get<std::string>(response.body); }
nlohmann::json json_of(const http::Response& response) { return nlohmann::json::parse(text_of(response)); }

}  // namespace cumulet::api::test
