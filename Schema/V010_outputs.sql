-- Version 10: what a network says apart from what a data set is labelled with. A model has outputs, which are classes of
-- its own; a class of a data set may be one of them, samples may have no class, and where there is no right answer
-- nothing is said of it. README.md documents every column.

-- Where the outputs' keys and names are from; null where they are known by position alone.
alter table model add column class_list text;

-- A class is a data set's, or an output of a model.
alter table class add column model_id integer references model (model_id) on delete cascade
  check ((model_id is null) <> (dataset_id is null));

-- Which output of a model says which class of a data set.
create table class_output (
  class_output_id integer primary key,
  class_id integer not null references class (class_id) on delete cascade,
  output_id integer not null references class (class_id) on delete cascade,
  unique (output_id, class_id)
) strict;
create index class_output_class on class_output (class_id);

-- Definitions alone change here, no row: https://sqlite.org/lang_altertable.html#otheralter says how.
pragma writable_schema = on;
update sqlite_master set sql = case name
  when 'class' then replace(sql, 'dataset_id integer not null', 'dataset_id integer')
  when 'sample' then replace(sql, 'class_id integer not null', 'class_id integer')
  else replace(replace(sql, 'loss real not null', 'loss real'), 'correct integer not null', 'correct integer')
end
where type = 'table' and name in ('class', 'sample', 'prediction');
-- SQLite reads the definitions again, and refuses what it cannot read.
pragma writable_schema = reset;

create unique index output_position on class (model_id, position) where model_id is not null;
create unique index output_key on class (model_id, key) where model_id is not null;

-- Until now a network had as many outputs as its data sets had classes, and each was the class of its position.
insert into class (model_id, position, key, name)
select own.model_id, class.position, 'output ' || class.position, 'output ' || class.position
from (select model_id, min(run_id) as run_id from run group by model_id) as own
join run using (run_id)
join class on class.dataset_id = run.dataset_id
order by own.model_id, class.position;
insert into class_output (class_id, output_id)
select class.class_id, output.class_id
from (select distinct model_id, dataset_id from run) as pair
join class on class.dataset_id = pair.dataset_id
join class as output on output.model_id = pair.model_id and output.position = class.position
order by class.class_id, output.class_id;
