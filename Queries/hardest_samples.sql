-- Question: Which samples does the network find hardest, wrong or not?
-- Notes: by loss, the cross-entropy against the sample's own class, in nats; samples whose class is no output of the
--   network have none, and are left out.
-- Keywords: difficult, loss, hard
-- :run text of run.name = the newest complete clean run of a trained network; the run's name
-- :class text of class.name = all classes; the class's name
-- :limit int = 10; samples shown
-- Place: 200
-- Columns: run, sample, class, predicted, confidence, loss

select run, sample, class, predicted, confidence, loss
from predictions
where run = coalesce(:run, (select run from default_run))
  and loss is not null
  and (:class is null or class = :class)
order by loss desc, position
limit coalesce(:limit, 10);
