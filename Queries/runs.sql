-- Question: Which runs does the warehouse hold, and how accurate was each?
-- Keywords: networks, models, overview, list, contents
-- Place: 10
-- Columns: run, model, state, dataset, perturbation, n_samples, n_ingested, accuracy, mean_loss, n_foreign,
--   n_unlabelled, bitsets, completed_at

select run, model, state, dataset, perturbation, n_samples, n_ingested, accuracy, mean_loss, n_foreign, n_unlabelled,
  bitsets, completed_at
from runs
order by run_id;
