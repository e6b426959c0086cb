-- Question: How does a run do on the samples of each of your own labels, and on all the others?
-- Notes: low and high are Wilson's 95 % interval of the accuracy; others is the accuracy on the labelled samples with other
--   labels. Samples without a right answer are not counted in n_samples. engram-ingest label attaches labels.
-- Keywords: subgroups, cohorts, fairness, accuracy by label
-- :run text of run.name = the newest complete clean run of a trained network; the run's name
-- :labels text of labelling.name = all labels; what the labels are called
-- Place: 346
-- Columns: run, labels, label, n_samples, accuracy, low, high, others, difference, mean_confidence, mean_loss

with slice as (
  select run, labels.grouping, label_position, label, count(predictions.correct) as n, sum(predictions.correct) as correct,
    avg(confidence) as mean_confidence, avg(loss) as mean_loss
  from predictions join labels using (sample_id)
  where run = coalesce(:run, (select run from default_run))
    and (:labels is null or labels.grouping = :labels)
  group by run, labels.grouping, label_position, label),
rated as (
  select *, cast(correct as double) / nullif(n, 0) as accuracy,
    cast(sum(correct) over (partition by run, grouping) - correct as double)
      / nullif(sum(n) over (partition by run, grouping) - n, 0) as others
  from slice)
select run, grouping as labels, label, n as n_samples, accuracy,
  (accuracy + 1.9208 / n - 1.96 * sqrt((accuracy * (1 - accuracy) + 0.9604 / n) / n)) / (1 + 3.8416 / n) as low,
  (accuracy + 1.9208 / n + 1.96 * sqrt((accuracy * (1 - accuracy) + 0.9604 / n) / n)) / (1 + 3.8416 / n) as high,
  others, accuracy - others as difference, mean_confidence, mean_loss
from rated
order by grouping, label_position;
