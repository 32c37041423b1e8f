#include "identity/keystone_import/writer.hpp"

namespace cumulet::identity::keystone_import {

store::Transaction& Writer::transaction() {
    if (!transaction_) transaction_.emplace(engine_, store::Cause{.time = clock_.now(), .operation = "import"});
    return *transaction_;
}

void Writer::flush() {
    // In a dry run everything stays in one transaction, so that later rows meet earlier ones.
    if (!transaction_ || report_.dry_run) return;
    if (waiting_ > 0 && !store::went_through(transaction_->commit_and_wait()))
        throw store::StoreError("somebody else writes to the store during the import");
    transaction_.reset();
    waiting_ = 0;
}

}  // namespace cumulet::identity::keystone_import
