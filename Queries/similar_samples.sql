-- Question: Which samples make the same interactions significant as a given sample?
-- Notes: jaccard is the share of the interactions significant in either sample that are so in both.
-- Keywords: neighbors, neighbours, jaccard, alike, duplicates
-- :run text of run.name = the newest complete clean run of a trained network; the run's name
-- :layer text of layer.name = the run's last layer; the layer's name
-- :sample text of sample.key = the run's first sample; the sample's key
-- :limit int = 10; samples shown
-- Needs: the engram functions (engram-query has them; elsewhere load libengram0)
-- Place: 190
-- Columns: run, layer, sample, class, n_significant, jaccard

with chosen as (
  select run_id, run, layer_id, layer
  from layers
  where run = coalesce(:run, (select run from default_run))
    and layer = coalesce(:layer, (
    select layer from layers where run = coalesce(:run, (select run from default_run)) order by position desc limit 1))),
named as (
  select chosen.run_id, chosen.layer_id, sample_id
  from chosen join significance using (run_id, layer_id) join sample using (sample_id)
  where :sample is null or sample.key = :sample
  order by sample.position limit 1),
given as materialized (
  select sample_id, bits from named join bitset using (run_id, layer_id, sample_id))
select chosen.run, chosen.layer, sample.key as sample, class.name as class, other.n_significant,
  engram_jaccard(other.bits, given.bits) as jaccard
from chosen
cross join given
join bitset as other
  on other.run_id = chosen.run_id and other.layer_id = chosen.layer_id and other.sample_id <> given.sample_id
join sample on sample.sample_id = other.sample_id
left join class using (class_id)
order by jaccard desc, sample.position
limit coalesce(:limit, 10);
