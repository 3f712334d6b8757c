// GDPR FORGET: erasure of a data subject.
#include "rights/erasure.h"
#include "rights/rights.h"

namespace allod::rights {

Result<std::vector<Erasure>> Forget(const ownership::Graph& graph, const SubjectKey& subject,
                                    engine::Transaction& transaction, ExecContext* context, bool dry_run) {
  ErasurePlan plan(graph, transaction, context, !dry_run);
  ALLOD_ASSIGN_OR_RETURN(bool exists, plan.Decide(subject));
  if (!exists) return std::vector<Erasure>{};
  if (!dry_run) {
    // Whatever the commit's orphan check could object to must be seen by it.
    if (graph.full_watch() != nullptr) transaction.SetWatch(graph.full_watch());
    ALLOD_RETURN_IF_ERROR(plan.Apply());
  }
  return plan.Counts();
}

}  // namespace allod::rights
