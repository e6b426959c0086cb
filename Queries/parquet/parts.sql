-- Question: Is every run here with all of its parts and samples?
-- Notes: measures of a run that is not whole are of what is here. Samples that were unreadable are in the folder's table of
--   that name.
-- Columns: run, n_parts, shard_count, n_samples, n_predicted, state

select run, n_parts, shard_count, n_samples, n_predicted, state from run_parts order by run;
