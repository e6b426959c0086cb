-- Question: Which samples look mislabelled: predicted as another class that their pattern fits better?
-- Notes: margin is the log-likelihood of the sample's bitset under the predicted class less that under its own,
--   in nats; a sample is left out of its own class's profile. Samples whose class is no output of the network cannot be
--   predicted wrong, and are left out.
-- Keywords: mislabelled, mislabeled, wrong label, label noise, label errors
-- :run text of run.name = the newest complete clean run of a trained network; the run's name
-- :layer text of layer.name = the run's last layer; the layer's name
-- :confidence real = 0.5; the least confidence of the prediction
-- :limit int = 10; samples shown
-- Place: 280
-- Columns: run, layer, sample, class, predicted, confidence, margin

select run, layer, sample, class, predicted, confidence, log_likelihood_predicted - log_likelihood as margin
from likelihoods
where run = coalesce(:run, (select run from default_run))
  and layer = coalesce(:layer, (
    select layer from layers where run = coalesce(:run, (select run from default_run)) order by position desc limit 1))
  and profile_run_id = run_id and kind = 'interaction' and not correct
  and confidence >= coalesce(:confidence, 0.5) and log_likelihood_predicted > log_likelihood
order by confidence desc, position
limit coalesce(:limit, 10);
