-- How files of versions 7 to 10, which are read as they are, answer as those of version 11: temporary tables for what they
-- lack, for their samples had no labels but those of their classes, and a temporary view in place of the table that has changed.

create temp table labelling (labelling_id integer, dataset_id integer, name text, source text, created_at text);
create temp table sample_label (sample_label_id integer, labelling_id integer, sample_id integer, class_id integer);

create temp view if not exists class as
select *, null as labelling_id from main.class;
