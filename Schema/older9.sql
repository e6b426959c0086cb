-- How files of versions 7 to 9, which are read as they are, answer as those of version 11: temporary views in place of the
-- tables that have changed since. A network had as many outputs then as its data sets had classes, and each was the class of
-- its position. The ids of outputs are made up, and negative.

create temp view model as
select *, null as class_list from main.model;

create temp view class as
select class_id, dataset_id, position, key, name, null as model_id, null as labelling_id from main.class
union all
select -(own.model_id * 4294967296 + class.position + 1), null, class.position, 'output ' || class.position,
  'output ' || class.position, own.model_id, null
from (select model_id, min(run_id) as run_id from main.run group by model_id) as own
join main.run using (run_id)
join main.class on class.dataset_id = run.dataset_id;

create temp view class_output as
select null as class_output_id, class.class_id, -(pair.model_id * 4294967296 + class.position + 1) as output_id
from (select distinct model_id, dataset_id from main.run) as pair
join main.class on class.dataset_id = pair.dataset_id;
