-- How files of versions 7 to 15, which are read as they are, answer as those of version 16: a temporary table for the index that
-- they lack, and, in place of the maps' table, a view with the column that it lacks.

create temp table activation_index (activation_index_id integer, run_id integer, layer_id integer, neuron integer,
  n_samples integer, first_position integer, last_position integer, edges blob, codes blob, checksum integer);
create temp view if not exists embedding_method as
select *, cast(null as text) as plane from main.embedding_method;
