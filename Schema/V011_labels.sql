-- Version 11: labels of the user's own. A labelling says of samples of a data set what they are in some other respect than
-- their class; runs are measured by it as by their classes. README.md documents every column.

create table labelling (
  labelling_id integer primary key,
  dataset_id integer not null references dataset (dataset_id) on delete cascade,
  name text not null check (
    name <> '' and name not in ('true', 'permuted', 'predicted', 'assigned') and name not like 'permuted %'),
  source text not null,
  created_at text not null,
  unique (dataset_id, name)
) strict;

-- A class is a data set's, an output of a model, or a value of a labelling.
alter table class add column labelling_id integer references labelling (labelling_id) on delete cascade;

create table sample_label (
  sample_label_id integer primary key,
  labelling_id integer not null references labelling (labelling_id) on delete cascade,
  sample_id integer not null references sample (sample_id) on delete cascade,
  class_id integer not null references class (class_id) on delete cascade,
  unique (labelling_id, sample_id)
) strict;
create index sample_label_sample on sample_label (sample_id);
create index sample_label_class on sample_label (class_id);

-- Definitions alone change here, no row: https://sqlite.org/lang_altertable.html#otheralter says how.
pragma writable_schema = on;
update sqlite_master set sql = case name
  when 'class' then replace(sql, 'check ((model_id is null) <> (dataset_id is null))',
    'check ((dataset_id is not null) + (model_id is not null) + (labelling_id is not null) = 1)')
  else replace(sql, 'check (grouping in (''true'', ''permuted'', ''predicted'', ''assigned''))', 'check (grouping <> '''')')
end
where type = 'table' and name in ('class', 'class_profile', 'entropy', 'divergence');
-- SQLite reads the definitions again, and refuses what it cannot read.
pragma writable_schema = reset;

create unique index label_position on class (labelling_id, position) where labelling_id is not null;
create unique index label_key on class (labelling_id, key) where labelling_id is not null;
