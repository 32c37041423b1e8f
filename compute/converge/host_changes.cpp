#include "compute/converge/host_changes.hpp"

#include <algorithm>

#include "common/store/partial_row.hpp"
#include "common/store/transaction.hpp"
#include "compute/model/server.hpp"

namespace cumulet::compute::converge {

namespace {

constexpr std::size_t kRecentPerHost = 4096;
constexpr std::size_t kBatch = 32;  // an entry of a thousand servers is some megabytes

bool is_network_collection(std::string_view collection) {
    static const std::set<std::string_view> kNames{
        "network", "subnet", "port", "router", "floating_ip", "security_group", "security_group_rule"};
    return kNames.contains(collection);
}

}  // namespace

HostChanges::HostChanges(store::Engine& engine) : engine_(engine) {
    started_ = position_ = network_changed_ = engine.last_revision();
}

void HostChanges::note_server(const std::string& host, const std::string& server_id, store::Revision revision) {
    if (host.empty()) return;
    auto [found, fresh] = hosts_.try_emplace(host);
    auto& of = found->second;
    if (fresh) of.complete_after = started_;
    if (of.recent.empty() || of.recent.back() != std::pair{revision, server_id})
        of.recent.emplace_back(revision, server_id);
    while (of.recent.size() > kRecentPerHost) {
        of.complete_after = of.recent.front().first;
        of.recent.pop_front();
    }
    news_.hosts.insert(host);
}

void HostChanges::catch_up() {
    if (engine_.last_revision() == position_) return;
    while (true) {
        std::vector<store::ChangeEntry> entries;
        try {
            entries = store::read_changes(engine_, position_, kBatch);
        } catch (const store::StoreError&) {
            // The log was trimmed past us: nobody can be told what changed, everybody asks for everything.
            started_ = position_ = network_changed_ = engine_.last_revision();
            hosts_.clear();
            return;
        }
        for (const auto& entry : entries) {
            position_ = std::max(position_, entry.revision);
            for (const auto& change : entry.changes) {
                if (change.collection == "server") {
                    for (const auto* row : {&change.before, &change.after}) {
                        if (row->empty()) continue;
                        const auto server = store::decode_row_partly(*row, &Server::id, &Server::host);
                        note_server(server.host, server.id, entry.revision);
                    }
                } else if (is_network_collection(change.collection)) {
                    network_changed_ = entry.revision;
                    news_.network = true;
                }
            }
        }
        if (entries.size() < kBatch) break;
    }
    news_.up_to = position_;
}

HostChanges::Since HostChanges::since(const std::string& host, store::Revision revision) {
    std::lock_guard lock(mutex_);
    catch_up();
    // A revision from the future was told before the store was set back to a backup.
    Since answer{.known = revision >= started_ && revision > 0 && revision <= position_, .up_to = position_};
    answer.network = network_changed_ > revision;
    auto found = hosts_.find(host);
    if (found == hosts_.end()) return answer;
    const auto& of = found->second;
    if (revision < of.complete_after) answer.known = false;
    if (!answer.known) return answer;
    auto first = std::upper_bound(of.recent.begin(), of.recent.end(), revision,
                                  [](store::Revision after, const auto& each) { return after < each.first; });
    std::set<std::string> ids;
    for (; first != of.recent.end(); ++first) ids.insert(first->second);
    answer.servers.assign(ids.begin(), ids.end());
    return answer;
}

HostChanges::News HostChanges::take_news() {
    std::lock_guard lock(mutex_);
    catch_up();
    News news;
    std::swap(news, news_);
    news.up_to = position_;
    return news;
}

}  // namespace cumulet::compute::converge
