-- Question: Which samples have a pattern that fits another class better than their own?
-- Notes: margin is the log-likelihood of the sample's bitset under the class that fits best less that under its own, in
--   nats; a sample is left out of its own class's profile. Samples without a label have no own class.
-- Keywords: atypical, outliers, odd, unusual
-- :run text of run.name = the newest complete clean run of a trained network; the run's name
-- :layer text of layer.name = the run's last layer; the layer's name
-- :limit int = 10; samples shown
-- Place: 270
-- Columns: run, layer, sample, class, fits, predicted, margin

select run, layer, sample, class, fits, predicted, log_likelihood_fit - log_likelihood as margin
from likelihoods
where run = coalesce(:run, (select run from default_run))
  and layer = coalesce(:layer, (
    select layer from layers where run = coalesce(:run, (select run from default_run)) order by position desc limit 1))
  and profile_run_id = run_id and kind = 'interaction' and not fits_own_class
order by margin desc, position
limit coalesce(:limit, 10);
