-- Question: Which samples were predicted wrong with the highest confidence?
-- Notes: samples whose class is no output of the network, or that have no label, cannot be wrong.
-- Keywords: errors, wrong, overconfident, misclassified, failures
-- :run text of run.name = the newest complete clean run of a trained network; the run's name
-- :limit int = 10; samples shown
-- Place: 70
-- Columns: run, sample, class, predicted, confidence, loss

select run, sample, class, predicted, confidence, loss
from predictions
where run = coalesce(:run, (select run from default_run))
  and correct = 0
order by confidence desc, position
limit coalesce(:limit, 10);
